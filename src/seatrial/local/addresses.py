"""Where tasks and endpoints listen: each on its own loopback address, with its real port.

Takes names, zones and ports, gives addresses, and keeps them apart: between the
tasks of a system (two can listen on port 8000) and between systems (each has a
block of its own). A block is 127.A.(8B+zone).N; zone 0 holds the endpoints, 1-7
the availability zones. Where only 127.0.0.1 can be bound, every address is a
port of it instead. Nothing here listens or connects for longer than a probe.
"""

import errno
import hashlib
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from seatrial.mistake import Mistake

LOCALHOST = "127.0.0.1"
ENDPOINTS = 0
ZONES = range(1, 8)
# Below the ports that Linux (32768) and macOS (49152) give to outgoing connections.
PORTS = range(20_000, 30_000)
PRIVILEGED = 1024
BLOCKS = 254 * 32
# N ends at 254: nothing but the claim of a block is ever bound to 255.
CLAIM_N = 255
CLAIM_PORT = 20_255


class PortTaken(Mistake):
    """Something outside this system listens on a port on every address."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is taken on every loopback address.",
            right="End the program that listens on it (on 0.0.0.0 or ::), or choose another port.",
        )
        self.port = port


class AddressesSpent(Mistake):
    """A zone has no address left, or the machine no block of addresses."""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A host and a port on loopback."""

    host: str
    port: int

    def __str__(self) -> str:
        """Give `host:port`."""
        return f"{self.host}:{self.port}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `str` gave; ValueError for anything else."""
        host, _, port = text.rpartition(":")
        if not host:
            raise ValueError(f"not an address: {text!r}")
        return cls(host, int(port))


@dataclass(frozen=True, slots=True)
class Block:
    """The loopback addresses of one system: 127.`a`.(8 * `b` + zone).N."""

    a: int
    b: int

    def __post_init__(self) -> None:
        """Refuse what is no block."""
        if not (1 <= self.a <= 254 and 0 <= self.b <= 31):
            raise ValueError(f"a block has a in 1-254 and b in 0-31, not {self.a} and {self.b}")

    def host(self, zone: int, n: int) -> str:
        """Give the address of number `n` in a zone."""
        return f"127.{self.a}.{8 * self.b + zone}.{n}"

    @classmethod
    def from_number(cls, number: int) -> Self:
        """Give the block of any number, after the last again the first."""
        a, b = divmod(number % BLOCKS, 32)
        return cls(a + 1, b)


class Claim:
    """A block that is ours for as long as this object is open and this process lives."""

    def __init__(self, block: Block, holder: socket.socket) -> None:
        self.block = block
        self._holder = holder

    def close(self) -> None:
        """Leave the block to others."""
        self._holder.close()


def claim_block(folder: Path, kept: Block | None = None) -> Claim | None:
    """Claim the block of the system whose state is in `folder`.

    `kept` is the block that its state remembers; it is taken again if nobody else
    has it. Otherwise the folder's hash says where the search begins. None where
    only 127.0.0.1 can be bound; AddressesSpent if every block is taken.
    """
    digest = hashlib.sha256(os.fsencode(folder.resolve())).digest()
    first = int.from_bytes(digest[:8], "big")
    try:
        if kept is not None and (claim := _try_claim(kept)):
            return claim
        listening = set(_list_listening_hosts())
        for offset in range(BLOCKS):
            block = Block.from_number(first + offset)
            # Tasks of a system whose supervisor was killed still listen in its block.
            if any(_is_within(host, block) for host in listening):
                continue
            if claim := _try_claim(block):
                return claim
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            return None
        raise
    raise AddressesSpent("Every block of loopback addresses is taken by another system.")


