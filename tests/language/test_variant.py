"""Variants: parts replaced by others or left out, and second regions made of the first."""

import pytest

from seatrial.language import (
    LLM,
    External,
    Job,
    Objectives,
    Postgres,
    Recovery,
    Scale,
    Secret,
    Service,
    System,
)
from seatrial.mistake import Mistake

BEDROCK = LLM("llm", "us.anthropic.claude-haiku-4-5-20251001-v1:0")
OPENAI = LLM("chat", "gpt-4o-mini", "openai")
KEY = Secret("key")
PINECONE = External("pinecone", "https://api.pinecone.io", key=KEY)
DB = Postgres("db", "15", "db.t3.micro", readers=["db.t3.micro"], backup_region="us-west-1")
MIGRATE = Job("migrate", ".", ["run"], uses=[DB])
API = Service(
    "api",
    ".",
    ["run"],
    port=80,
    uses=[DB.write, BEDROCK, PINECONE],
    env={"INDEX": PINECONE.address, "TOKEN": KEY, "MODEL": BEDROCK.model_id},
    before=MIGRATE,
    tasks=Scale(min=2, max=10, cpu=70),
)
WORKER = Service("worker", ".", ["run"], uses=[DB.reader], tasks=3)


def shop(**settings: object) -> System:
    return System("shop", API, WORKER, **settings)  # type: ignore[arg-type]  # settings vary


def test_another_part_stands_in_wherever_the_first_was_used() -> None:
    variant = shop().environment("openai", change={BEDROCK: OPENAI})
    assert OPENAI in variant.parts
    assert BEDROCK not in variant.parts
    assert variant.part(BEDROCK) is OPENAI


def test_a_part_is_placed_where_it_is_written_and_not_where_it_is_changed() -> None:
    here = shop().environment("test", change={DB: {"backup_days": 3}, BEDROCK: OPENAI})
    assert here.part(DB).place == here.place != DB.place
    assert (here.places["db"], here.places["chat"]) == (DB.place, OPENAI.place)


def test_what_is_left_out_is_used_by_nobody() -> None:
    variant = shop().environment("small", without=[PINECONE, MIGRATE, WORKER, KEY])
    api = variant.part(API)
    assert [each.name for each in variant.parts] == ["api", "db", "llm"]
    assert api.before is None
    assert set(api.env) == {"MODEL"}
    assert API.before is MIGRATE


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"without": [OPENAI]}, "leaves out LLM 'chat', which the system does not use"),
        ({"without": "db"}, "without must be a list of parts"),
        ({"without": [API, WORKER, MIGRATE]}, "leaves nothing that runs"),
        ({"without": [DB], "change": {DB: {}}}, "changes Postgres 'db' and leaves it out"),
        ({"change": {BEDROCK: PINECONE}}, "is there already"),
        ({"change": {BEDROCK: Secret("other")}}, "names the model_id of LLM 'llm'"),
        ({"region": "mars"}, "not an AWS region"),
    ],
)
def test_a_variant_that_cannot_be_is_told_at_its_line(
    settings: dict[str, object], told: str
) -> None:
    with pytest.raises(Mistake, match=told) as raised:
        shop().environment("x", **settings)  # type: ignore[arg-type]  # wrong on purpose
    assert raised.value.where
    assert raised.value.where.file == __file__


def test_the_system_s_recovery_is_production_s() -> None:
    system = shop(recovery=Recovery("us-west-2"))
    production, staging = system.environment("production"), system.environment("staging")
    second = system.in_environment("production-recovery")
    assert (production.region, second.region) == ("us-east-1", "us-west-2")
    assert second.primary is production
    assert second.production
    assert not second.audited
    assert second.recovery is None
    assert staging.second is None
    assert system.deployments == ["production", "production-recovery", "staging"]
    with pytest.raises(Mistake, match="no environment 'staging-recovery'"):
        system.in_environment("staging-recovery")


@pytest.mark.parametrize(
    ("strategy", "tasks", "api", "worker"),
    [("pilot light", 1, 0, 0), ("warm standby", 1, 1, 1), ("warm standby", 5, 5, 3)],
)
def test_the_second_region_waits_with_few_tasks(
    strategy: str, tasks: int, api: int, worker: int
) -> None:
    recovery = Recovery("us-west-2", strategy, tasks)  # type: ignore[arg-type]  # one of three
    second = shop(recovery=recovery).in_environment("production-recovery")
    scale = second.part(API).scale
    assert (scale.first, scale.max, second.part(WORKER).scale.first) == (api, 10, worker)
    database = second.part(DB)
    assert (database.readers, database.backup_region) == ((), None)


def test_a_recovery_changes_parts_of_its_own_over_the_environment_s() -> None:
    recovery = Recovery("us-west-2", change={DB: {"size": "db.t3.small"}})
    system = shop(recovery=recovery)
    system.environment("production", change={DB: {"multi_az": True, "size": "db.t3.large"}})
    second = system.in_environment("production-recovery").part(DB)
    assert (second.size, second.multi_az) == ("db.t3.small", True)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"region": "mars"}, "not an AWS region"),
        ({"region": "us-east-1"}, "the region that may be lost"),
        ({"region": "us-west-2", "days": 0}, "between 1 and 36500"),
        ({"region": "us-west-2", "at": "5:00"}, "not a time"),
        ({"region": "us-west-2", "at": "24:00"}, "not a time"),
        ({"region": "us-west-2", "tasks": 0}, "pilot light"),
        ({"region": "us-west-2", "zones": 4}, "must be 2 or 3"),
        ({"region": "us-west-2", "strategy": "hope"}, "strategy must be one of"),
        ({"region": "us-west-2", "change": {OPENAI: {}}}, "does not use"),
    ],
)
def test_a_recovery_that_cannot_be_is_told(settings: dict[str, object], told: str) -> None:
    with pytest.raises(Mistake, match=told):
        shop(recovery=Recovery(**settings)).in_environment("production")  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(("rto", "holds"), [("30 min", False), ("1 h", False), ("4 h", True)])
def test_a_restore_elsewhere_promises_no_minutes(rto: str, holds: bool) -> None:

    restore = Recovery("us-west-2", "backup and restore")
    system = shop(recovery=restore, objectives=Objectives(rto=rto))
    if holds:
        second = system.in_environment("production").second
        assert second
        assert not second.runs
        return
    with pytest.raises(Mistake, match=r"takes hours.*pilot light"):
        system.in_environment("production")
