"""ministack is killed fifty times under writers: nothing that it acknowledged may be lost.

By itself ministack keeps secrets in memory until an orderly end; that it loses
them is shown first, so that the test is known to be able to fail.
"""

import asyncio
import http.client
import itertools
import random
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.ministack import Ministack
from seatrial.local.engines.ministack.engine import PACKAGES, SecretMissing
from seatrial.local.engines.ministack.wire import AwsError
from seatrial.local.process import Command, ProcessHost
from seatrial.local.source import environment
from tests.local.engines.ministack.test_engine import free_address, running

pytestmark = pytest.mark.engine

KILLS = 50
WRITERS = 4
# What a writer sees when the server dies under it: the outcome is unknown.
UNKNOWN = (OSError, http.client.HTTPException, ValueError)


class Ledger:
    """What was sent and what was acknowledged, per name."""

    def __init__(self) -> None:
        self.sent: defaultdict[str, list[str]] = defaultdict(list)
        self.acknowledged: dict[str, int] = {}
        self.count = 0
        self._goal = 0
        self._reached = asyncio.Event()

    async def wait_for(self, more: int) -> None:
        """Wait until so many more writes are acknowledged."""
        self._goal = self.count + more
        self._reached.clear()
        await self._reached.wait()

    def acknowledge(self, name: str) -> None:
        """The last value sent was acknowledged."""
        self.acknowledged[name] = len(self.sent[name]) - 1
        self.count += 1
        if self.count >= self._goal:
            self._reached.set()

    def allows(self, name: str, found: str | None) -> bool:
        """The value last acknowledged, or one that was sent after it, is what may be found."""
        return found in self.sent[name][self.acknowledged[name] :]


async def _write_secrets(engine: Ministack, ledger: Ledger, writer: int, turn: int) -> None:
    """Create a secret, then give it values, until the server is gone."""
    name = f"secret-{writer}-{turn}"
    for number in itertools.count():
        value = f"{name}-{number}"
        ledger.sent[name].append(value)
        action = "PutSecretValue" if number else "CreateSecret"
        key = {"SecretId": name} if number else {"Name": name}
        try:
            await engine._wire.call("secretsmanager", action, **key, SecretString=value)
        except UNKNOWN:
            return
        ledger.acknowledge(name)


async def _put_object(address: Address, name: str, body: str) -> None:
    await asyncio.to_thread(_ask_s3, address, "PUT", name, body)


def _ask_s3(address: Address, method: str, name: str, body: str = "") -> str:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=10)
    try:
        connection.request(method, f"/bucket/{name}" if name else "/bucket", body or None)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != http.HTTPStatus.OK:
            raise AwsError(str(answer.status), text)
        return text
    finally:
        connection.close()


async def _write_objects(engine: Ministack, ledger: Ledger, turn: int) -> None:
    """Write new objects and overwrite one of its own, until the server is gone."""
    for number in itertools.count():
        name = f"object-{turn}-{number % 3}"
        body = f"{name}-{number}" * 100
        ledger.sent[name].append(body)
        try:
            await _put_object(engine.address, name, body)
        except UNKNOWN:
            return
        ledger.acknowledge(name)


async def _find_lost_secrets(engine: Ministack, ledger: Ledger) -> list[str]:
    lost = []
    for name in ledger.acknowledged:
        found = None
        with suppress(SecretMissing):
            found = await engine.secret(name)
        if not ledger.allows(name, found):
            lost.append(f"{name}: {found}")
    return lost


async def _find_lost_objects(engine: Ministack, ledger: Ledger) -> list[str]:
    lost = []
    for name in ledger.acknowledged:
        found = None
        with suppress(AwsError):
            found = await asyncio.to_thread(_ask_s3, engine.address, "GET", name)
        if not ledger.allows(name, found):
            lost.append(name)
    return lost


@pytest.mark.timeout(600)
@pytest.mark.long
def test_fifty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    pick = random.Random(2026)
    secrets, objects = Ledger(), Ledger()

    async def work() -> None:
        async with running(tmp_path) as engine:
            await asyncio.to_thread(_ask_s3, engine.address, "PUT", "")
            for turn in range(KILLS):
                writers = [
                    asyncio.create_task(_write_secrets(engine, secrets, writer, turn))
                    for writer in range(WRITERS)
                ]
                writers.append(asyncio.create_task(_write_objects(engine, objects, turn)))
                # The first answers of a new process take longest: begin to count after them.
                await secrets.wait_for(WRITERS)
                await asyncio.sleep(pick.uniform(0.0, 0.3))
                assert engine.process
                await engine.process.kill()
                await asyncio.gather(*writers)
                await engine.start()
                await engine.ready()
            assert await _find_lost_secrets(engine, secrets) == []
            assert await _find_lost_objects(engine, objects) == []

    asyncio.run(work())
    # A run in which hardly anything was written would have proved nothing.
    assert len(secrets.acknowledged) > KILLS
    assert secrets.count > 5 * KILLS
    assert objects.count > KILLS
    print(f"{KILLS} kills: {secrets.count} secret writes, {objects.count} objects, none lost")


def test_without_our_launcher_an_acknowledged_secret_is_lost(tmp_path: Path) -> None:
    async def work() -> None:
        (tmp_path / "records").mkdir()
        host = ProcessHost(tmp_path / "records", "test")
        engine = Ministack(tmp_path, host, free_address())
        python = environment(PACKAGES) / "python"
        environ = {**engine._own_environ(), "PERSIST_STATE": "1"}
        argv = (str(python), "-I", "-m", "ministack")
        (tmp_path / "tmp").mkdir()
        bare = Command("ministack", argv, tmp_path, environ, tmp_path / "log")
        try:
            for _ in range(2):
                engine.process = await host.start(bare)
                await engine.ready()
                with pytest.raises(SecretMissing):
                    await engine.secret("key")
                await engine.put_secret("key", "value")
                await engine.process.kill()
        finally:
            await host.sweep()
            host.close()

    asyncio.run(work())
