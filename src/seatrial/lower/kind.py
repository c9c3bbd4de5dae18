"""What the lowering asks of each kind of part that programs use.

One module of this room describes one kind (`postgres.py` describes `Postgres`)
and ends in its `KIND`; `kinds.py` lists them. Programs, security groups, start
order, alarms and the dashboard ask here and know no kind by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from seatrial.graph.values import Value
from seatrial.language import Access, Alerts
from seatrial.language.part import Part
from seatrial.lower.context import Lowering
from seatrial.lower.metrics import Widget

P = TypeVar("P", bound=Part)


@dataclass(frozen=True, slots=True)
class Given:
    """What a program gets of a part that it uses.

    `variables` and `secrets` are environment variables by their names, as the
    ecosystem has them; `statements` are what its task role may do.
    """

    variables: Mapping[str, Value] = field(default_factory=dict)
    secrets: Mapping[str, Value] = field(default_factory=dict)
    statements: Sequence[Value] = ()


def _nothing_given(_lowering: Lowering, _part: Part, _access: Access) -> Given:
    return Given()


def _itself(part: Part) -> Part:
    return part


def _no_ports(_part: Part) -> Sequence[int]:
    return ()


def _no_value(_lowering: Lowering, part: Part, field: str) -> Value:
    raise NotImplementedError(f"{part.label()} has no value {field!r}")


def _no_resources(_lowering: Lowering, _part: Part) -> Sequence[str]:
    return ()


def _not_watched(_lowering: Lowering, _alerts: Alerts, _part: Part) -> None:
    """Add no alarm."""


def _no_widgets(_lowering: Lowering, _part: Part) -> Sequence[Widget]:
    return ()


def _no_arns(_lowering: Lowering, _part: Part) -> Sequence[Value]:
    return ()


@dataclass(frozen=True, slots=True)
class Kind(Generic[P]):
    """How one kind of part becomes resources, and what those who use it get.

    `noun` names it in descriptions; `lower` adds its resources; `ports` are the
    TCP ports that its users reach (none: it gets no security group); `given` is
    what a user gets; `value` one value of the part that `env=` names (a secret's
    symbol stays a secret); `home` is the part whose machines answer for it, e.g.
    a topic's cluster; `outward` says that its machines call AWS's services;
    `ready` are
    the resources that must be there before a user's tasks start; `watch` adds
    its alarms, `widgets` gives its part of the dashboard. `stand_by` adds its
    resources in a second region (unsaid: the same as `lower`, a part without
    copied data); `backed_up` gives the ARNs that AWS Backup copies.
    """

    part: type[P]
    noun: str
    lower: Callable[[Lowering, P], None]
    ports: Callable[[P], Sequence[int]] = _no_ports
    given: Callable[[Lowering, P, Access], Given] = _nothing_given
    value: Callable[[Lowering, P, str], Value] = _no_value
    home: Callable[[P], Part] = _itself
    outward: bool = False
    ready: Callable[[Lowering, P], Sequence[str]] = _no_resources
    watch: Callable[[Lowering, Alerts, P], None] = _not_watched
    widgets: Callable[[Lowering, P], Sequence[Widget]] = _no_widgets
    stand_by: Callable[[Lowering, P], None] | None = None
    backed_up: Callable[[Lowering, P], Sequence[Value]] = _no_arns
