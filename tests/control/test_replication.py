"""The order of a cache's failover, and that it can be taken up again at every point."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

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
from seatrial.control.replication import (
    Choose,
    Group,
    Held,
    Seen,
    cold_start,
    durable,
    fit,
    observe,
    pending,
    resume,
)

RULE = FailoverRule(probe_failures=2, delay=0.0)
THREE = Group("a", ("a", "b", "c"))
ALONE = Group("a", ("a",))


def see(state: Group, *seen: Seen, now: float = 0.0, rule: FailoverRule = RULE) -> Group:
    for each in seen:
        state = observe(state, now, each, rule)
    return state


def finish(state: Group, **places: int) -> tuple[Group, list[tuple[type[Action], str]]]:
    """Carry out what is pending until nothing is, and tell what it was."""
    course: list[tuple[type[Action], str]] = []
    while (action := pending(state)) is not None:
        course.append((type(action), action.node))
        choosing = isinstance(action, Choose)
        state = see(state, Held(action, places) if choosing else Done(action))
        assert len(course) < 20
    return state, course


def test_a_dead_primary_is_fenced_and_the_replica_that_holds_the_most_takes_over() -> None:
    state, course = finish(see(THREE, Died("a")), b=10, c=11)
    assert course == [(Fence, "a"), (Choose, "a"), (Promote, "c"), (PointEndpoint, "c")]
    assert (state.primary, state.promoted, state.phase) == ("c", True, "steady")


def test_among_equals_the_first_listed_takes_over() -> None:
    assert finish(see(THREE, Died("a")), b=7, c=7)[0].primary == "b"


def test_a_group_begins_anew_only_when_no_replica_holds_anything() -> None:
    _, course = finish(see(THREE, Died("a")))
    assert course == [(Fence, "a"), (Choose, "a"), (Restart, "a"), (PointEndpoint, "a")]
    _, course = finish(see(ALONE, Died("a")))
    assert [kind for kind, _ in course] == [Fence, Choose, Restart, PointEndpoint]


def test_a_primary_fails_after_probes_in_a_row_and_the_delay() -> None:
    rule = FailoverRule(probe_failures=2, delay=15.0)
    state = see(THREE, ProbeFailed("a"), ProbePassed("a"), ProbeFailed("a"), now=1.0, rule=rule)
    assert state.failed_since is None
    state = see(state, ProbeFailed("a"), now=2.0, rule=rule)
    assert pending(state) is None
    assert pending(see(state, Tick(), now=16.9, rule=rule)) is None
    assert isinstance(pending(see(state, Tick(), now=17.0, rule=rule)), Fence)
    assert see(state, ProbePassed("a"), now=16.0, rule=rule).failed_since is None


def test_a_dead_primary_does_not_come_back_by_a_late_probe() -> None:
    rule = FailoverRule(delay=15.0)
    state = see(THREE, Died("a"), ProbePassed("a"), now=0.0, rule=rule)
    assert state.failed_since == 0.0


def test_a_replica_that_dies_while_it_is_promoted_is_not_waited_for() -> None:
    state = see(THREE, Died("a"))
    for _ in range(2):
        action = pending(state)
        assert action
        state = see(state, Held(action, {"b": 5, "c": 4}), Done(action))
    assert state.phase == "promoting"
    state, course = finish(see(state, Died("b")), c=4)
    assert course[0] == (Fence, "b")
    assert state.primary == "c"


def test_what_cannot_be_done_is_begun_again_by_fencing() -> None:
    state = replace(THREE, phase="restarting")
    action = pending(state)
    assert action
    assert see(state, Failed(action)).phase == "fencing"


def test_the_death_of_a_replica_changes_nothing() -> None:
    assert see(THREE, Died("b"), ProbeFailed("c")) == THREE


def test_a_failover_is_made_when_asked_for() -> None:
    state, course = finish(see(THREE, FailoverRequested()), b=1, c=2)
    assert course[0] == (Fence, "a")
    assert state.primary == "c"
    assert see(ALONE, FailoverRequested()) == ALONE


def test_after_everything_is_gone_the_primary_begins() -> None:
    assert pending(cold_start(THREE)) == Restart("a", 1)
    state = fit(THREE, ("b", "d"), "d")
    assert (state.nodes, pending(state)) == (("b", "d"), Restart("d", 1))
    assert not state.promoted


SEEN = st.sampled_from(
    [Died("a"), Died("b"), ProbeFailed("a"), ProbePassed("a"), FailoverRequested(), Tick()]
)


@given(st.lists(st.tuples(SEEN, st.sampled_from(["", "done", "failed"])), max_size=30))
def test_the_record_resumes_to_the_same_action(course: list[tuple[Seen, str]]) -> None:
    state = THREE
    for number, (seen, then) in enumerate(course):
        state = see(state, seen, now=float(number))
        action = pending(state)
        if action and then:
            told: Seen = Done(action) if then == "done" else Failed(action)
            state = see(state, Held(action, {"b": 1}), told, now=float(number))
        again = resume(json.loads(json.dumps(durable(state))))
        if state.failed_since is None:
            assert pending(again) == pending(state)
        assert state.promoted or state.phase in ("choosing", "promoting", "restarting", "fencing")
        if isinstance(pending(state), Promote | Restart):
            assert not state.promoted


def test_a_late_confirmation_of_an_earlier_action_is_ignored() -> None:
    state = see(THREE, Died("a"))
    first = pending(state)
    assert first
    later = see(state, Done(first))
    assert see(later, Done(first), Failed(first)) == later
    assert see(state, Held(first, {"b": 1})) == state
