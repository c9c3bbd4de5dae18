"""What a rule is, and what it finds.

A rule is a function over a `Plan` that yields findings; `@rule` gives it its id,
name, severity, area and reason. Its docstring ends in a bad and a good sample, as
resources of a template in YAML, which a test runs.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from seatrial.graph import Resource
from seatrial.mistake import Place

if TYPE_CHECKING:
    from seatrial.policy.plan import Plan

Severity = Literal["error", "warning", "note"]
"""error: it breaks, or lets someone in; warning: it will hurt one day; note: it could be better."""

Area = Literal[
    "network",
    "encryption",
    "identity",
    "secrets",
    "availability",
    "recovery",
    "capacity",
    "deployment",
    "observability",
    "cost",
    "versions",
    "promises",
    "lint",
]
AREAS: tuple[Area, ...] = get_args(Area)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The worst first."""
_ID = re.compile(r"ST\d{3}")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule's function yields: where, what is there, and the edits that mend it.

    `path` is the way to the property in the resource, e.g. `SecurityGroupIngress.0.CidrIp`;
    `edit` is what to write in `system.py` (e.g. `Postgres(..., multi_az=True)`, "" where the
    description cannot say it), `template` what to write in the template. `part` is the
    part that is spoken of where it is not the one that the resource came from.
    """

    resource: str
    path: str
    what: str
    template: str
    edit: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: stable `id` (`ST001`) and readable `name`, and why it is there."""

    id: str
    name: str
    severity: Severity
    area: Area
    why: str
    source: str
    look: Callable[["Plan"], Iterable[Fault]]

    @property
    def samples(self) -> tuple[str, str]:
        """Give the bad and the good sample of the docstring, as YAML."""
        _, _, rest = self._text.partition("\nBad:\n")
        bad, _, good = rest.partition("\nGood:\n")
        return bad, good

    @property
    def explanation(self) -> str:
        """Give what the docstring says before its samples."""
        return self._text.partition("\nBad:\n")[0].strip()

    @property
    def _text(self) -> str:
        # Not as it is written: Python 3.13 takes a docstring's indentation away.
        return inspect.cleandoc(self.look.__doc__ or "")


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault with its rule, the part that it came from, and whether it is accepted.

    `resource` is None where the finding is about what was said of the system and no
    resource holds it.
    """

    rule: Rule
    resource: Resource | None
    path: str
    what: str
    edit: str
    template: str
    part: str = ""
    """The part of the system that it is about; "" in a foreign template."""
    accepted: str | None = None
    """The reason why it is accepted; None where it is not."""

    @property
    def place(self) -> Place | None:
        """Give the line that wrote the part."""
        origin = self.resource.origin if self.resource else None
        return origin.place if origin and origin.part == self.part else None

    @property
    def where(self) -> str:
        """Give the resource with the property, e.g. `DbInstance.MultiAZ`."""
        return ".".join(
            each for each in (self.resource.id if self.resource else "", self.path) if each
        )


RULES: dict[str, Rule] = {}
"""Every rule by its id, filled as the modules of `seatrial.policy.rules` are imported."""


def rule(
    id: str,
    name: str,
    severity: Severity,
    area: Area,
    *,
    why: str,
    source: str = "",
) -> Callable[[Callable[["Plan"], Iterator[Fault]]], Callable[["Plan"], Iterator[Fault]]]:
    """Make a function a rule. `why` is one sentence, `source` an address that backs it."""
    if not _ID.fullmatch(id) or not _NAME.fullmatch(name):
        raise ValueError(f"{id} {name}: an id is ST and three digits, a name is words with hyphens")
    if id in RULES or any(each.name == name for each in RULES.values()):
        raise ValueError(f"{id} {name} is there twice")

    def take(look: Callable[["Plan"], Iterator[Fault]]) -> Callable[["Plan"], Iterator[Fault]]:
        RULES[id] = Rule(id, name, severity, area, why, source, look)
        return look

    return take
