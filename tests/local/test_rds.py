"""Database instances of the graph: zones, nodes, and the engine that a user runs."""

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seatrial.local.addresses import Address
from seatrial.local.engines.postgres import DatabaseSpec
from seatrial.local.pace import Pace
from seatrial.local.rds import OwnDatabase, own_database, read_instances, specify
from seatrial.mistake import Mistake
from tests.lower.systems import graph_of

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
CREDENTIALS = {"username": "app", "password": "s3cret"}
VARIABLE = "SEATRIAL_TEST_DATABASE"


def specified(more: str, zones: tuple[str, ...] = ZONES, pace: float = 60.0) -> DatabaseSpec:
    graph = graph_of(
        f'db = Postgres("db", version="15", size="db.t3.micro", {more})\n'
        'system = System("shop", Service("api", "app", ["run"], uses=[db]))\n'
    )
    (instance,) = read_instances(graph)

    def address(instance: str, number: int, zone: int, port: int) -> Address:
        assert instance == "DbInstance"
        return Address(f"127.0.{zone}.{number + 1}", port)

    return specify(graph, instance, CREDENTIALS, zones, address, Pace(pace))


def test_multi_az_is_a_second_node_in_another_zone() -> None:
    spec = specified('multi_az=True, database="orders"')
    assert spec.zones == ("us-east-1a", "us-east-1b")
    assert spec.addresses == (Address("127.0.1.1", 5432), Address("127.0.2.2", 5432))
    assert (spec.major, spec.database, spec.user, spec.password) == (15, "orders", "app", "s3cret")
    assert specified("").zones == ("us-east-1a",)


def test_readers_are_spread_over_the_other_zones() -> None:
    spec = specified('readers=["db.t3.micro"] * 3')
    assert spec.readers == ("us-east-1b", "us-east-1c", "us-east-1a")
    assert len(spec.addresses) == 4


def test_a_failover_takes_as_long_as_the_pace_says() -> None:
    assert specified("", pace=1.0).failover_delay == 60.0
    assert specified("", pace=60.0).failover_delay == 1.0


def test_parameters_reach_the_engine_but_those_of_rds_alone() -> None:
    spec = specified('parameters={"work_mem": "8MB", "rds.log_retention_period": "1440"}')
    assert spec.parameters == {"work_mem": "8MB"}


def test_replicas_belong_to_their_primary() -> None:
    graph = graph_of(
        'a = Postgres("a", version="15", size="db.t3.micro", readers=["db.t3.micro"] * 2)\n'
        'b = Postgres("b", version="15", size="db.t3.micro", engine_url="OWN")\n'
        'system = System("shop", Service("api", "app", ["run"], uses=[a, b]))\n'
    )
    first, second = read_instances(graph)
    assert first.endpoints == ("AInstance", "AReader1", "AReader2")
    assert (second.endpoints, second.own_engine) == (("BInstance",), "OWN")
    assert first.own_engine is None


TEXTS = st.text(min_size=1, max_size=12).filter(lambda text: text.isprintable())
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,10}", fullmatch=True)


@given(TEXTS, TEXTS, NAMES, st.integers(1, 65535))
def test_an_own_engine_is_read_with_its_escapes(
    user: str, password: str, database: str, port: int
) -> None:
    url = f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@host:{port}/{database}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, url)
        expected = OwnDatabase(url, Address("host", port), user, password, database)
        assert own_database(VARIABLE) == expected
        plain = f"postgres://host/{database}?sslmode=require"
        patch.setenv(VARIABLE, plain)
        assert own_database(VARIABLE) == OwnDatabase(plain, Address("host", 5432), "", "", database)


@given(
    st.text(max_size=60)
    | st.text(max_size=40).map(lambda rest: f"postgresql://{rest}")
    | st.text(max_size=20).map(lambda rest: f"postgresql://user:hunter2@{rest}")
)
@example("postgresql://user:hunter2@[::1/db")
@example("postgresql://user:hunter2@host:99999/db")
@example("postgresql://user:hunter2@host:port/db")
@example("mysql://user:hunter2@host/db")
@example("postgresql://user:hunter2@host")
@example("postgresql:///db")
def test_whatever_the_variable_holds_it_is_an_engine_or_one_mistake(text: str) -> None:
    if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
        return  # no environment can hold it
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, text)
        told = ""
        try:
            assert (own_database(VARIABLE) is None) == (text == "")
        except Mistake as mistake:
            told = str(mistake)
    assert told == "" or VARIABLE in told
    assert "hunter2" not in told


def test_a_variable_that_is_not_set_means_our_own_engine() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        assert own_database(VARIABLE) is None
