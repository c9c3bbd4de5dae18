"""When a replication group of ElastiCache fails over, to which node, and in which order.

Takes what was seen of a primary and its replicas; gives the one action to do next. Never
touches a process, a file or a network.

It is driven as `failover` is, by the same words: write the state whenever `durable(state)` has
changed, then do `pending(state)`, then tell what came of it. Every action may be done again, so a
driver that was killed goes on from `resume`.

The order is: fence the old primary, ask every replica how much it holds, promote the one that
holds the most, point the endpoint. The rules:

- The recorded primary alone may be writable, and it is recorded before it is promoted.
- Nothing is promoted before the old primary is fenced.
- Only when no replica holds anything does the group begin anew, with nothing: a primary that
  came back empty would empty its replicas.

Replication is asynchronous and nothing waits for it: what the chosen replica had not received is
lost, on AWS as here, and a group of one node loses everything with that node.
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Replication.html

What AWS does not say is how long it takes until a failover begins: assumption
`elasticache.failover-delay`; and that a replica which does not answer is replaced, and when:
assumption `elasticache.replica-patience`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from seatrial.control.database import (
    Action,
    Died,
    Done,
    Failed,
    FailoverRequested,
    FailoverRule,
    Fence,
    PointEndpoint,
    ProbeFailed,
    ProbePassed,
    Promote,
    Restart,
    Tick,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Phase = Literal["steady", "fencing", "choosing", "promoting", "restarting", "pointing"]


class Choose(Action):
    """Ask every node but this one how much it holds; told by `Held`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Held:
    """What each replica that answered holds, as its place in the history that all share.

    One that never finished its first copy holds nothing and is left out.
    """

    action: Action
    places: Mapping[str, int]


Seen = Died | Done | Failed | FailoverRequested | Held | ProbeFailed | ProbePassed | Tick


@dataclass(frozen=True, slots=True)
class Group:
    """The recorded state of one replication group.

    `primary` is the only one of `nodes` that may be writable and `promoted` says that it is known
    to be. `epoch` counts the phases. The fields from `failures` on are not durable.
    """

    primary: str
    nodes: tuple[str, ...]
    promoted: bool = True
    phase: Phase = "steady"
    epoch: int = 0
    failures: int = 0
    failed_since: float | None = None
    dead: bool = False


_ACTIONS: dict[Phase, type[Action]] = {
    "fencing": Fence,
    "choosing": Choose,
    "promoting": Promote,
    "restarting": Restart,
    "pointing": PointEndpoint,
}
_MONITORED = frozenset({"steady", "pointing"})
_FLEETING = frozenset({"failures", "failed_since", "dead"})


def pending(state: Group) -> Action | None:
    """Give the one action that is to be done now, None when there is none."""
    kind = _ACTIONS.get(state.phase)
    if kind is None or (state.failed_since is not None and state.phase != "fencing"):
        return None
    return kind(state.primary, state.epoch)


def observe(state: Group, now: float, seen: Seen, rule: FailoverRule) -> Group:
    """Take one observation at `now` seconds and give the state that follows from it."""
    match seen:
        case Held(action, places) if action == pending(state) and state.phase == "choosing":
            state = _chosen(state, places)
        case Done(action) if action == pending(state):
            state = _done(state)
        case Failed(action) if action == pending(state):
            if state.phase in ("promoting", "restarting"):
                state = _go(state, "fencing")
        case ProbePassed(node) | ProbeFailed(node) | Died(node) if node == state.primary:
            state = _primary_seen(state, now, seen, rule)
        case FailoverRequested() if state.phase == "steady" and len(state.nodes) > 1:
            state = _go(state, "fencing")
        case _:
            pass
    if state.failed_since is not None and now - state.failed_since >= rule.delay:
        return _go(state, "fencing")
    return state


def cold_start(state: Group) -> Group:
    """Begin again when every process of the group is known to be gone, as after `down`."""
    return _go(state, "restarting", promoted=False)


def fit(state: Group, nodes: tuple[str, ...], primary: str) -> Group:
    """Give the state for these nodes, none of which runs; `primary` has the data, if any has."""
    return cold_start(replace(state, nodes=nodes, primary=primary))


def durable(state: Group) -> dict[str, Any]:
    """Give the part of the state that must be on disk before its action is done, as plain data."""
    kept = {key: value for key, value in asdict(state).items() if key not in _FLEETING}
    return kept | {"nodes": list(state.nodes)}


def resume(record: Mapping[str, Any]) -> Group:
    """Take a recorded state back; what was only being watched starts anew."""
    kept = {key: value for key, value in record.items() if key not in _FLEETING}
    return Group(**kept | {"nodes": tuple(record["nodes"])})


def _go(state: Group, phase: Phase, **changes: Any) -> Group:
    """Enter a phase: a new epoch, in which the primary counts as well until seen otherwise."""
    watch: dict[str, Any] = {"failures": 0, "failed_since": None, "dead": False}
    return replace(state, **(watch | {"phase": phase, "epoch": state.epoch + 1} | changes))


def _chosen(state: Group, places: Mapping[str, int]) -> Group:
    """Record the replica that holds the most, the first listed among equals; or begin anew."""
    holding = [node for node in state.nodes if node in places and node != state.primary]
    if not holding:
        return _go(state, "restarting")
    best = max(holding, key=lambda node: places[node])
    return _go(state, "promoting", primary=best, promoted=False)


def _done(state: Group) -> Group:
    match state.phase:
        case "fencing":
            return _go(state, "choosing", promoted=False)
        case "promoting" | "restarting":
            return _go(state, "pointing", promoted=True)
        case "pointing":
            return _go(state, "steady")
        case _:
            return state


def _primary_seen(state: Group, now: float, seen: Seen, rule: FailoverRule) -> Group:
    """Take a probe or the death of the recorded primary."""
    if isinstance(seen, ProbePassed):
        state = replace(state, failures=0)
        return state if state.dead else replace(state, failed_since=None)
    if isinstance(seen, Died) and state.phase == "promoting":
        return _go(state, "fencing")
    if state.phase not in _MONITORED:
        return state
    dead = state.dead or isinstance(seen, Died)
    failures = state.failures + 1
    failed = dead or failures >= rule.probe_failures
    since = now if failed and state.failed_since is None else state.failed_since
    return replace(state, dead=dead, failures=failures, failed_since=since)
