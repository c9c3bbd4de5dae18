"""The order of a failover, and that it can be taken up again at every point."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    Tick,
    durable,
    resume,
)
from seatrial.control.failover import cold_start, fit, observe, pending

RULE = FailoverRule(probe_failures=2, delay=0.0, patience=30.0)
PAIR = Database("a", "b")
SINGLE = Database("a")


def see(state: Database, *seen: Seen, now: float = 0.0, rule: FailoverRule = RULE) -> Database:
    for each in seen:
        state = observe(state, now, each, rule)
    return state


def finish(state: Database, now: float = 0.0) -> tuple[Database, list[tuple[type[Action], str]]]:
    """Carry out what is pending until nothing is, and tell what it was."""
    course: list[tuple[type[Action], str]] = []
    while (action := pending(state)) is not None:
        course.append((type(action), action.node))
        state = see(state, Done(action), now=now)
        assert len(course) < 20
    return state, course


def test_a_dead_primary_is_fenced_before_its_standby_is_promoted() -> None:
    state, course = finish(see(PAIR, Died("a")))
    assert course == [
        (Fence, "a"),
        (Promote, "b"),
        (PointEndpoint, "b"),
        (DropSync, "b"),
        (Rejoin, "a"),
        (Resync, "b"),
    ]
    assert (state.primary, state.standby, state.synced, state.promoted) == ("b", "a", True, True)


def test_a_frozen_primary_is_found_by_failed_probes_in_a_row() -> None:
    state = see(PAIR, ProbeFailed("a"), ProbePassed("a"), ProbeFailed("a"))
    assert pending(state) is None
    assert pending(see(state, ProbeFailed("a"))) == Fence("a", state.epoch + 1)


def test_the_delay_runs_before_anything_is_done_and_a_primary_that_wakes_ends_it() -> None:
    slow = FailoverRule(probe_failures=1, delay=60.0)
    state = see(PAIR, ProbeFailed("a"), now=10.0, rule=slow)
    assert pending(see(state, Tick(), now=69.0, rule=slow)) is None
    assert isinstance(pending(see(state, Tick(), now=70.0, rule=slow)), Fence)
    awake = see(state, ProbePassed("a"), now=69.0, rule=slow)
    assert pending(see(awake, Tick(), now=99.0, rule=slow)) is None
    # A dead one does not wake, whatever a late probe says.
    dead = see(PAIR, Died("a"), ProbePassed("a"), now=10.0, rule=slow)
    assert isinstance(pending(see(dead, Tick(), now=70.0, rule=slow)), Fence)


def test_nothing_is_done_to_a_primary_whose_delay_runs() -> None:
    slow = FailoverRule(probe_failures=1, delay=60.0)
    degrading = see(PAIR, Died("b"), rule=slow)
    assert isinstance(pending(degrading), RecordDegraded)
    failing = see(degrading, ProbeFailed("a"), rule=slow)
    assert pending(failing) is None
    assert pending(see(failing, ProbePassed("a"), rule=slow)) == pending(degrading)


def test_the_new_primary_is_recorded_before_it_is_promoted() -> None:
    state = see(PAIR, Died("a"))
    state = see(state, Done(Fence("a", state.epoch)))
    assert isinstance(pending(state), Promote)
    assert durable(state)["primary"] == "b"
    assert durable(state)["synced"] is False


def test_a_dead_standby_is_recorded_before_the_primary_stops_waiting() -> None:
    state = see(PAIR, Died("b"))
    action = pending(state)
    assert action == RecordDegraded("a", state.epoch)
    state = see(state, Done(action))
    assert durable(state)["synced"] is False
    assert pending(state) == DropSync("a", state.epoch)
    state, course = finish(state)
    assert course == [(DropSync, "a"), (Rejoin, "b"), (Resync, "a")]
    assert state.synced


def test_a_stalled_standby_is_given_up_and_taken_back_when_it_streams() -> None:
    state, course = finish(see(PAIR, StandbyStalled("b")), now=5.0)
    assert course == [(RecordDegraded, "a"), (DropSync, "a")]
    assert (state.phase, state.synced) == ("steady", False)
    assert finish(see(state, StandbyStreaming("b")))[1] == [(Resync, "a")]
    assert pending(see(state, Tick(), now=34.0)) is None
    assert isinstance(pending(see(state, Tick(), now=35.0)), Rejoin)


def test_a_degraded_primary_is_restarted_and_never_replaced() -> None:
    state, _ = finish(see(PAIR, StandbyStalled("b")))
    state, course = finish(see(state, Died("a")))
    assert course[:3] == [(Fence, "a"), (Restart, "a"), (PointEndpoint, "a")]
    assert state.primary == "a"
    assert (Promote, "b") not in course


def test_without_a_living_standby_the_primary_is_restarted() -> None:
    state, course = finish(see(PAIR, Died("b"), Died("a")))
    assert course[:3] == [(Fence, "a"), (Restart, "a"), (PointEndpoint, "a")]
    assert state.primary == "a"
    assert state.synced


def test_a_standby_that_dies_while_the_primary_is_fenced_is_not_promoted() -> None:
    state = see(see(PAIR, Died("a")), Died("b"))
    assert finish(state)[1][:2] == [(Fence, "a"), (Restart, "a")]


def test_a_candidate_that_dies_is_started_again_and_promoted_again() -> None:
    state = see(PAIR, Died("a"))
    state = see(state, Done(Fence("a", state.epoch)), Died("b"))
    assert finish(state)[1][:4] == [
        (Fence, "b"),
        (Restart, "b"),
        (Promote, "b"),
        (PointEndpoint, "b"),
    ]


def test_a_promotion_or_a_restart_that_does_not_come_about_starts_over() -> None:
    state = see(PAIR, Died("a"))
    state = see(state, Done(Fence("a", state.epoch)))
    state = see(state, Failed(Promote("b", state.epoch)))
    assert pending(state) == Fence("b", state.epoch)
    state = see(SINGLE, Died("a"))
    state = see(state, Done(Fence("a", state.epoch)))
    assert pending(see(state, Failed(Restart("a", state.epoch)))) == Fence("a", state.epoch + 1)


def test_a_standby_lost_while_it_is_made_synchronous_is_given_up() -> None:
    state = see(finish(see(PAIR, StandbyStalled("b")))[0], StandbyStreaming("b"))
    for lost in (Died("b"), StandbyStalled("b"), Failed(Resync("a", state.epoch))):
        assert isinstance(pending(see(state, lost)), DropSync)


def test_what_fails_otherwise_is_tried_again() -> None:
    state = see(PAIR, Died("b"))
    assert see(state, Failed(RecordDegraded("a", state.epoch))) == state


def test_a_single_instance_is_restarted_in_place() -> None:
    state, course = finish(see(SINGLE, Died("a")))
    assert course == [(Fence, "a"), (Restart, "a"), (PointEndpoint, "a")]
    assert state.phase == "steady"


def test_a_failover_on_request_needs_a_synchronous_standby() -> None:
    assert finish(see(PAIR, FailoverRequested()))[1][:2] == [(Fence, "a"), (Promote, "b")]
    assert pending(see(SINGLE, FailoverRequested())) is None
    degraded, _ = finish(see(PAIR, StandbyStalled("b")))
    assert pending(see(degraded, FailoverRequested())) is None


def test_a_late_confirmation_is_ignored() -> None:
    state = see(PAIR, Died("a"))
    fenced = see(state, Done(Fence("a", state.epoch)))
    assert see(fenced, Done(Fence("a", state.epoch))) == fenced
    assert see(PAIR, Done(Fence("a", 0)), Done(Promote("b", 0))) == PAIR


def test_after_a_cold_start_only_the_recorded_primary_begins() -> None:
    state, course = finish(cold_start(PAIR))
    assert course == [
        (Restart, "a"),
        (PointEndpoint, "a"),
        (RecordDegraded, "a"),
        (DropSync, "a"),
        (Rejoin, "b"),
        (Resync, "a"),
    ]
    assert state.synced


def test_a_pair_that_is_as_it_was_needs_nothing() -> None:
    assert fit(PAIR, ("a", "b")) == PAIR
    failed_over = replace(PAIR, primary="b", standby="a")
    assert fit(failed_over, ("a", "b")) == failed_over


def test_multi_az_that_was_turned_on_begins_degraded_with_the_recorded_primary() -> None:
    state, course = finish(fit(Database("a"), ("a", "b")))
    assert (state.primary, state.standby, state.synced) == ("a", "b", True)
    assert course[0] == (Restart, "a")
    assert (Rejoin, "b") in course


@pytest.mark.parametrize("primary", ["a", "b", "old"])
def test_multi_az_that_was_turned_off_leaves_the_one_node(primary: str) -> None:
    state, course = finish(fit(replace(PAIR, primary=primary, standby="a"), ("a",)))
    assert (state.primary, state.standby, state.synced) == ("a", None, True)
    assert [each[0] for each in course] == [Restart, PointEndpoint]


@pytest.mark.parametrize("steps", range(7))
def test_a_driver_killed_after_any_step_goes_on_with_the_same_action(steps: int) -> None:
    state = see(PAIR, Died("a"))
    for _ in range(steps):
        action = pending(state)
        if action is not None:
            state = see(state, Done(action))
    again = resume(json.loads(json.dumps(durable(state))))
    assert pending(again) == pending(state)
    assert finish(again) == finish(state)


NODES = st.sampled_from(["a", "b", "x"])
SEEN = st.one_of(
    *(
        st.builds(kind, NODES)
        for kind in (ProbePassed, ProbeFailed, Died, StandbyStalled, StandbyStreaming)
    ),
    st.just(Tick()),
    st.just(FailoverRequested()),
    st.sampled_from(["done", "failed", "resume", "cold"]),
)


@settings(max_examples=500, deadline=None)
@given(st.booleans(), st.lists(st.tuples(st.floats(0, 3), SEEN), max_size=60))
def test_wild_observations_never_break_the_order(
    pair: bool, course: list[tuple[float, Seen | str]]
) -> None:
    """Whatever is seen: fenced before another is promoted, recorded before it is degraded."""
    rule = FailoverRule(probe_failures=2, delay=1.0, patience=3.0)
    state, now = (PAIR if pair else SINGLE), 0.0
    fenced: set[str] = set()
    for passed, seen in course:
        now += passed
        action, before = pending(state), state
        if seen == "done" and action is not None:
            if isinstance(action, Fence):
                fenced.add(action.node)
            if isinstance(action, Restart | Rejoin):
                fenced.discard(action.node)
            if isinstance(action, DropSync):
                assert not before.synced
            state = see(state, Done(action), now=now, rule=rule)
        elif seen == "failed" and action is not None:
            state = see(state, Failed(action), now=now, rule=rule)
        elif seen == "resume":
            state = resume(json.loads(json.dumps(durable(state))))
        elif seen == "cold":
            state, fenced = cold_start(state), {"a", "b"}
        elif not isinstance(seen, str):
            state = see(state, seen, now=now, rule=rule)
        if state.primary != before.primary:
            assert before.synced
            assert before.primary in fenced
            assert (state.primary, state.standby) == (before.standby, before.primary)
        if state.synced and not before.synced:
            assert isinstance(action, Resync)
            assert seen == "done"
        assert {state.primary, state.standby} == ({"a", "b"} if pair else {"a", None})
