"""What may be tried is read, and what cannot be is told at its line."""

from collections.abc import Callable

import pytest

from seatrial import Postgres, Scale, Service, System
from seatrial.mistake import Mistake


def described() -> tuple[System, Service, Postgres]:
    db = Postgres("db", version="16", size="db.t4g.small")
    api = Service("api", ".", ["run"], port=80, uses=[db], tasks=Scale(2, 6, cpu=70))
    return System("shop", api), api, db


def test_values_capacities_and_the_systems_own_settings_are_kept() -> None:
    system, api, db = described()
    system.options(db, size=["db.t4g.micro", "db.t4g.medium"], multi_az=[True, False])
    system.options(api, load=(10, 90, 300), cpu={256: 40, 512: 85}, memory=[1024])
    system.options(nat=["one"], endpoints=[[], ["ecr"]])
    first, second, third = system.tried
    assert first.part is db
    assert first.settings == {
        "size": ("db.t4g.micro", "db.t4g.medium"),
        "multi_az": (True, False),
    }
    assert (second.load, second.carries) == ((10, 90, 300), {"cpu": {256: 40, 512: 85}})
    assert third.part is None
    assert third.settings["endpoints"] == ([], ["ecr"])
    assert first.place.file == __file__


Say = Callable[[System, Service, Postgres], None]


@pytest.mark.parametrize(
    ("say", "message"),
    [
        (lambda s, a, d: s.options("db", size=["x"]), "options needs a part first, not 'db'."),
        (
            lambda s, a, d: s.options(Postgres("x", "16", size="db.t3.small"), size=["x"]),
            "options speaks of Postgres 'x', which the system does not use.",
        ),
        (lambda s, a, d: s.options(d), "options says nothing."),
        (
            lambda s, a, d: s.options(d, sise=["db.t3.small"]),
            "Postgres 'db' has no setting 'sise' to try. Did you mean 'size'?",
        ),
        (lambda s, a, d: s.options(d, name=["x"]), "has no setting 'name' to try."),
        (lambda s, a, d: s.options(natt=["one"]), "the system has no setting 'natt' to try."),
        (lambda s, a, d: s.options(d, size="db.t3.small"), "must be a list of values to try"),
        (lambda s, a, d: s.options(d, size=[]), "size=[] must be a list of values to try"),
        (
            lambda s, a, d: s.options(a, cpu={256: 40}),
            "cpu says what is carried, but not what must be.",
        ),
        (lambda s, a, d: s.options(a, load=3, cpu=[256]), "load means nothing without"),
        (lambda s, a, d: s.options(a, load=3, cpu={256: 0}), "256 carries 0, which is no number"),
        (lambda s, a, d: s.options(a, load=3, cpu={256: "x"}), "256 carries 'x'"),
        (lambda s, a, d: s.options(a, load=(3, 2, 1), cpu={256: 1}), "must be a number, or three"),
        (
            lambda s, a, d: s.options(a, load=3, cpu={256: 1}, memory={512: 1}),
            "two settings say what is carried: cpu and memory.",
        ),
    ],
)
def test_what_cannot_be_tried(say: Say, message: str) -> None:
    with pytest.raises(Mistake) as wrong:
        say(*described())
    assert message in str(wrong.value)
    assert wrong.value.where is not None
    assert wrong.value.where.file == __file__


def test_an_environment_with_more_changed_is_the_same_but_for_that() -> None:
    system, api, db = described()
    small = system.environment("small", nat="one", change={db: {"storage_gb": 30}})
    varied = small.varied({db: {"size": "db.t4g.micro"}, api: {"spot": True}}, {"zones": 3})
    assert (varied.name, varied.setting("nat"), varied.setting("zones")) == ("small", "one", 3)
    assert (varied.part(db).size, varied.part(db).storage_gb) == ("db.t4g.micro", 30)
    assert varied.part(api).spot
    assert small.part(db).size == "db.t4g.small"
    assert not small.part(api).spot


def test_a_part_that_stands_in_is_changed_as_it_is() -> None:
    system, _, db = described()
    other = Postgres("db", version="16", size="db.m5.large", storage_gb=50)
    large = system.environment("large", change={db: other})
    varied = large.varied({db: {"size": "db.m6g.large"}}, {})
    assert (varied.part(db).size, varied.part(db).storage_gb) == ("db.m6g.large", 50)
