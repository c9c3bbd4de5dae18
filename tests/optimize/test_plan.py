"""The plan of a real system is what trying every combination finds, and says what it gives up."""

from pathlib import Path

import pytest

from seatrial import Kafka, Objectives, Postgres, Redis, Scale, Service, System
from seatrial.language import Environment
from seatrial.language.loading import load
from seatrial.mistake import Mistake
from seatrial.optimize import plan as module
from seatrial.optimize.choices import Choices, choices
from seatrial.optimize.plan import Plan, plan
from tests.golden.systems import EXAMPLES, ROOT
from tests.optimize.shops import nothing_wrong, price, wrong

MULTI_AZ = wrong("AWS::RDS::DBInstance", lambda each: not each.properties.get("MultiAZ"))


def shop(**settings: object) -> System:
    db = Postgres("db", "16", size="db.t3.small", multi_az=True)
    cache = Redis("cache", size="cache.r5.large", nodes=2)
    api = Service("api", ".", ["run"], port=80, uses=[db, cache], tasks=Scale(2, 6, cpu=70))
    return System("shop", api, objectives=Objectives(rto="15 min"), **settings)  # type: ignore[arg-type]


def part(system: System, name: str) -> object:
    return next(each for each in system.parts() if each.name == name)


def points(found: Plan) -> list[tuple[int, float]]:
    return [(len(each.losses), round(each.cost, 2)) for each in found.steps]


def test_a_whole_system_is_searched_as_if_every_combination_were_tried() -> None:
    system = shop()
    for name in ("db", "cache", "api"):
        system.options(part(system, name), **TRIED[name])  # type: ignore[arg-type]
    system.options(nat=["one"], log_retention=[7])
    here = system.in_environment("production")
    quick, whole = plan(here, price, MULTI_AZ), plan(here, price, MULTI_AZ, all_=True)
    assert quick.combinations == 2 * 2 * 2 * 2 * 2 * 2 * 2 * 2
    assert points(quick) == points(whole)
    assert quick.steps == whole.steps
    assert quick.measured < whole.measured == quick.combinations


