"""Steady traffic for the `fastapi-app` example, and the truth about it afterwards.

Each client signs up, logs in and then writes items, one at a time, each under an
Idempotency-Key of its own. A request without an answer is a failed request; the
item is sent again under the same key until it is acknowledged. At the end every
client reads all its items back: an acknowledged item that is missing was lost,
one that is there twice was doubled.
"""

import http.client
import json
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PATIENCE = 15.0
"""Seconds a client waits for one answer."""


class NoAnswer(Exception):
    """The request failed: no connection, no answer, or a 5xx."""


@dataclass
class Truth:
    """What was asked, and what became of it."""

    requests: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    found: int = 0
    lost: int = 0
    doubled: int = 0
    sign_ups: int = 0
    log_ins: int = 0
    latencies: list[float] = field(default_factory=list)
    longest_gap: float = 0.0

    @property
    def failed(self) -> int:
        """How many requests had no good answer."""
        return sum(self.failures.values())

    @property
    def holds(self) -> bool:
        """Whether nothing acknowledged was lost or doubled, and something was written."""
        return self.acknowledged > 0 and self.lost == 0 and self.doubled == 0


class Client:
    """One client with its own user and connection."""

    def __init__(self, address: str, traffic: "Traffic", number: int) -> None:
        url = urlsplit(address)
        self._host, self._port = url.hostname or "127.0.0.1", url.port or 80
        self._traffic = traffic
        self._connection: http.client.HTTPConnection | None = None
        self.email = f"client-{number}-{uuid.uuid4().hex[:12]}@example.com"
        self.password = uuid.uuid4().hex
        self.token = ""
        self.acknowledged: dict[str, int] = {}

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, object]:
        """Ask once; NoAnswer for anything that a user would call a failure."""
        began = time.monotonic()
        try:
            status, answer = self._ask(method, path, body, headers or {})
        except (OSError, http.client.HTTPException) as error:
            self.close()
            self._traffic.failed(type(error).__name__)
            raise NoAnswer from None
        if status >= 500:
            self._traffic.failed(str(status))
            raise NoAnswer
        self._traffic.answered(time.monotonic() - began)
        return status, answer

    def _ask(
        self, method: str, path: str, body: object, headers: dict[str, str]
    ) -> tuple[int, object]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE)
        if self.token:
            headers = {"Authorization": f"Bearer {self.token}", **headers}
        text = None if body is None else json.dumps(body)
        if text is not None:
            headers = {"Content-Type": "application/json", **headers}
        self._connection.request(method, path, text, headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.getheader("Connection", "").lower() == "close":
            self.close()
        return response.status, json.loads(content) if content[:1] in (b"{", b"[") else None

    def until_answered(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, object]:
        """Ask until there is an answer; give up when the traffic has to end."""
        while True:
            try:
                return self.ask(method, path, body, headers)
            except NoAnswer:
                if self._traffic.over():
                    raise
                time.sleep(0.1)

    def sign_up(self) -> None:
        """Sign up and log in."""
        body = {"email": self.email, "password": self.password}
        self.until_answered("POST", "/users", body)  # 409 where an unanswered try had succeeded
        self._traffic.count("sign_ups")
        self.log_in()

    def log_in(self) -> None:
        """Log in anew."""
        body = {"email": self.email, "password": self.password}
        _, answer = self.until_answered("POST", "/token", body)
        assert isinstance(answer, dict)
        self.token = answer["access_token"]
        self._traffic.count("log_ins")

    def write(self) -> None:
        """Write one item, again and again under one key, until it is acknowledged."""
        key = str(uuid.uuid4())
        body = {"name": key}
        status, answer = self.until_answered("POST", "/items", body, {"Idempotency-Key": key})
        if status == 201 and isinstance(answer, dict):
            self.acknowledged[key] = answer["id"]
            self._traffic.acknowledged()

    def read_back(self) -> Counter[str]:
        """Read every item of this client, as often as each is there."""
        found: Counter[str] = Counter()
        after = 0
        while True:
            _, page = self.until_answered("GET", f"/items?limit=200&after={after}")
            assert isinstance(page, dict)
            found.update(item["name"] for item in page["items"])
            if page["next"] is None:
                return found
            after = page["next"]

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()
        self._connection = None


class Traffic:
    """Several clients that together ask `rate` times a second."""

    def __init__(self, address: str, clients: int = 8, rate: float = 40.0) -> None:
        self.truth = Truth()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._deadline = float("inf")
        self._pause = clients / rate
        self._last_acknowledged = time.monotonic()
        self.clients = [Client(address, self, number) for number in range(clients)]
        self._threads = [
            threading.Thread(target=self._work, args=(client,), daemon=True)
            for client in self.clients
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float = 30.0) -> Truth:
        """End, read everything back, give the truth."""
        self._stopping.set()
        self._deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join()
        for client in self.clients:
            if client.token:
                found = client.read_back()
                self.truth.found += sum(key in found for key in client.acknowledged)
                self.truth.lost += sum(key not in found for key in client.acknowledged)
                self.truth.doubled += sum(count - 1 for count in found.values())
            client.close()
        return self.truth

    def over(self) -> bool:
        """Whether a client must give up what it tries."""
        return time.monotonic() > self._deadline

    def count(self, name: str) -> None:
        """Count one of the clients' steps."""
        with self._lock:
            setattr(self.truth, name, getattr(self.truth, name) + 1)

    def failed(self, why: str) -> None:
        """Count a request without a good answer."""
        with self._lock:
            self.truth.requests += 1
            self.truth.failures[why] += 1

    def answered(self, seconds: float) -> None:
        """Count a request that was answered."""
        with self._lock:
            self.truth.requests += 1
            self.truth.latencies.append(seconds)

    def acknowledged(self) -> None:
        """Count a write that was acknowledged, and the time since the last one."""
        with self._lock:
            now = time.monotonic()
            gap = now - self._last_acknowledged
            self.truth.longest_gap = max(self.truth.longest_gap, gap)
            self._last_acknowledged = now
            self.truth.acknowledged += 1

    def restart_gap(self) -> None:
        """Forget the longest gap so far."""
        with self._lock:
            self.truth.longest_gap = 0.0
            self._last_acknowledged = time.monotonic()

    def _work(self, client: Client) -> None:
        try:
            client.sign_up()
            turn = 0
            while not self._stopping.is_set():
                began = time.monotonic()
                turn += 1
                if turn % 50 == 0:
                    client.log_in()
                elif turn % 5 == 0:
                    client.until_answered("GET", "/items?limit=10")
                else:
                    client.write()
                self._stopping.wait(max(0.0, self._pause - (time.monotonic() - began)))
        except NoAnswer:
            self.failed("gave up")
