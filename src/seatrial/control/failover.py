"""When a database fails over, and in which order.

Takes what was seen of a primary and its synchronous standby (or of a single instance); gives
the one action to do next. Never touches a process, a file or a network.

The state is a small frozen dataclass and the next action follows from it alone, so a driver:

1. writes the state durably whenever `durable(state)` has changed,
2. only then does `pending(state)`, awaiting its end within its own process,
3. tells what came of it: `observe(state, now, Done(action), rule)`.

A driver that was killed at any point takes the written state through `resume` and does the
pending action again: every action is idempotent. A confirmation of anything but the pending
action is ignored.

The order is: fence the old primary (kill it and see it gone), promote, point the endpoint,
rejoin the old primary as standby, make it synchronous again. The rules, each of which the order
and the record keep:

- A node is promoted only when it is the recorded standby, was synchronous, and the primary is
  fenced. Never while degraded.
- The new primary is recorded before it is promoted; from then on nothing else is ever writable.
- Only the recorded primary is degraded, and the record comes before it stops waiting for the
  standby.

RDS Multi-AZ replicates storage and keeps writing when its standby is lost; `degraded` is how a
PostgreSQL pair does the same: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seatrial.control.database import (
    Action,
    Database,
    Died,
    Done,
    DropSync,
    Failed,
    FailoverRequested,
    FailoverRule,
    Fence,
    Phase,
    PointEndpoint,
    ProbeFailed,
    ProbePassed,
    Promote,
    RecordDegraded,
    Rejoin,
    Restart,
    Resync,
    Seen,
    StandbyStalled,
    StandbyStreaming,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_ACTIONS: dict[Phase, type[Action]] = {
    "recording": RecordDegraded,
    "dropping": DropSync,
    "fencing": Fence,
    "restarting": Restart,
    "promoting": Promote,
    "pointing": PointEndpoint,
    "rejoining": Rejoin,
    "resyncing": Resync,
}


def pending(state: Database) -> Action | None:
    """Give the one action that is to be done now, None when there is none.

    While a failed primary's delay runs nothing is done to it.
    """
    kind = _ACTIONS.get(state.phase)
    if kind is None or (state.failed_since is not None and state.phase != "fencing"):
        return None
    node = state.standby if kind is Rejoin else state.primary
    return kind(node, state.epoch) if node is not None else None


# The phases in which a recorded primary is expected to answer.
_MONITORED = frozenset({"steady", "recording", "dropping", "pointing", "rejoining", "resyncing"})


def observe(state: Database, now: float, seen: Seen, rule: FailoverRule) -> Database:
    """Take one observation at `now` seconds and give the state that follows from it."""
    match seen:
        case Done(action) if action == pending(state):
            state = _done(state, now)
        case Failed(action) if action == pending(state):
            state = _not_done(state)
        case ProbePassed(node) | ProbeFailed(node) | Died(node) if node == state.primary:
            state = _primary_seen(state, now, seen, rule)
        case Died(node) | StandbyStalled(node) if node == state.standby:
            state = _standby_lost(state, now, seen)
        case StandbyStreaming(node) if node == state.standby and state.phase in _MONITORED:
            state = replace(state, standby_state="streaming", stalled_since=None)
            if state.phase == "steady" and not state.synced:
                state = _step(state, "resyncing")
        case FailoverRequested() if state.phase == "steady" and _promotable(state):
            state = _go(state, "fencing")
        case _:
            pass
    return _clock(state, now, rule)


def cold_start(state: Database) -> Database:
    """Begin again when every process of the database is known to be gone, as after `down`."""
    return _go(state, "restarting", standby_state="down")


def fit(state: Database, pair: Sequence[str]) -> Database:
    """Give the state for another pair of nodes, when every process of the database is gone.

    Multi-AZ may have been turned on or off meanwhile. The data stays the
    primary's; what is the standby now has none of it yet.
    """
    primary = state.primary if state.primary in pair else pair[0]
    standby = next((each for each in pair if each != primary), None)
    if (primary, standby) == (state.primary, state.standby):
        return state
    state = replace(state, primary=primary, standby=standby, synced=standby is None)
    return cold_start(state)


def _go(state: Database, phase: Phase, **changes: Any) -> Database:
    """Enter a phase: a new epoch, in which the primary counts as well until seen otherwise."""
    watch: dict[str, Any] = {"failures": 0, "failed_since": None, "dead": False}
    return replace(state, **(watch | {"phase": phase, "epoch": state.epoch + 1} | changes))


def _promotable(state: Database) -> bool:
    """Say whether the standby has every acknowledged write and is alive, as far as is known."""
    return state.standby is not None and state.synced and state.standby_state == "streaming"


def _primary_seen(state: Database, now: float, seen: Seen, rule: FailoverRule) -> Database:
    """Take a probe or the death of the recorded primary."""
    if isinstance(seen, ProbePassed):
        state = replace(state, failures=0)
        return state if state.dead else replace(state, failed_since=None)
    if isinstance(seen, Died) and state.phase == "promoting":
        # It is the recorded primary already, so it is started again and promoted again.
        return _go(state, "fencing")
    if state.phase not in _MONITORED:
        return state
    dead = state.dead or isinstance(seen, Died)
    failures = state.failures + 1
    failed = dead or failures >= rule.probe_failures
    since = now if failed and state.failed_since is None else state.failed_since
    return replace(state, dead=dead, failures=failures, failed_since=since)


def _standby_lost(state: Database, now: float, seen: Seen) -> Database:
    """Take the standby's death or stall, and leave the phases that count on it."""
    if isinstance(seen, StandbyStalled):
        if state.standby_state != "streaming":
            return state
        state = replace(state, standby_state="stalled", stalled_since=now)
    else:
        state = replace(state, standby_state="down")
    if state.phase == "steady" and state.synced:
        return _step(state, "recording")
    if state.phase == "resyncing":
        # The primary may wait for the standby already.
        return _step(state, "dropping")
    if state.phase == "steady" and state.standby_state == "down":
        return _step(state, "rejoining")
    return state


