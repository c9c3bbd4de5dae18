"""The places of a graph: stable, apart from each other, and the user's own where he has one."""

from pathlib import Path

import pytest

from seatrial.local.addresses import Address, AddressBook, Block
from seatrial.local.engines.envoy import Network
from seatrial.local.layout import Layout
from tests.lower.systems import graph_of

TEXT = (
    'db = Postgres("db", version="15", size="db.t3.micro", readers=["db.t3.micro"], '
    'engine_url="SEATRIAL_TEST_DATABASE")\n'
    'api = Service("api", "app", ["run"], port=8000, uses=[db])\n'
    'system = System("shop", api, zones=3)\n'
)
BLOCK = Block(200, 7)


@pytest.fixture(autouse=True)
def _no_database_of_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEATRIAL_TEST_DATABASE", raising=False)


def layout(book: AddressBook | None = None, text: str = TEXT) -> Layout:
    return Layout(graph_of(text), book or AddressBook(BLOCK))


def test_every_endpoint_has_a_place_of_its_own_and_keeps_it() -> None:
    book = AddressBook(BLOCK)
    first, again = layout(book), layout(AddressBook.from_json(book.as_json()))
    endpoints = first.resolver.endpoints
    assert endpoints.keys() == {"DbInstance", "DbReader1", "LoadBalancer"}
    assert len(set(endpoints.values())) == 3
    assert again.resolver.endpoints == endpoints
    assert {endpoints[id].port for id in ("DbInstance", "DbReader1")} == {5432}


def test_the_network_is_what_the_endpoints_say() -> None:
    found = layout()
    network = found.network()
    assert {each.name: each.address for each in network.endpoints} == {
        id: found.endpoint(id) for id in ("DbInstance", "DbReader1")
    }
    (listener,) = network.listeners
    assert listener.address == found.endpoint("LoadBalancer")
    assert found.address
    assert found.address.removeprefix("http://") in str(listener.address)


def test_tasks_of_one_port_are_apart_and_in_their_zones() -> None:
    found = layout()
    assert found.zones == ("us-east-1a", "us-east-1b", "us-east-1c")
    given = [found.task(zone, 8000) for zone in found.zones for _ in range(3)]
    assert len(set(given)) == 9
    thirds = [str(each).split(".")[2] for each in given]
    assert len(set(thirds)) == 3


def test_a_database_of_the_users_own_is_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATRIAL_TEST_DATABASE", "postgresql://me:pw@127.0.0.1:6543/mine")
    found = layout()
    assert found.endpoint("DbInstance") == Address("127.0.0.1", 6543)
    assert found.network().endpoints == ()


def test_a_worker_alone_has_no_address_and_no_network() -> None:
    found = layout(text='system = System("shop", Service("worker", "app", ["run"]))')
    assert found.address is None
    assert found.network() == Network((), (), ())


CACHED = (
    'cache = Redis("cache", nodes=2, engine_url="SEATRIAL_TEST_CACHE")\n'
    'system = System("shop", Service("api", "app", ["run"], uses=[cache]))\n'
)


def test_a_cache_has_a_place_for_its_primary_and_one_for_its_readers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SEATRIAL_TEST_CACHE", raising=False)
    found = layout(text=CACHED)
    primary, reader = found.caches[0].endpoints
    named = {each.name: each.address for each in found.network().endpoints}
    assert named == {primary: found.endpoint(primary), reader: found.endpoint(reader)}
    assert named[primary] != named[reader]
    monkeypatch.setenv("SEATRIAL_TEST_CACHE", "redis://:pw@127.0.0.1:7000")
    own = layout(text=CACHED)
    assert own.endpoint(primary) == own.endpoint(reader) == Address("127.0.0.1", 7000)
    assert own.network().endpoints == ()


SITED = (
    'api = Service("api", "app", ["run"], port=80)\n'
    'site = Website("site", "web", {"/v1/*": api})\nsystem = System("shop", site)\n'
)


def test_people_find_the_website_before_the_load_balancer(tmp_path: Path) -> None:
    found = layout(text=SITED)
    (edge,) = found.network({"SiteBucket": tmp_path}, lambda secret: "k3y").edges
    assert found.address
    assert edge.address.host in found.address
    assert edge.services == found.endpoint("LoadBalancer")
    assert found.balancer
    assert found.balancer != found.address
    assert layout().address == layout().balancer
