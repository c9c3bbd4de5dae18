"""ministack as a process of the local cloud."""

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.ministack import Ministack
from seatrial.local.engines.ministack.engine import (
    ListensBeyondLoopback,
    MinistackEnded,
    SecretMissing,
)
from seatrial.local.engines.ministack.wire import AwsError
from seatrial.local.process import ProcessHost

pytestmark = pytest.mark.engine


def free_address(host: str = "127.0.0.1") -> Address:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return Address(host, probe.getsockname()[1])


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Ministack]:
    """Run a ministack; end it and everything of it."""
    (folder / "records").mkdir(exist_ok=True)
    host = ProcessHost(folder / "records", "test")
    engine = Ministack(folder / "ministack", host, free_address())
    try:
        await engine.start()
        await engine.ready()
        yield engine
    finally:
        await host.sweep()
        host.close()


def _run(folder: Path, work: Callable[[Ministack], Coroutine[None, None, None]]) -> None:
    async def all_of_it() -> None:
        async with running(folder) as engine:
            await work(engine)

    asyncio.run(all_of_it())


def test_a_secret_is_made_once_and_survives_both_kinds_of_end(tmp_path: Path) -> None:
    async def work(engine: Ministack) -> None:
        with pytest.raises(SecretMissing, match="nobody"):
            await engine.secret("nobody")
        assert await engine.ensure_secret("db", lambda: "first") == "first"
        assert await engine.ensure_secret("db", lambda: "second") == "first"
        assert engine.process
        await engine.process.kill()
        await engine.start()
        await engine.ready()
        assert await engine.ensure_secret("db", lambda: "third") == "first"
        await engine.stop()
        await engine.start()
        await engine.ready()
        assert await engine.secret("db") == "first"

    _run(tmp_path, work)


def test_a_bucket_is_made_once_and_stays(tmp_path: Path) -> None:
    def ask(engine: Ministack, method: str, path: str, body: bytes | None = None) -> bytes:
        connection = http.client.HTTPConnection(engine.address.host, engine.address.port)
        connection.request(method, path, body)
        answer = connection.getresponse().read()
        connection.close()
        return answer

    async def work(engine: Ministack) -> None:
        for _ in range(2):
            await engine.ensure_bucket("files", versioned=True)
            await engine.ensure_bucket("plain", versioned=False)
        await asyncio.to_thread(ask, engine, "PUT", "/files/a", b"kept")
        await engine.ensure_bucket("files", versioned=True)
        assert engine.process
        await engine.process.kill()
        await engine.start()
        await engine.ready()
        assert await asyncio.to_thread(ask, engine, "GET", "/files/a") == b"kept"
        versioning = [
            await asyncio.to_thread(ask, engine, "GET", f"/{name}?versioning")
            for name in ("files", "plain")
        ]
        assert [b"Enabled" in each for each in versioning] == [True, False]
        with pytest.raises(AwsError):
            await engine.ensure_bucket("No_Name", versioned=False)

    _run(tmp_path, work)


def test_concurrent_makers_agree(tmp_path: Path) -> None:
    async def work(engine: Ministack) -> None:
        makers = (engine.ensure_secret("db", lambda n=n: f"value {n}") for n in range(10))
        assert len(set(await asyncio.gather(*makers))) == 1

    _run(tmp_path, work)


def test_put_makes_a_version_only_for_a_new_value(tmp_path: Path) -> None:
    async def work(engine: Ministack) -> None:
        for value in ("one", "one", "two", "two"):
            await engine.put_secret("key", value)
            assert await engine.secret("key") == value
        listed = await engine._wire.call("secretsmanager", "ListSecretVersionIds", SecretId="key")
        assert len(listed["Versions"]) == 2

    _run(tmp_path, work)


def test_what_it_keeps_is_private(tmp_path: Path) -> None:
    async def work(engine: Ministack) -> None:
        await engine.put_secret("key", "a value nobody else may read")
        assert (engine.directory / "state").stat().st_mode & 0o077 == 0
        for path in engine.directory.rglob("*"):
            if path.is_file() and b"a value nobody" in path.read_bytes():
                assert path.name == "secretsmanager.json"
                assert path.stat().st_mode & 0o077 == 0
        assert "a value nobody" not in engine.log.read_text()

    _run(tmp_path, work)


def test_a_state_that_cannot_be_written_is_not_acknowledged(tmp_path: Path) -> None:
    async def work(engine: Ministack) -> None:
        await engine.put_secret("key", "one")
        state = engine.directory / "state"
        state.rename(engine.directory / "elsewhere")
        with pytest.raises(AwsError, match="InternalServiceError"):
            await engine.put_secret("key", "two")
        (engine.directory / "elsewhere").rename(state)

    _run(tmp_path, work)


