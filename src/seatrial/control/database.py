"""What is recorded of a database, what may be seen of it and what may be done to it.

Takes nothing; gives the words that `failover` speaks. Never decides anything.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Phase = Literal[
    "steady",
    "recording",
    "dropping",
    "fencing",
    "restarting",
    "promoting",
    "pointing",
    "rejoining",
    "resyncing",
]
StandbyState = Literal["streaming", "stalled", "down"]


@dataclass(frozen=True, slots=True)
class FailoverRule:
    """How a failure is found, in seconds.

    The primary has failed after `probe_failures` failed probes in a row, taken every
    `probe_interval`, or when its process died; `delay` later the failover starts. RDS says 60 to
    120 seconds in all; how they divide is assumption `rds.failover-delay`. A standby that stalls
    for `patience` after it was given up is killed and rejoined: assumption `rds.standby-patience`.
    """

    probe_interval: float = 0.5
    probe_failures: int = 2
    delay: float = 0.0
    stall: float = 0.5
    patience: float = 30.0


@dataclass(frozen=True, slots=True)
class Database:
    """The recorded state of one database.

    `primary` is the only node that may be writable and `promoted` says that it is known to be.
    `standby` is None for a single instance. `synced` false means degraded: the primary no longer
    waits for the standby. `epoch` counts the phases, so that no late confirmation of an earlier
    action is taken for this one's. The fields from `failures` on are not durable.
    """

    primary: str
    standby: str | None = None
    synced: bool = True
    promoted: bool = True
    phase: Phase = "steady"
    epoch: int = 0
    standby_state: StandbyState = "streaming"
    failures: int = 0
    failed_since: float | None = None
    dead: bool = False
    stalled_since: float | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do to one node, confirmed by `Done`; doing it twice is doing it once."""

    node: str
    epoch: int


class Fence(Action):
    """Kill every process of the node with SIGKILL and see that none is left."""

    __slots__ = ()


class Restart(Action):
    """Start the node as what its files say it is; it is the recorded primary. Do not repoint."""

    __slots__ = ()


class Promote(Action):
    """Make the node writable, unless it is already, and see that it is."""

    __slots__ = ()


class PointEndpoint(Action):
    """Let the endpoint lead to this node and to no other."""

    __slots__ = ()


class RecordDegraded(Action):
    """Make it durably known that the standby may lack writes from now on."""

    __slots__ = ()


class DropSync(Action):
    """Let the primary stop waiting for its standby, and release the writes that wait."""

    __slots__ = ()


class Rejoin(Action):
    """Kill what is left of the node, then start it as a standby of the recorded primary.

    Nothing to do where it streams from that primary already. Write
    `standby.signal` before the start, rewind or copy where its history has parted.
    """

    __slots__ = ()


class Resync(Action):
    """See the standby caught up, then let the primary wait for it; done when it is synchronous."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ProbePassed:
    """The node answered a probe as a writable primary."""

    node: str


@dataclass(frozen=True, slots=True)
class ProbeFailed:
    """The node did not answer a probe in time."""

    node: str


@dataclass(frozen=True, slots=True)
class Died:
    """The node's process is gone."""

    node: str


@dataclass(frozen=True, slots=True)
class StandbyStalled:
    """A write has waited for the standby for longer than `stall`."""

    node: str


@dataclass(frozen=True, slots=True)
class StandbyStreaming:
    """The standby receives from the recorded primary and acknowledges again."""

    node: str


@dataclass(frozen=True, slots=True)
class FailoverRequested:
    """Somebody asked for a failover (RebootDBInstance with ForceFailover)."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed; nothing else was seen."""


@dataclass(frozen=True, slots=True)
class Done:
    """The action was carried out and its effect was seen."""

    action: Action


@dataclass(frozen=True, slots=True)
class Failed:
    """The action could not be carried out in good time; it may have had its effect or not."""

    action: Action


Seen = (
    ProbePassed
    | ProbeFailed
    | Died
    | StandbyStalled
    | StandbyStreaming
    | FailoverRequested
    | Tick
    | Done
    | Failed
)


# What is only being watched; it starts anew in a driver that was restarted.
_FLEETING = frozenset({"failures", "failed_since", "dead", "stalled_since"})


def durable(state: Database) -> dict[str, Any]:
    """Give the part of the state that must be on disk before its action is done, as plain data."""
    return {key: value for key, value in asdict(state).items() if key not in _FLEETING}


def resume(record: Mapping[str, Any]) -> Database:
    """Take a recorded state back; what was only being watched starts anew.

    Tell the deaths that happened meanwhile (`Died`) before doing the pending action.
    """
    return Database(**{key: value for key, value in record.items() if key not in _FLEETING})