class AddressBook:
    """The addresses of one system; without a block (None) all are ports of 127.0.0.1.

    No address is given twice while it is held, and one that was released comes
    again only after all others of its zone: late packets meet nobody.
    """

    def __init__(self, block: Block | None) -> None:
        self.block = block
        self._endpoints: dict[str, dict[int, Address]] = {}
        self._tasks: set[Address] = set()
        # The last N (or port) that was given, per zone.
        self._last: dict[int, int] = {}

    def endpoint(self, name: str, port: int) -> Address:
        """Give the address of an endpoint, the same each time; its ports share one host.

        AddressesSpent, PortTaken.
        """
        ports = self._endpoints.get(name, {})
        if port not in ports:
            host = next((address.host for address in ports.values()), None)
            if host is None or self.block is None:
                address = self._find_free(ENDPOINTS, port)
            else:
                address = Address(host, usable_port(port, host))
                if not is_free(address):
                    raise PortTaken(address.port)
            self._endpoints.setdefault(name, {})[port] = address
        return self._endpoints[name][port]

    def task(self, zone: int, port: int) -> Address:
        """Give a new task its address in a zone (1-7). AddressesSpent, PortTaken."""
        if zone not in ZONES:
            raise ValueError(f"a zone is a number from 1 to 7, not {zone}")
        address = self._find_free(zone, port)
        self._tasks.add(address)
        return address

    def release(self, address: Address) -> None:
        """Take back an address of a task or an endpoint; one that is not held is no matter."""
        self._tasks.discard(address)
        for name, ports in list(self._endpoints.items()):
            for port in [port for port, given in ports.items() if given == address]:
                del ports[port]
            if not ports:
                del self._endpoints[name]

    def held(self) -> set[Address]:
        """Give all addresses that are held."""
        endpoints = (address for ports in self._endpoints.values() for address in ports.values())
        return self._tasks.union(endpoints)

    def as_json(self) -> dict[str, object]:
        """Give the whole book for a JSON document."""
        return {
            "block": None if self.block is None else [self.block.a, self.block.b],
            "endpoints": {
                name: {str(port): str(address) for port, address in ports.items()}
                for name, ports in self._endpoints.items()
            },
            "tasks": sorted(map(str, self._tasks)),
            "last": {str(zone): last for zone, last in self._last.items()},
        }

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Read what `as_json` gave; ValueError for anything else."""
        match values:
            case {
                "block": list() | None as block,
                "endpoints": Mapping() as endpoints,
                "tasks": list(tasks),
                "last": Mapping() as last,
            }:
                book = cls(None if block is None else Block(*block))
                book._endpoints = {
                    name: {int(port): Address.from_text(text) for port, text in ports.items()}
                    for name, ports in endpoints.items()
                }
                book._tasks = {Address.from_text(text) for text in tasks}
                book._last = {int(zone): int(last_given) for zone, last_given in last.items()}
                return book
        raise ValueError(f"not an address book: {values!r}")

    def _find_free(self, zone: int, port: int) -> Address:
        held = {address.host for address in self.held()} if self.block else set()
        held_ports = {address.port for address in self.held()}
        taken = False
        for number, address in self._list_candidates(zone, port):
            if address.host in held or (self.block is None and address.port in held_ports):
                continue
            if is_free(address):
                self._last[zone if self.block else ENDPOINTS] = number
                return address
            taken = True
        if taken:
            raise PortTaken(port)
        place = f"Zone {zone}" if zone else "The zone of the endpoints"
        raise AddressesSpent(f"{place} has no address left: all are held.")

    def _list_candidates(self, zone: int, port: int) -> Iterator[tuple[int, Address]]:
        """Give every number of a zone with its address, the one after the last given first."""
        numbers = range(1, CLAIM_N) if self.block else PORTS
        start = self._last.get(zone if self.block else ENDPOINTS, numbers[-1]) + 1 - numbers[0]
        for offset in range(len(numbers)):
            number = numbers[(start + offset) % len(numbers)]
            if self.block:
                host = self.block.host(zone, number)
                yield number, Address(host, usable_port(port, host))
            else:
                yield number, Address(LOCALHOST, number)


def usable_port(port: int, host: str = LOCALHOST) -> int:
    """Give the port itself, or port + 8000 where this user may not bind it (80 -> 8080)."""
    if port >= PRIVILEGED:
        return port
    refused = _try_bind(Address(host, port))
    return port + 8000 if refused in (errno.EACCES, errno.EPERM) else port


def is_free(address: Address) -> bool:
    """Tell whether a program could listen here now."""
    return _try_bind(address) is None


def _try_bind(address: Address) -> int | None:
    """Bind for an instant; give the error number if that is refused."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
            # Two sockets may share an address until one listens.
            probe.listen(1)
        except OSError as error:
            return error.errno
    return None


def _try_claim(block: Block) -> Claim | None:
    holder = socket.socket()
    try:
        # Without SO_REUSEADDR, and never listening: only one process can hold it.
        holder.bind((block.host(ENDPOINTS, CLAIM_N), CLAIM_PORT))
    except OSError as error:
        holder.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise
    return Claim(block, holder)


def _is_within(host: str, block: Block) -> bool:
    _, a, c, _ = map(int, host.split("."))
    return a == block.a and c // 8 == block.b


def _list_listening_hosts() -> Iterator[str]:
    """List the loopback addresses on which something listens; none where /proc does not tell."""
    if sys.platform != "linux":
        return
    with suppress(OSError):
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            host = socket.inet_ntoa(int(local.partition(":")[0], 16).to_bytes(4, sys.byteorder))
            if state == "0A" and host.startswith("127."):
                yield host