def _step(state: Database, phase: Phase) -> Database:
    """Enter a phase on account of the standby: what is being seen of the primary goes on."""
    return _go(
        state,
        phase,
        failures=state.failures,
        failed_since=state.failed_since,
        dead=state.dead,
    )


def _done(state: Database, now: float) -> Database:
    """Go on after the pending action."""
    match state.phase:
        case "fencing":
            after = _fenced(state)
        case "restarting":
            after = _go(state, "pointing" if state.promoted else "promoting")
        case "promoting":
            after = _go(state, "pointing", promoted=True)
        case "pointing":
            after = _pointed(state)
        case "recording":
            after = _go(state, "dropping", synced=False)
        case "dropping":
            after = _dropped(state, now)
        case "rejoining":
            after = _go(state, "resyncing", standby_state="streaming", stalled_since=None)
        case _:
            after = _go(state, "steady", synced=True)
    return after


def _fenced(state: Database) -> Database:
    """Record the standby as primary, to be promoted, or start the primary again in its place."""
    if not _promotable(state):
        return _go(state, "restarting")
    return _go(
        state,
        "promoting",
        primary=state.standby,
        standby=state.primary,
        synced=False,
        promoted=False,
        standby_state="down",
    )


def _pointed(state: Database) -> Database:
    if state.standby is None or _promotable(state):
        return _go(state, "steady")
    return _go(state, "recording" if state.synced else "dropping")


def _dropped(state: Database, now: float) -> Database:
    match state.standby_state:
        case "down":
            return _go(state, "rejoining")
        case "stalled":
            return _go(state, "steady", stalled_since=now)
        case "streaming":
            return _go(state, "resyncing")


def _not_done(state: Database) -> Database:
    """Turn back from an action that will not succeed as things are; others are tried again."""
    if state.phase in ("promoting", "restarting"):
        return _go(state, "fencing")
    if state.phase == "resyncing":
        return _step(replace(state, standby_state="stalled"), "dropping")
    return state


def _clock(state: Database, now: float, rule: FailoverRule) -> Database:
    """Let the delay before a failover and the patience with a stalled standby run out."""
    if state.failed_since is not None:
        over = now - state.failed_since >= rule.delay
        return _go(state, "fencing") if over else state
    if state.phase == "steady" and not state.synced and state.standby is not None:
        if state.stalled_since is None:
            return replace(state, stalled_since=now)
        if now - state.stalled_since >= rule.patience:
            return _go(state, "rejoining")
    return state
