"""The system and its environments: values changed for one, never for another."""

import pytest

from seatrial.language import Domain, Environment, Postgres, Service, System
from seatrial.mistake import Mistake

DB = Postgres("db", "15", "db.t3.micro")
API = Service("api", ".", ["run"], port=80, uses=[DB])


def shop(**settings: object) -> System:
    return System("shop", API, **settings)


def test_an_environment_changes_its_own_values_alone() -> None:
    system = shop(log_retention=14)
    staging = system.environment("staging", zones=3, change={DB: {"storage_gb": 50}})
    production = system.environment("production")
    assert isinstance(staging, Environment)
    assert (staging.part(DB).storage_gb, production.part(DB).storage_gb) == (50, 20)
    assert (staging.setting("zones"), production.setting("zones")) == (3, 2)
    assert staging.part(API) is API
    assert [each.name for each in staging.parts] == ["api", "db"]
    assert DB.storage_gb == 20
    # A changed part stands at the line that changed it.
    assert staging.part(DB).place == staging.place


def test_logs_and_audit_follow_the_environment_unless_they_are_said() -> None:
    system = shop()
    found = {
        name: (environment.production, environment.log_days, environment.audited)
        for name in ("production", "staging")
        for environment in [system.environment(name)]
    }
    assert found == {"production": (True, 30, True), "staging": (False, 7, False)}
    said = shop(log_retention=90, audit=True).environment("staging", audit=False)
    assert (said.log_days, said.audited) == (90, False)


def test_a_system_without_environments_is_in_production() -> None:
    assert shop().in_environment("production").production
    with pytest.raises(Mistake, match="there is no environment 'staging'"):
        shop().in_environment("staging")
    system = shop()
    system.environment("staging")
    with pytest.raises(Mistake, match="there is no environment 'production'"):
        system.in_environment("production")


@pytest.mark.parametrize(
    ("declare", "told"),
    [
        (lambda s: (s.environment("x"), s.environment("x")), "is there twice"),
        (lambda s: s.environment("X"), "Try 'x'"),
        (lambda s: s.environment("x", zones=4), "zones=4 must be 2 or 3"),
        (lambda s: s.environment("x", nat="two"), "nat='two' is unknown"),
        (lambda s: s.environment("x", zone=2), "there is no setting 'zone'"),
        (lambda s: s.environment("x", change={DB: 5}), "change must be a dict"),
        (lambda s: s.environment("x", change=[DB]), "change must be a dict"),
        (lambda s: s.environment("x", change={DB: {"storage_gb": 1}}), "not between 20"),
        (lambda s: s.environment("x", change={API: {"paths": ["x"]}}), "not a path"),
        (lambda s: s.environment("x", log_retention=8), "not a number of days"),
        (lambda s: s.environment("x", domain="shop.example"), "domain must be Domain"),
    ],
)
def test_a_wrong_environment_is_told_at_its_line(declare: object, told: str) -> None:
    system = shop()
    with pytest.raises(Mistake) as raised:
        declare(system)  # type: ignore[operator]  # each is a function of the system
    assert told in str(raised.value)
    assert raised.value.where
    assert raised.value.where.file == __file__
    assert raised.value.where.line > system.place.line


def test_an_environment_whose_routes_meet_is_refused() -> None:
    other = Service("other", ".", ["run"], port=80, paths=["/other/*"])
    system = System("shop", API, other)
    with pytest.raises(Mistake, match=r"both ask for the route '/\*'"):
        system.environment("staging", change={other: {"paths": ["/*"]}})


@pytest.mark.parametrize(
    ("name", "zone", "hosted"),
    [
        ("api.example.com", None, "example.com"),
        ("example.com", "example.com", "example.com"),
        ("a.b.example.com", "example.com", "example.com"),
    ],
)
def test_a_domain_lies_in_its_zone(name: str, zone: str | None, hosted: str) -> None:
    assert Domain(name, zone).hosted_zone == hosted


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("api", None),
        ("API.example.com", None),
        ("-a.example.com", None),
        ("api.example.com", "other.com"),
        ("myexample.com", "example.com"),
        ("x" * 64 + ".com", None),
    ],
)
def test_what_is_no_domain_is_told(name: str, zone: str | None) -> None:
    with pytest.raises(Mistake):
        Domain(name, zone)
