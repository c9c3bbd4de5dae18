"""What an Application Load Balancer and the stable endpoints are to be: plain, frozen data.

Takes nothing from the outside, gives values that `configuration` renders and
`Envoy` runs. Names are those of the resources; targets are not part of it, they
come and go while it runs. It never reads a file or opens a socket.

Properties and their limits follow
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy.edge import Edge

NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")

IDLE_TIMEOUT = 60.0
"""Seconds; the default of `idle_timeout.timeout_seconds`."""

Protocol = Literal["HTTP", "HTTPS"]
Algorithm = Literal["round_robin", "least_outstanding_requests"]


class NotRoutable(ValueError):
    """A network says something that no load balancer could do."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Send the request to the target group of this name."""

    group: str


@dataclass(frozen=True, slots=True)
class WeightedForward:
    """Share the requests between target groups; each weight is 0 to 999.

    A group of weight 0 gets nothing; if all are 0 the answer is 503.
    """

    weights: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    """Answer 301 or 302 with a location; None keeps the request's own part.

    A `path` begins with / and may come with a `query` (without ?), "" for none;
    without a path the query stays as it is.
    """

    protocol: Protocol | None = None
    port: int | None = None
    status_code: Literal[301, 302] = 302
    host: str | None = None
    path: str | None = None
    query: str | None = None

    def __post_init__(self) -> None:
        """Refuse what leads back to itself, and parts that cannot be put together here."""
        if (self.protocol, self.port, self.host, self.path) == (None, None, None, None):
            raise NotRoutable("a redirect must change protocol, port, host or path")
        if self.path is None and self.query is not None:
            raise NotRoutable("a redirect with a query of its own needs a path of its own")
        for text in (self.host, self.path, self.query):
            if text and "#{" in text:
                raise NotRoutable(f"a redirect cannot compose {text!r} here")


@dataclass(frozen=True, slots=True)
class FixedResponse:
    """Answer by itself; the body has at most 1024 characters."""

    status: int
    content_type: str = "text/plain"
    body: str = ""


Action = Forward | WeightedForward | Redirect | FixedResponse


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a listener: the lowest `priority` whose conditions all hold decides.

    Within a condition any pattern is enough; an empty condition always holds.
    `*` stands for any number of characters, `?` for exactly one. Host patterns
    ignore case, path patterns do not and never see the query.
    `headers` holds (name, patterns).
    """

    priority: int
    action: Action
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files that a listener shows: the chain and its private key."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class HttpListener:
    """A listener: HTTP, or HTTPS (then also HTTP/2) when it has a certificate."""

    name: str
    address: Address
    default: Action
    rules: tuple[Rule, ...] = ()
    tls: Certificate | None = None


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A target group: how a target is chosen and spoken to.

    `stickiness` is the duration of the `AWSALB` cookie in seconds, None is off.
    """

    name: str
    protocol: Protocol = "HTTP"
    algorithm: Algorithm = "round_robin"
    stickiness: float | None = None


@dataclass(frozen=True, slots=True)
class TcpEndpoint:
    """An address that stays while what stands behind it moves, as RDS's endpoint name does."""

    name: str
    address: Address


@dataclass(frozen=True, slots=True)
class Network:
    """All that one Envoy runs; `idle_timeout` in seconds."""

    listeners: tuple[HttpListener, ...] = ()
    groups: tuple[TargetGroup, ...] = ()
    endpoints: tuple[TcpEndpoint, ...] = ()
    idle_timeout: float = IDLE_TIMEOUT
    edges: tuple[Edge, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names, addresses and priorities that clash, and groups that do not exist."""
        _refuse_bad_names("listener", [each.name for each in self.listeners])
        _refuse_bad_names("target group", [each.name for each in self.groups])
        _refuse_bad_names("endpoint", [each.name for each in self.endpoints])
        _refuse_bad_names("distribution", [each.name for each in self.edges])
        addresses = self.addresses
        for address in addresses:
            if addresses.count(address) > 1:
                raise NotRoutable(f"{address} is asked for twice")
        groups = {each.name for each in self.groups}
        for listener in self.listeners:
            priorities = [rule.priority for rule in listener.rules]
            if len(set(priorities)) < len(priorities):
                raise NotRoutable(f"listener {listener.name}: two rules have one priority")
            for action in (listener.default, *(rule.action for rule in listener.rules)):
                unknown = set(forwarded_groups(action)) - groups
                if unknown:
                    raise NotRoutable(
                        f"listener {listener.name} forwards to the target group "
                        f"{min(unknown)}, which does not exist"
                    )

    @property
    def addresses(self) -> list[Address]:
        """List where it listens."""
        return [
            *(each.address for each in self.listeners),
            *(each.address for each in self.endpoints),
            *(each.address for each in self.edges),
        ]


def forwarded_groups(action: Action) -> tuple[str, ...]:
    """Name the target groups that an action can lead to."""
    match action:
        case Forward(group):
            return (group,)
        case WeightedForward(weights):
            return tuple(group for group, _ in weights)
        case _:
            return ()


def _refuse_bad_names(kind: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if not NAME.fullmatch(name):
            raise NotRoutable(f"a {kind} is named by letters, digits, - and _, not {name!r}")
        # Envoy's statistics write - as _.
        if (alike := name.replace("-", "_")) in seen:
            raise NotRoutable(f"two {kind}s are named {name}")
        seen.add(alike)
