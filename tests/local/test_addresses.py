import errno
import json
import socket
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from seatrial.local.addresses import (
    BLOCKS,
    Address,
    AddressBook,
    AddressesSpent,
    Block,
    PortTaken,
    claim_block,
    is_free,
    usable_port,
)


def can_bind_blocks() -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.1.2.3", 0))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                return False
            raise
    return True


blocks_needed = pytest.mark.skipif(not can_bind_blocks(), reason="only 127.0.0.1 is bound here")


@pytest.fixture
def book(tmp_path: Path) -> AddressBook:
    claim = claim_block(tmp_path)
    with closing(claim) if claim else closing(socket.socket()):
        return AddressBook(claim.block if claim else None)


@pytest.fixture
def ports() -> AddressBook:
    return AddressBook(None)


def listen(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen()
    return listener


def find_port() -> int:
    """Find a port that nothing uses on any address."""
    with socket.socket() as probe:
        probe.bind(("0.0.0.0", 0))
        return int(probe.getsockname()[1])


def test_every_block_is_another_one() -> None:
    blocks = {Block.from_number(number) for number in range(BLOCKS)}
    assert len(blocks) == BLOCKS
    hosts = {block.host(zone, 1) for block in blocks for zone in range(8)}
    assert len(hosts) == BLOCKS * 8
    assert not any(host.startswith(("127.0.", "127.255.")) for host in hosts)
    assert all(0 <= int(part) <= 255 for host in hosts for part in host.split("."))


@pytest.mark.parametrize(("a", "b"), [(0, 0), (255, 0), (1, 32), (1, -1)])
def test_other_numbers_are_no_block(a: int, b: int) -> None:
    with pytest.raises(ValueError, match="a block has"):
        Block(a, b)


@blocks_needed
def test_two_systems_have_two_blocks(tmp_path: Path) -> None:
    with closing(claim_block(tmp_path)) as first, closing(claim_block(tmp_path)) as second:
        assert first.block != second.block
        remembered = first.block
        # The block that the state remembers is taken again, and left if another has it.
        with closing(claim_block(tmp_path, kept=remembered)) as third:
            assert third.block not in (first.block, second.block)
    with closing(claim_block(tmp_path / "elsewhere", kept=remembered)) as again:
        assert again.block == remembered


@blocks_needed
def test_a_block_whose_tasks_still_listen_is_left_to_them(tmp_path: Path) -> None:
    with closing(claim_block(tmp_path)) as claim:
        block = claim.block
    with listen(block.host(3, 7), find_port()):
        with closing(claim_block(tmp_path)) as other:
            assert other.block != block
        # To their own system they are no stranger.
        with closing(claim_block(tmp_path, kept=block)) as own:
            assert own.block == block


@blocks_needed
def test_a_task_has_its_real_port_in_its_zone(book: AddressBook) -> None:
    assert book.block
    one, two, three = book.task(1, 8000), book.task(1, 8000), book.task(2, 8000)
    assert [address.port for address in (one, two, three)] == [8000] * 3
    assert len({one.host, two.host, three.host}) == 3
    assert one.host.rpartition(".")[0] == two.host.rpartition(".")[0]
    assert int(three.host.split(".")[2]) == 8 * book.block.b + 2


@blocks_needed
def test_an_endpoint_keeps_one_host_for_all_its_ports(book: AddressBook) -> None:
    http, https = book.endpoint("lb", 8080), book.endpoint("lb", 8443)
    assert http == book.endpoint("lb", 8080)
    assert http.host == https.host
    assert book.endpoint("db", 5432).host != http.host
    book.release(http)
    assert book.endpoint("lb", 9090).host == https.host


@blocks_needed
def test_a_released_address_is_not_given_at_once(book: AddressBook) -> None:
    first = book.task(1, 8000)
    seen = [first]
    for _ in range(253):
        book.release(seen[-1])
        seen.append(book.task(1, 8000))
    assert len(set(seen)) == 254
    book.release(seen[-1])
    assert book.task(1, 8000) == first


@blocks_needed
def test_a_zone_can_be_full(book: AddressBook) -> None:
    for _ in range(254):
        book.task(7, 8000)
    with pytest.raises(AddressesSpent, match="Zone 7"):
        book.task(7, 8000)
    book.task(6, 8000)


@pytest.mark.parametrize("zone", [0, 8, -1])
def test_there_are_seven_zones(book: AddressBook, zone: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 7"):
        book.task(zone, 8000)


@blocks_needed
def test_a_port_that_is_taken_everywhere_is_told(book: AddressBook) -> None:
    port = find_port()
    with listen("0.0.0.0", port):
        with pytest.raises(PortTaken, match=str(port)):
            book.task(1, port)
        with pytest.raises(PortTaken):
            book.endpoint("lb", port)
    assert book.held() == set()
    assert book.task(1, port).port == port


@blocks_needed
def test_an_address_that_another_program_took_is_passed_over(book: AddressBook) -> None:
    assert book.block
    port = find_port()
    with listen(book.block.host(1, 1), port):
        assert book.task(1, port).host == book.block.host(1, 2)


def test_where_there_is_one_host_every_address_is_a_port(ports: AddressBook) -> None:
    addresses = [ports.task(1, 8000), ports.task(2, 8000), ports.endpoint("lb", 8000)]
    assert {address.host for address in addresses} == {"127.0.0.1"}
    assert len({address.port for address in addresses}) == 3
    assert ports.endpoint("lb", 8000) == addresses[2]
    assert ports.endpoint("lb", 8001) not in addresses
    with listen("127.0.0.1", addresses[-1].port + 2):
        assert ports.task(1, 8000).port == addresses[-1].port + 3


@pytest.mark.parametrize("values", [None, {}, {"block": [1]}, []])
def test_anything_else_is_no_book(values: object) -> None:
    with pytest.raises(ValueError, match="not an address book"):
        AddressBook.from_json(values)


def test_an_address_goes_through_text() -> None:
    assert Address.from_text(str(Address("127.1.2.3", 80))) == Address("127.1.2.3", 80)
    with pytest.raises(ValueError, match="not an address"):
        Address.from_text("80")


def test_ports_that_may_not_be_bound_move_up() -> None:
    assert usable_port(8080) == 8080
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", 83))
        except PermissionError:
            assert usable_port(83) == 8083
        except OSError:
            pytest.skip("port 83 is in use")
        else:
            assert usable_port(83) == 83


def test_what_is_listened_on_is_not_free() -> None:
    with listen("127.0.0.1", 0) as listener:
        address = Address(*listener.getsockname())
        assert not is_free(address)
    assert is_free(address)


class Book(RuleBasedStateMachine):
    """Whatever is asked in whatever order: no address is held twice, and JSON loses nothing."""

    held = Bundle("held")
    block: Block | None = None

    def __init__(self) -> None:
        super().__init__()
        self.book = AddressBook(self.block)
        self.given: set[Address] = set()
        self.endpoints: dict[tuple[str, int], Address] = {}

    @rule(target=held, zone=st.integers(1, 7), port=st.sampled_from([8000, 8001]))
    def task(self, zone: int, port: int) -> Address:
        address = self.book.task(zone, port)
        assert address not in self.given
        self.given.add(address)
        return address

    @rule(target=held, name=st.sampled_from("abc"), port=st.sampled_from([9000, 9001]))
    def endpoint(self, name: str, port: int) -> Address:
        address = self.book.endpoint(name, port)
        known = self.endpoints.setdefault((name, port), address)
        assert known == address
        self.given.add(address)
        return address

    @rule(address=consumes(held))
    def release(self, address: Address) -> None:
        self.book.release(address)
        self.given.discard(address)
        self.endpoints = {key: each for key, each in self.endpoints.items() if each != address}

    @rule()
    def store(self) -> None:
        values = self.book.as_json()
        self.book = AddressBook.from_json(json.loads(json.dumps(values)))
        assert self.book.as_json() == values

    @invariant()
    def holds_what_was_given(self) -> None:
        assert self.book.held() == self.given


class BlockBook(Book):
    block = Block(253, 31)


PortsTest = Book.TestCase
PortsTest.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
if can_bind_blocks():
    BlocksTest = BlockBook.TestCase
    BlocksTest.settings = PortsTest.settings
