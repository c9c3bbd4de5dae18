"""Generated secrets: kept over every rebuild, each its own, given to who names them."""

import asyncio
import json
import string
from itertools import combinations

from hypothesis import given

from seatrial.graph import Graph
from seatrial.graph.values import Secret
from seatrial.local.addresses import Address
from seatrial.local.elasticache import OwnCache
from seatrial.local.resolve import Resolver
from seatrial.local.secretsmanager import SecretsManager, pick
from tests.lower.systems import Described, few, graph_of, systems

TEXT = (
    'db = Postgres("db", version="15", size="db.t3.micro", database="orders", user="me", '
    "url=True)\n"
    'api = Service("api", "app", ["run"], uses=[db], env={"K": Secret("jwt", length=20)})\n'
    'system = System("shop", api)\n'
)


def made(graph: Graph, known: dict[str, str], port: int = 5432) -> SecretsManager:
    endpoints = {each.id: Address("127.5.0.3", port) for each in graph.of("AWS::RDS::DBInstance")}
    return SecretsManager(graph, Resolver(graph, endpoints), known)


def passwords(secrets: SecretsManager) -> list[str]:
    found = []
    for value in secrets.values.values():
        if value.startswith("{"):
            found.append(json.loads(value)["password"])
        elif not value.startswith("postgresql://"):
            found.append(value)
    return found


@few
@given(systems())
def test_values_stay_over_a_rebuild_and_no_two_are_alike(described: Described) -> None:
    graph = described.graph()
    first = made(graph, {})
    assert made(graph, first.values).values == first.values
    generated = passwords(first)
    assert all(one != other for one, other in combinations(generated, 2))
    # ExcludePunctuation: a URL needs no escapes, and RDS refuses none of them.
    assert set("".join(generated)) <= set(string.ascii_letters + string.digits)
    # Made anew, nothing is as it was.
    assert not set(passwords(made(graph, {}))) & set(generated)


@few
@given(systems())
def test_every_secret_that_a_task_names_can_be_read(described: Described) -> None:
    graph = described.graph()
    secrets = made(graph, {})
    for task in graph.of("AWS::ECS::TaskDefinition"):
        (container,) = task.properties["ContainerDefinitions"]
        for each in container["Secrets"]:
            assert secrets.read(each["ValueFrom"])


def test_a_database_has_its_whole_credentials() -> None:
    graph = graph_of(TEXT)
    secrets = made(graph, {})
    found = json.loads(secrets.values["shop-production/db"])
    password = found.pop("password")
    assert len(password) == 32
    assert found == {
        "username": "me",
        "engine": "postgres",
        "host": "127.5.0.3",
        "port": 5432,
        "dbname": "orders",
        "dbInstanceIdentifier": "shop-production-db",
    }
    assert secrets.read(Secret("DbCredentials", "port")) == "5432"
    assert secrets.values["shop-production/db-url"] == (
        f"postgresql://me:{password}@127.5.0.3:5432/orders?sslmode=disable"
    )
    assert len(secrets.values["shop-production/jwt"]) == 20


def test_an_address_that_moved_changes_all_but_the_password() -> None:
    graph = graph_of(TEXT)
    before = made(graph, {})
    after = made(graph, before.values, port=6000)
    assert after.read(Secret("DbCredentials", "port")) == "6000"
    assert after.read(Secret("DbCredentials", "password")) == before.read(
        Secret("DbCredentials", "password")
    )
    assert ":6000/" in after.values["shop-production/db-url"]


def test_a_secret_that_a_person_fills_is_empty_until_then_and_kept() -> None:
    text = (
        'api = Service("api", "app", ["run"], env={"K": Secret("key", generate=False)})\n'
        'system = System("shop", api)\n'
    )
    assert made(graph_of(text), {}).values == {"shop-production/key": ""}
    known = {"shop-production/key": "theirs"}
    assert made(graph_of(text), known).values == known


def test_what_is_no_longer_in_the_graph_is_kept_for_its_return() -> None:
    graph = graph_of('system = System("shop", Service("api", "app", ["run"]))')
    assert made(graph, {"shop-production/jwt": "old"}).values == {"shop-production/jwt": "old"}


def test_every_value_is_published() -> None:
    class Store:
        def __init__(self) -> None:
            self.values: dict[str, str] = {}

        async def secret(self, name: str) -> str:
            return self.values[name]

        async def put_secret(self, name: str, value: str) -> None:
            self.values[name] = value

    store, secrets = Store(), made(graph_of(TEXT), {})
    asyncio.run(secrets.publish(store))
    assert store.values == secrets.values


def test_one_key_or_the_whole_value_is_picked() -> None:
    assert pick('{"port": 5432}', "port") == "5432"
    assert pick('{"port": 5432}', "") == '{"port": 5432}'


CACHED = (
    'cache = Redis("cache", nodes=2, database=3, url_options="ssl_cert_reqs=none&protocol=3")\n'
    'read = Service("read", "app", ["run"], uses=[cache.reader])\n'
    'system = System("shop", Service("api", "app", ["run"], uses=[cache]), read)\n'
)
ENDPOINTS = {
    "CacheReplicationGroup": Address("127.5.0.4", 6379),
    "CacheReplicationGroup-reader": Address("127.5.0.5", 6379),
}


def test_a_caches_urls_are_plain_here_and_hold_its_token() -> None:
    graph = graph_of(CACHED)
    values = SecretsManager(graph, Resolver(graph, ENDPOINTS), {}).values
    token = values["shop-production/cache"]
    assert len(token) == 64
    assert values["shop-production/cache-url"] == f"redis://:{token}@127.5.0.4:6379/3?protocol=3"
    assert values["shop-production/cache-reader-url"].startswith(f"redis://:{token}@127.5.0.5:")


def test_a_cache_of_the_users_own_is_where_it_is_and_has_its_own_password() -> None:
    graph = graph_of(CACHED)
    own = OwnCache("rediss://:pw@mine:7000/1", Address("mine", 7000), "pw")
    resolver = Resolver(graph, ENDPOINTS)
    known = {"shop-production/cache": "generated before"}
    values = SecretsManager(graph, resolver, known, {"shop-production/cache": own}).values
    assert values["shop-production/cache"] == "pw"
    assert values["shop-production/cache-url"] == "rediss://:pw@mine:7000/1"
    assert values["shop-production/cache-reader-url"] == "rediss://:pw@mine:7000/1"
