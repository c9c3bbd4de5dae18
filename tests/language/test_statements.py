"""What is said of a system beside its parts reaches the graph, and what is wrong is told."""

from collections.abc import Callable

import pytest

from seatrial import Postgres, Service, System
from seatrial.graph import Graph
from seatrial.graph.annotations import Expected, Never, Suppression
from seatrial.lower import lower
from seatrial.mistake import Mistake

HERE = __file__


def described() -> tuple[System, Service, Postgres]:
    db = Postgres("db", version="16", size="db.t4g.small", storage_gb=20)
    api = Service("api", ".", ["run"], port=80, uses=[db])
    return System("shop", api), api, db


def graph(system: System, environment: str = "production") -> Graph:
    return lower(system.in_environment(environment))


def test_traffic_prohibitions_and_acceptances_are_annotations() -> None:
    system, api, db = described()
    system.expects(api, requests=(1e6, 5e6, 2e7), response_kb=4)
    system.expects("db", backup_gb=0)
    system.never("internet", db)
    system.never(db, "internet", 443)
    system.accept("one-gateway", reason="the night may wait")
    system.accept("no-alarm", api, "it has none")
    made = graph(system)
    assert made.annotated(Expected) == [
        Expected("api", "requests", 1e6, 5e6, 2e7),
        Expected("api", "response_kb", 4, 4, 4),
        Expected("db", "backup_gb", 0, 0, 0),
    ]
    assert made.annotated(Never) == [Never("internet", "db"), Never("db", "internet", 443)]
    assert made.annotated(Suppression) == [
        Suppression("one-gateway", "", "the night may wait"),
        Suppression("no-alarm", "api", "it has none"),
    ]


def test_what_is_said_of_a_part_that_is_left_out_goes_with_it() -> None:
    system, _, db = described()
    system.expects(db, backup_gb=1)
    system.never("internet", db)
    system.accept("no-alarm", db, "none")
    system.environment("bare", without=[db])
    made = graph(system, "bare")
    assert not made.annotated(Expected)
    assert not made.annotated(Never)
    assert not made.annotated(Suppression)


@pytest.mark.parametrize(
    ("say", "message"),
    [
        (lambda s, a, d: s.expects(a), "expects says nothing"),
        (lambda s, a, d: s.expects(a, request=1), "no measure 'request'. Did you mean 'requests'?"),
        (
            lambda s, a, d: s.expects(a, requests=-1),
            "requests=-1: -1 is less than nothing.",
        ),
        (lambda s, a, d: s.expects(a, requests=True), "requests=True: True is no number"),
        (lambda s, a, d: s.expects(a, requests=(3, 2, 1)), "low, expected and high"),
        (lambda s, a, d: s.expects(a, requests=float("nan")), "requests=nan: nan is no number"),
        (lambda s, a, d: s.expects("apj", requests=1), "'apj', which is no part"),
        (lambda s, a, d: s.expects(7, requests=1), "needs a part, not 7"),
        (
            lambda s, a, d: s.expects(
                Postgres("x", version="16", size="db.t4g.small", storage_gb=20), requests=1
            ),
            "which the system does not use",
        ),
        (lambda s, a, d: s.never(a, a), "needs two different ends"),
        (lambda s, a, d: s.never("internet", d, 0), "port=0 must be"),
        (lambda s, a, d: s.accept("", a, "why"), "needs a rule's name or id"),
        (lambda s, a, d: s.accept("one-gateway", a), "needs a reason"),
    ],
)
def test_a_wrong_statement_is_one_message_with_its_line(
    say: Callable[[System, Service, Postgres], None], message: str
) -> None:
    with pytest.raises(Mistake) as caught:
        say(*described())
    assert message in str(caught.value)
    assert caught.value.where is not None
    assert caught.value.where.file == HERE