def test_a_running_one_is_adopted(tmp_path: Path) -> None:
    async def work(engine: Ministack) -> None:
        await engine.put_secret("key", "one")
        host = ProcessHost(tmp_path / "records", "test")
        heir = Ministack(engine.directory, host, engine.address)
        assert await heir.adopt()
        await heir.ready()
        assert await heir.secret("key") == "one"
        await heir.stop()
        assert not await heir.adopt()
        host.close()

    _run(tmp_path, work)


def test_one_that_listens_everywhere_is_ended(tmp_path: Path) -> None:
    async def work() -> None:
        (tmp_path / "records").mkdir()
        host = ProcessHost(tmp_path / "records", "test")
        engine = Ministack(tmp_path / "ministack", host, free_address("0.0.0.0"))
        try:
            await engine.start()
            with pytest.raises(ListensBeyondLoopback, match=str(engine.address.port)):
                await engine.ready()
            assert engine.process
            assert not engine.process.running
        finally:
            await host.sweep()
            host.close()

    if sys.platform != "linux":
        pytest.skip("there is no /proc")
    asyncio.run(work())


def test_one_that_cannot_start_says_why(tmp_path: Path) -> None:
    async def work() -> None:
        (tmp_path / "records").mkdir()
        host = ProcessHost(tmp_path / "records", "test")
        with socket.create_server(("127.0.0.1", 0)) as holder:
            address = Address("127.0.0.1", holder.getsockname()[1])
            engine = Ministack(tmp_path / "ministack", host, address)
            await engine.start()
            with pytest.raises(MinistackEnded, match="already in use"):
                await engine.ready()
        await host.sweep()
        host.close()

    asyncio.run(work())


BOTO = """
import json, boto3, urllib.request
secrets = boto3.client("secretsmanager")
secrets.create_secret(Name="app/key", SecretString="sesame")
s3 = boto3.client("s3")
s3.create_bucket(Bucket="uploads")
s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
s3.create_bucket(Bucket="empty")
s3.put_object(Bucket="uploads", Key="a/b.txt", Body=b"hello")
url = s3.generate_presigned_url("get_object", Params={"Bucket": "uploads", "Key": "a/b.txt"})
sns = boto3.client("sns")
topic = sns.create_topic(Name="alerts")["TopicArn"]
sent = sns.publish(TopicArn=topic, Message="hi")["MessageId"]
watch = boto3.client("cloudwatch")
watch.put_metric_data(Namespace="App", MetricData=[{"MetricName": "orders", "Value": 3}])
print(json.dumps({
    "secret": secrets.get_secret_value(SecretId="app/key")["SecretString"],
    "object": s3.get_object(Bucket="uploads", Key="a/b.txt")["Body"].read().decode(),
    "presigned": urllib.request.urlopen(url).read().decode(),
    "sent": bool(sent),
    "metrics": [each["MetricName"] for each in watch.list_metrics(Namespace="App")["Metrics"]],
    "account": boto3.client("sts").get_caller_identity()["Account"],
}))
"""
BOTO_AFTER = """
import json, boto3
s3 = boto3.client("s3")
print(json.dumps({
    "secret": boto3.client("secretsmanager").get_secret_value(SecretId="app/key")["SecretString"],
    "object": s3.get_object(Bucket="uploads", Key="a/b.txt")["Body"].read().decode(),
    "versioning": s3.get_bucket_versioning(Bucket="uploads")["Status"],
    "buckets": sorted(each["Name"] for each in s3.list_buckets()["Buckets"]),
}))
"""


def test_plain_boto3_needs_nothing_but_the_environment(tmp_path: Path, boto_python: Path) -> None:
    async def ask(engine: Ministack, code: str) -> dict[str, object]:
        environ = {"PATH": os.defpath, "HOME": str(tmp_path), **engine.environ}
        asked = await asyncio.to_thread(
            subprocess.run,
            [boto_python, "-W", "ignore", "-c", code],
            env=environ,
            capture_output=True,
            text=True,
        )
        assert asked.returncode == 0, asked.stderr
        return json.loads(asked.stdout)

    async def work(engine: Ministack) -> None:
        assert await ask(engine, BOTO) == {
            "secret": "sesame",
            "object": "hello",
            "presigned": "hello",
            "sent": True,
            "metrics": ["orders"],
            "account": "000000000000",
        }
        assert await engine.secret("app/key") == "sesame"
        assert engine.process
        await engine.process.kill()
        await engine.start()
        await engine.ready()
        assert await ask(engine, BOTO_AFTER) == {
            "secret": "sesame",
            "object": "hello",
            "versioning": "Enabled",
            "buckets": ["empty", "uploads"],
        }

    _run(tmp_path, work)
