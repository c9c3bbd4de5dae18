"""Kafka's own protocol, as far as it takes to see that a broker answers and to make topics.

Takes an address and topics; gives what the broker said. One connection for each question; it
never produces and never consumes.
https://kafka.apache.org/protocol
"""

import asyncio
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from seatrial.local.addresses import Address
from seatrial.mistake import Mistake

METADATA, VERSIONS, CREATE_TOPICS, ALTER_CONFIGS = 3, 18, 19, 44
TOPIC_EXISTS = 36
TOPIC, SET = 2, 0
CLIENT = "seatrial"
TIMEOUT = 5.0
LIMIT = 64 * 1024 * 1024


class NoAnswer(Exception):
    """A broker could not be reached, said nothing in time, or nothing that could be read."""


class Refused(Mistake):
    """A broker refused; `code` is Kafka's error code."""

    def __init__(self, what: str, code: int, message: str | None) -> None:
        super().__init__(f"{what}: {message or 'refused'} (Kafka's error {code}).")
        self.code = code


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is to be; settings in Kafka's words."""

    name: str
    partitions: int
    replication: int
    settings: Mapping[str, str] = field(default_factory=dict)


class Reader:
    """Reads Kafka's values off an answer, in their order."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, form: str) -> int:
        """Read a number of `struct`'s form b, h, i or q."""
        (value,) = struct.unpack_from(f">{form}", self._data, self._at)
        self._at += struct.calcsize(f">{form}")
        return int(value)

    def text(self) -> str | None:
        """Read a text that may be null."""
        length = self.number("h")
        if length < 0:
            return None
        self._at += length
        return self._data[self._at - length : self._at].decode()


class Writer:
    """Puts Kafka's values together."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def number(self, form: str, value: int) -> Self:
        """Add a number of `struct`'s form b, h, i or q."""
        self._parts.append(struct.pack(f">{form}", value))
        return self

    def text(self, value: str) -> Self:
        """Add a text."""
        data = value.encode()
        self._parts.append(struct.pack(">h", len(data)) + data)
        return self

    def done(self) -> bytes:
        """Give all of it."""
        return b"".join(self._parts)


async def answers(address: Address, timeout: float = TIMEOUT) -> bool:
    """Tell whether a broker answers."""
    try:
        await _ask(address, VERSIONS, 0, b"", timeout)
    except NoAnswer:
        return False
    return True


async def make_topics(address: Address, topics: list[Topic], timeout: float = 30.0) -> list[str]:
    """Make the topics that are missing, and give all of them their settings.

    Gives the names of those that it made. NoAnswer, Refused.
    """
    request = Writer().number("i", len(topics))
    for each in topics:
        request.text(each.name).number("i", each.partitions).number("h", each.replication)
        request.number("i", 0).number("i", len(each.settings))
        for name, value in each.settings.items():
            request.text(name).text(value)
    request.number("i", int(timeout * 1000)).number("b", 0)
    answer = await _ask(address, CREATE_TOPICS, 2, request.done(), timeout)
    answer.number("i")
    made: list[str] = []
    there: list[str] = []
    for _ in range(answer.number("i")):
        name, code, message = answer.text() or "", answer.number("h"), answer.text()
        if code not in (0, TOPIC_EXISTS):
            raise Refused(f"topic {name}", code, message)
        (there if code else made).append(name)
    await _give_settings(address, [each for each in topics if each.name in there], timeout)
    return made


async def count_partitions(address: Address, timeout: float = TIMEOUT) -> dict[str, int]:
    """Give every topic with the number of its partitions. NoAnswer."""
    answer = await _ask(address, METADATA, 1, Writer().number("i", -1).done(), timeout)
    for _ in range(answer.number("i")):
        answer.number("i"), answer.text(), answer.number("i"), answer.text()
    answer.number("i")
    found = {}
    for _ in range(answer.number("i")):
        answer.number("h")
        name = answer.text() or ""
        answer.number("b")
        found[name] = answer.number("i")
        for _ in range(found[name]):
            answer.number("h"), answer.number("i"), answer.number("i")
            for _ in range(2):
                for _ in range(answer.number("i")):
                    answer.number("i")
    return found


async def _give_settings(address: Address, topics: list[Topic], timeout: float) -> None:
    topics = [each for each in topics if each.settings]
    if not topics:
        return
    request = Writer().number("i", len(topics))
    for each in topics:
        request.number("b", TOPIC).text(each.name).number("i", len(each.settings))
        for name, value in each.settings.items():
            request.text(name).number("b", SET).text(value)
    request.number("b", 0)
    answer = await _ask(address, ALTER_CONFIGS, 0, request.done(), timeout)
    answer.number("i")
    for _ in range(answer.number("i")):
        code, message = answer.number("h"), answer.text()
        answer.number("b")
        name = answer.text() or ""
        if code:
            raise Refused(f"settings of topic {name}", code, message)


async def _ask(address: Address, key: int, version: int, body: bytes, timeout: float) -> Reader:
    head = Writer().number("h", key).number("h", version).number("i", 1).text(CLIENT)
    request = head.done() + body
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(address.host, address.port)
            try:
                writer.write(struct.pack(">i", len(request)) + request)
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                if not 4 <= size <= LIMIT:
                    raise NoAnswer(f"{address} does not speak Kafka's protocol")
                answer = Reader(await reader.readexactly(size))
            finally:
                writer.close()
    except (OSError, TimeoutError, EOFError) as error:
        raise NoAnswer(f"{address}: {error or 'no answer'}") from None
    answer.number("i")
    return answer
