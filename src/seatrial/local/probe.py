"""One health check of one target, as an Application Load Balancer makes it.

Takes an address, a path and a time limit, gives the status or AWS's reason for
the failure. It never decides about health: that is `seatrial.control.health`.
It is raw sockets on the event loop, for dozens of checks a second must cost nothing.

Sources:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

import asyncio
import re
import socket
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from seatrial.local.addresses import Address

# Bytes of an answer's head: load-balancer-limits.html, "Entire response header".
LONGEST_HEAD = 32 * 1024
END_OF_HEAD = b"\r\n\r\n"
READ = 16 * 1024
NAME = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+"
HEAD = re.compile(
    rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n\0]*)?\r\n(?:" + NAME + rb":[^\r\n\0]*\r\n)*\r\n"
)
CODES = re.compile(r"([0-9]{3})(?:-([0-9]{3}))?")
PATH = re.compile(r"/[!-~]*")


class Reason(StrEnum):
    """Why a check failed, as DescribeTargetHealth says it."""

    TIMEOUT = "Target.Timeout"
    MISMATCH = "Target.ResponseCodeMismatch"
    FAILED = "Target.FailedHealthChecks"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a check found: the status if one came, the reason of a failure, seconds it took."""

    status: int | None
    reason: Reason | None
    latency: float

    @property
    def healthy(self) -> bool:
        """Tell whether the check passed."""
        return self.reason is None


class NotHttp(Exception):
    """What came is no answer of HTTP/1."""


async def probe(address: Address, path: str, timeout: float, matcher: str = "200") -> ProbeResult:
    """Ask `address` for `path` on a fresh connection, once.

    Done when the head of the answer is complete; `timeout` seconds are for all of
    it. ValueError for a path or a matcher that no target group can have.
    """
    expected = parse_matcher(matcher)
    request = _write_request(address, path)
    loop = asyncio.get_running_loop()
    began = loop.time()
    exchange = Exchange(loop, address, request)
    timer = loop.call_later(timeout, exchange.end, None, Reason.TIMEOUT)
    try:
        exchange.begin()
        status, reason = await exchange.ended
    finally:
        timer.cancel()
        exchange.close()
    if status is not None and status not in expected:
        reason = Reason.MISMATCH
    return ProbeResult(status, reason, loop.time() - began)


def until_next(interval: float, now: float) -> float:
    """Give the seconds from `now` until the next check of this interval.

    All checks of one interval fall due together, so that one waking of the
    process serves them all: waking costs more than checking. The load balancer
    itself calls its interval approximate.
    """
    return interval - now % interval


@lru_cache(maxsize=256)
def parse_matcher(matcher: str) -> frozenset[int]:
    """Read a Matcher's HttpCode: codes and ranges with commas, such as `200-299,302`."""
    codes: set[int] = set()
    for part in matcher.split(","):
        found = CODES.fullmatch(part.strip())
        if not found or (found[2] and found[2] < found[1]):
            raise ValueError(f"a matcher is codes and ranges such as 200-299,302, not {matcher!r}")
        codes.update(range(int(found[1]), int(found[2] or found[1]) + 1))
    return frozenset(codes)


def read_status(data: bytes) -> int | None:
    """Read the status of an answer; None while its head is not complete.

    Interim answers (100) are passed over. NotHttp.
    """
    while True:
        end = data.find(END_OF_HEAD)
        if end < 0:
            if not b"HTTP/1.".startswith(data[:7]):
                raise NotHttp
            return None
        found = HEAD.fullmatch(data, 0, end + len(END_OF_HEAD))
        if not found:
            raise NotHttp
        status = int(found[1])
        if status >= 200 or status == 101:
            return status
        data = data[found.end() :]


class Exchange:
    """One connection: what was sent, what came so far, and a future for the outcome."""

    def __init__(self, loop: asyncio.AbstractEventLoop, address: Address, request: bytes) -> None:
        self.ended: asyncio.Future[tuple[int | None, Reason | None]] = loop.create_future()
        self._loop = loop
        self._address = address
        self._request = request
        self._data = b""
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        # A number: asyncio would write out a whole socket each time it looks one up.
        self._descriptor = self._socket.fileno()
        self._writing = False

    def begin(self) -> None:
        """Connect; on loopback that is mostly done at once, and so is the sending."""
        self._socket.connect_ex((self._address.host, self._address.port))
        self._loop.add_reader(self._descriptor, self._receive)
        self._send()

    def end(self, status: int | None, reason: Reason | None) -> None:
        """Settle the outcome, if it is not settled."""
        if not self.ended.done():
            self.ended.set_result((status, reason))

    def close(self) -> None:
        """Let go of the connection."""
        self._loop.remove_reader(self._descriptor)
        if self._writing:
            self._loop.remove_writer(self._descriptor)
        self._socket.close()

    def _send(self) -> None:
        try:
            sent = self._socket.send(self._request)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.end(None, Reason.FAILED)
            return
        self._request = self._request[sent:]
        if self._request and not self._writing:
            self._writing = True
            self._loop.add_writer(self._descriptor, self._send)
        elif not self._request and self._writing:
            self._writing = False
            self._loop.remove_writer(self._descriptor)

    def _receive(self) -> None:
        try:
            more = self._socket.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            self.end(None, Reason.FAILED)
            return
        self._data += more
        try:
            status = read_status(self._data)
        except NotHttp:
            self.end(None, Reason.FAILED)
            return
        if status is not None:
            self.end(status, None)
        elif not more or len(self._data) > LONGEST_HEAD:
            self.end(None, Reason.FAILED)


@lru_cache(maxsize=1024)
def _write_request(address: Address, path: str) -> bytes:
    if not PATH.fullmatch(path):
        raise ValueError(f"a health check path begins with / and has no spaces, not {path!r}")
    return (
        f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n"
        "User-Agent: ELB-HealthChecker/2.0\r\nAccept-Encoding: gzip, compressed\r\n\r\n"
    ).encode()