TRIED: dict[str, dict[str, object]] = {
    "db": {"size": ["db.t4g.small"], "multi_az": [False]},
    "cache": {"engine": ["valkey"], "version": ["9.1"], "nodes": [1]},
    "api": {"architecture": ["ARM64"]},
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_parts_of_the_examples_grids_are_searched_as_if_every_combination_were_tried(
    example: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each grid some options, so few that all their combinations can be tried."""
    here = load(ROOT / "examples" / example).in_environment("production")
    full = choices(here)
    check = wrong("AWS::EC2::NatGateway", lambda each: each.id == "NatGateway1")
    for start in range(3):
        few = range(start, len(full.grid), max(3, len(full.grid) // 4))

        def fewer(_: Environment, few: range = few) -> Choices:
            return Choices(
                tuple(full.grid[each] for each in few), tuple(full.parts[each] for each in few), {}
            )

        monkeypatch.setattr(module, "choices", fewer)
        quick, whole = plan(here, price, check), plan(here, price, check, all_=True)
        assert points(quick) == points(whole)
        assert quick.steps == whole.steps


def test_what_breaks_a_promise_is_told_and_not_taken() -> None:
    system = shop()
    found = plan(system.in_environment("production"), price, MULTI_AZ)
    assert "multi_az" not in {each.setting for step in found.steps for each in step.changes}
    [standby] = [each for each in found.refused if "multi_az" in each.values]
    assert standby.saves is not None
    assert standby.saves > 20
    assert standby.why == ("ST999 made-up: DbInstance is wrong",)
    assert found.unbound < found.best.cost


def test_an_accepted_finding_a_note_and_an_old_one_forbid_nothing() -> None:
    system = shop()
    note = wrong("AWS::RDS::DBInstance", lambda each: not each.properties.get("MultiAZ"), "note")
    always = wrong("AWS::RDS::DBInstance", lambda each: True)
    for check in (note, always):
        found = plan(system.in_environment("production"), price, check)
        assert "multi_az" in {each.setting for each in found.best.changes}


def test_a_size_without_a_price_is_told_and_not_taken() -> None:
    system = shop()
    system.options(part(system, "cache"), size=["cache.r7g.xlarge"])  # type: ignore[arg-type]
    found = plan(system.in_environment("production"), price, nothing_wrong)
    [size] = [each for each in found.refused if "size" in each.values and each.part == "cache"]
    assert size.saves is None
    assert size.why == ("no price of elasticache.redis.cache.r7g.xlarge in us-east-1",)


def test_spot_is_taken_for_as_much_as_its_user_says_and_not_before() -> None:
    system = shop()
    before = plan(system.in_environment("production"), price, nothing_wrong)
    assert {"spot": True} in [dict(values) for _, values in before.worthless]
    system.expects("api", spot_discount=70)
    after = plan(system.in_environment("production"), price, nothing_wrong)
    assert "spot" in {each.setting for each in after.best.changes}
    assert after.best.cost < before.best.cost


def test_a_commitment_is_taken_for_as_much_as_its_user_says() -> None:
    here = shop().in_environment("production")
    found = plan(here, price, nothing_wrong, {"reserved": 40})
    without = plan(here, price, nothing_wrong)
    assert without.best.cost - found.best.cost > 50
    assert found.best.bought == ("reserved=40",)
    assert "commitment" in {loss.kind for _, loss in found.best.losses}
    assert found.combinations == 2 * without.combinations


def test_commitments_are_searched_as_if_every_combination_were_tried() -> None:
    system = shop()
    for name in ("db", "cache", "api"):
        system.options(part(system, name), **TRIED[name])  # type: ignore[arg-type]
    system.options(log_retention=[7])
    here = system.in_environment("production")
    bought = {"reserved": 40.0, "compute": 15.0}
    quick = plan(here, price, MULTI_AZ, bought)
    assert points(quick) == points(plan(here, price, MULTI_AZ, bought, all_=True))


def test_too_many_to_try_one_by_one() -> None:
    here = load(ROOT / "examples" / "analytics").in_environment("production")
    with pytest.raises(Mistake, match="combinations are too many"):
        plan(here, price, nothing_wrong, all_=True)


def test_a_declared_load_forbids_what_does_not_carry_it() -> None:
    db = Postgres("db", "16", size="db.m5.large")
    system = System("shop", Service("api", ".", ["run"], port=80, uses=[db]))
    carried = {"db.m5.large": 2000, "db.t4g.small": 300, "db.t4g.medium": 900}
    system.options(db, load=(100, 400, 800), size=carried)
    found = plan(system.in_environment("production"), price, nothing_wrong)
    assert [each.text for each in found.best.changes if each.setting == "size"] == [
        'size="db.t4g.medium"'
    ]
    [small] = [each for each in found.refused if each.values == {"size": "db.t4g.small"}]
    assert small.why == ("db must carry 800: 1 x 300 carry 300",)
    assert small.saves is not None


def test_a_declared_load_says_how_many_tasks_run() -> None:
    api = Service("api", ".", ["run"], port=80, cpu=1024, memory=2048, tasks=Scale(2, 6, cpu=70))
    system = System("shop", api)
    system.options(api, load=(10, 90, 300), cpu={1024: 100, 512: 45}, memory=[1024])
    found = plan(system.in_environment("production"), price, nothing_wrong)
    assert not [each for each in found.written.faults if each.startswith("load")]
    [half] = [each for each in found.refused if each.values == {"cpu": 512}]
    assert "api must carry 300: 6 x 45 carry 270" in half.why
    lines = [each for each in found.bill.lines if each.component == "Fargate vCPU"]
    assert [each.quantity.expected / 730 for each in lines] == [2]


def test_brokers_carry_together() -> None:
    kafka = Kafka("kafka", size="kafka.m5.large", brokers=3)
    topic = kafka.topic("events")
    system = System("shop", Service("api", ".", ["run"], uses=[topic.write]), zones=3)
    system.options(kafka, load=100, size={"kafka.m5.large": 40, "kafka.t3.small": 35})
    found = plan(system.in_environment("production"), price, nothing_wrong)
    assert 'size="kafka.t3.small"' in [each.text for each in found.best.changes]


def test_a_part_that_an_environment_leaves_out_is_not_searched(tmp_path: Path) -> None:
    system = shop()
    cache = part(system, "cache")
    small = system.environment("small", without=[cache])  # type: ignore[list-item]
    assert "cache" not in {each.part for each in choices(small).grid}
