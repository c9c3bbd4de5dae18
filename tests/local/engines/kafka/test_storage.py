"""The store over HTTP: conditions as S3 has them, batches in their order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from seatrial.local.engines.kafka import storage
from seatrial.local.engines.kafka.objects import Objects
from tests.local.engines.kafka.test_objects import RECORDS, batch, group

Ask = Callable[..., Awaitable[tuple[int, dict[str, str], bytes]]]


@asynccontextmanager
async def store(folder: Path) -> AsyncIterator[Ask]:
    """Serve a store; give a way to ask it, a connection for each question."""
    objects = Objects(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: storage.Connection(objects), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()

    async def ask(
        method: str, target: str, body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await asyncio.open_connection(host, port)
        told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        told += f"content-length: {len(body)}\r\n"
        writer.write(f"{method} /records{target} HTTP/1.1\r\n{told}\r\n".encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        found = dict(line.split(": ", 1) for line in lines)
        content = await reader.readexactly(int(found.get("content-length", 0)))
        writer.close()
        return int(first.split()[1]), found, content

    try:
        yield ask
    finally:
        server.close()
        objects.close()


def key(offset: int) -> str:
    return f"/{RECORDS}{offset:020}.batch"


def test_writes_hold_to_their_conditions(tmp_path: Path) -> None:
    async def work() -> None:
        async with store(tmp_path) as ask:
            status, made, _ = await ask("PUT", "/a/mark", b"1", if_none_match="*")
            assert status == 200
            assert (await ask("PUT", "/a/mark", b"2", if_none_match="*"))[0] == 412
            status, changed, _ = await ask("PUT", "/a/mark", b"2", if_match=made["etag"])
            assert status == 200
            assert (await ask("PUT", "/a/mark", b"3", if_match=made["etag"]))[0] == 412
            assert (await ask("PUT", "/a/none", b"3", if_match=made["etag"]))[0] == 412
            status, found, body = await ask("GET", "/a/mark")
            assert (status, found["etag"], body) == (200, changed["etag"], b"2")
            assert (await ask("GET", "/a/mark", if_none_match=found["etag"]))[0] == 304
            assert (await ask("GET", "/a/none"))[0] == 404
            assert (await ask("DELETE", "/a/mark"))[0] == 204
            assert (await ask("GET", "/a/mark"))[0] == 404

    asyncio.run(work())


def test_a_listing_is_as_s3_gives_it(tmp_path: Path) -> None:
    async def work() -> None:
        async with store(tmp_path) as ask:
            for name in ("/g/a.json", "/g/a/x", "/g/b&c.json"):
                await ask("PUT", name, b"1")
            _, _, listed = await ask("GET", "?list-type=2&prefix=g%2F&delimiter=%2F")
            assert listed.count(b"<Contents>") == 2
            assert b"<Key>g/b&amp;c.json</Key>" in listed
            assert b"<CommonPrefixes><Prefix>g/a/</Prefix></CommonPrefixes>" in listed
            body = b"<Delete><Object><Key>g/b&amp;c.json</Key></Object></Delete>"
            assert (await ask("POST", "?delete", body))[0] == 200
            assert (await ask("GET", "/g/b&c.json"))[0] == 404

    asyncio.run(work())


def test_a_batch_that_is_early_waits_for_the_one_before_it(tmp_path: Path) -> None:
    async def work() -> None:
        async with store(tmp_path) as ask:
            assert (await ask("PUT", key(0), batch(5), if_none_match="*"))[0] == 200
            early = [
                asyncio.ensure_future(ask("PUT", key(offset), batch(5), if_none_match="*"))
                for offset in (15, 10)
            ]
            await asyncio.sleep(0.1)
            # Nobody is shown what lies behind the gap.
            _, _, listed = await ask("GET", f"?list-type=2&prefix={RECORDS}")
            assert listed.count(b"<Contents>") == 1
            assert not any(each.done() for each in early)
            assert (await ask("PUT", key(5), batch(5), if_none_match="*"))[0] == 200
            assert [(await each)[0] for each in early] == [200, 200]
            _, _, listed = await ask("GET", f"?list-type=2&prefix={RECORDS}")
            assert listed.count(b"<Contents>") == 4

    asyncio.run(work())


def test_a_batch_that_comes_after_a_later_one_is_refused(tmp_path: Path) -> None:
    async def work() -> None:
        async with store(tmp_path) as ask:
            # The one that should be first never came in time: its broker was killed.
            landed = await asyncio.gather(
                *(ask("PUT", key(offset), batch(5), if_none_match="*") for offset in (10, 5))
            )
            assert [status for status, _, _ in landed] == [200, 200]
            assert (await ask("PUT", key(0), batch(5), if_none_match="*"))[0] == 412
            assert (await ask("PUT", key(15), batch(5), if_none_match="*"))[0] == 200

    asyncio.run(work())


def test_what_is_no_batch_is_refused(tmp_path: Path) -> None:
    async def work() -> None:
        async with store(tmp_path) as ask:
            assert (await ask("PUT", key(0), b"no batch"))[0] == 500

    asyncio.run(work())


def test_a_broker_is_sent_back_to_read_a_group_that_was_mended(tmp_path: Path) -> None:
    async def work() -> None:
        async with store(tmp_path) as ask:
            key = "/clusters/c/groups/consumers/readers.json"
            _, made, _ = await ask("PUT", key, group({"Forming": {"leader": "a"}}, "a", "b"))
            gone = group({"Forming": {"leader": "a"}}, "b")
            assert (await ask("PUT", key, gone, if_match=made["etag"]))[0] == 412
            _, found, body = await ask("GET", key)
            assert body == group({"Forming": {"leader": None}}, "b")
            assert (await ask("PUT", key, body, if_match=found["etag"]))[0] == 200

    asyncio.run(work())
