import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import (
    Certificate,
    Envoy,
    FixedResponse,
    Forward,
    HttpListener,
    Network,
    NotRoutable,
    Redirect,
    Rule,
    TargetGroup,
    TcpEndpoint,
    WeightedForward,
)
from seatrial.local.engines.envoy.acceptance import NotTaken
from seatrial.local.engines.envoy.admin import NotAnswering
from seatrial.local.engines.envoy.engine import AddressTaken, NotStarted, PathTooLong
from seatrial.local.process import ProcessHost
from tests.local.engines.envoy.ground import (
    Ground,
    ask,
    ask_on,
    ground,
    say,
    say_late,
    stay_silent,
    until,
)

pytestmark = pytest.mark.engine


@asynccontextmanager
async def running(
    folder: Path, *rules: Rule, groups: tuple[TargetGroup, ...] = (), tls: Certificate | None = None
) -> AsyncIterator[tuple[Ground, Envoy, Address]]:
    """One listener that forwards to the group `web` whatever no rule takes."""
    async with ground(folder) as place:
        envoy = place.envoy()
        address = place.listener()
        listener = HttpListener("front", address, Forward("web"), rules, tls)
        await envoy.start(Network((listener,), (TargetGroup("web"), *groups)))
        yield place, envoy, address


def test_requests_reach_every_target_in_turn(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as (place, envoy, address):
            first = await place.target(say("first"), zone=1)
            second = await place.target(say("second"), zone=2)
            await envoy.set_targets("web", [first.address, second.address])
            answers = [(await ask(address)).body for _ in range(40)]
            assert set(answers) == {b"first", b"second"}
            assert 15 <= answers.count(b"first") <= 25

    asyncio.run(scenario())


def test_least_outstanding_requests_avoids_a_busy_target(tmp_path: Path) -> None:
    async def scenario() -> None:
        group = TargetGroup("least", algorithm="least_outstanding_requests")
        rule = Rule(1, Forward("least"), paths=("/*",))
        async with running(tmp_path, rule, groups=(group,)) as (place, envoy, address):
            busy = await place.target(stay_silent)
            free = await place.target(say("free"))
            await envoy.set_targets("least", [busy.address])
            # One per worker: each counts its own.
            waiting = [asyncio.create_task(ask(address)) for _ in range(8)]
            await until(lambda: len(busy.requests) == 8)
            await envoy.set_targets("least", [busy.address, free.address])
            assert {(await ask(address)).body for _ in range(20)} == {b"free"}
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(scenario())


def test_rules_decide_by_priority(tmp_path: Path) -> None:
    async def scenario() -> None:
        rules = (
            Rule(30, FixedResponse(200, "text/plain", "prefix"), paths=("/img/*",)),
            Rule(10, FixedResponse(200, "text/plain", "exact"), paths=("/img/a.png",)),
            Rule(20, FixedResponse(200, "text/plain", "wild"), paths=("/img/?.png", "/x*y")),
            Rule(40, FixedResponse(200, "text/plain", "host"), hosts=("*.Example.com",)),
            Rule(
                50,
                FixedResponse(200, "text/plain", "both"),
                hosts=("example.org",),
                paths=("/a/*",),
            ),
            Rule(60, FixedResponse(200, "text/plain", "method"), methods=("PUT", "PATCH")),
            Rule(
                70,
                FixedResponse(404, "application/json", '{"share": "100%"}'),
                headers=(("X-Kind", ("be?t",)),),
            ),
        )
        async with running(tmp_path, *rules) as (place, envoy, address):
            target = await place.target(say("default"))
            await envoy.set_targets("web", [target.address])

            async def path(text: str, host: str = "a", method: str = "GET") -> bytes:
                return (await ask(address, text, method=method, headers={"Host": host})).body

            assert await path("/img/a.png") == b"exact"
            assert await path("/img/a.png?q=/x") == b"exact"
            assert await path("/img/b.png") == b"wild"
            assert await path("/x/deep/y") == b"wild"
            assert await path("/img/long.png") == b"prefix"
            assert await path("/IMG/a.png") == b"default"
            assert await path("/q?p=/img/") == b"default"
            assert await path("/", "shop.example.COM") == b"host"
            assert await path("/", "shop.example.com:8080") == b"host"
            assert await path("/", "example.com") == b"default"
            assert await path("/a/b", "example.org") == b"both"
            assert await path("/b", "example.org") == b"default"
            assert await path("/", method="PATCH") == b"method"
            answer = await ask(address, headers={"X-Kind": "BEST"})
            assert (answer.status, answer.body) == (404, b'{"share": "100%"}')
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["server"] == "awselb/2.0"

    asyncio.run(scenario())


def test_redirects(tmp_path: Path) -> None:
    async def scenario() -> None:
        rules = (
            Rule(1, Redirect("HTTPS", status_code=301), paths=("/secure/*",)),
            Rule(2, Redirect("HTTP", 8443, host="other.example.com"), paths=("/other",)),
            Rule(3, Redirect(path="/new", query="a=b"), paths=("/old",)),
            Rule(4, Redirect(path="/new"), paths=("/same",)),
        )
        async with running(tmp_path, *rules) as (_, _, address):
            for path, status, location in (
                ("/secure/x?y=z", 301, "https://shop.example.com:443/secure/x?y=z"),
                ("/other?y=z", 302, "http://other.example.com:8443/other?y=z"),
                ("/old?y=z", 302, "http://shop.example.com/new?a=b"),
                ("/same?y=z", 302, "http://shop.example.com/new?y=z"),
            ):
                answer = await ask(address, path, headers={"Host": "shop.example.com"})
                assert (answer.status, answer.headers["location"]) == (status, location)
                assert answer.headers["server"] == "awselb/2.0"

    asyncio.run(scenario())


def test_weights_share_the_requests(tmp_path: Path) -> None:
    async def scenario() -> None:
        rules = (
            Rule(1, WeightedForward((("web", 3), ("green", 1))), paths=("/split",)),
            Rule(2, WeightedForward((("web", 0), ("green", 0))), paths=("/none",)),
        )
        async with running(tmp_path, *rules, groups=(TargetGroup("green"),)) as (
            place,
            envoy,
            address,
        ):
            blue, green = await place.target(say("blue")), await place.target(say("green"))
            await envoy.set_targets("web", [blue.address])
            await envoy.set_targets("green", [green.address])
            answers = [(await ask(address, "/split")).body for _ in range(200)]
            assert 20 <= answers.count(b"green") <= 80
            assert (await ask(address, "/none")).status == 503

    asyncio.run(scenario())


def test_stickiness_binds_a_client_to_its_target(tmp_path: Path) -> None:
    async def scenario() -> None:
        rule = Rule(1, Forward("sticky"), paths=("/*",))
        group = TargetGroup("sticky", stickiness=60.0)
        async with running(tmp_path, rule, groups=(group,)) as (place, envoy, address):
            targets = [await place.target(say(str(n))) for n in range(3)]
            await envoy.set_targets("sticky", [each.address for each in targets])
            first = await ask(address)
            cookie = first.headers["set-cookie"].split(";")[0]
            assert cookie.startswith("AWSALB=")
            for _ in range(12):
                assert (await ask(address, headers={"Cookie": cookie})).body == first.body
            left = [each.address for n, each in enumerate(targets) if str(n).encode() != first.body]
            await envoy.set_targets("sticky", left)
            moved = await ask(address, headers={"Cookie": cookie})
            assert moved.status == 200
            assert moved.body != first.body

    asyncio.run(scenario())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_tls_ends_at_the_listener(tmp_path: Path) -> None:
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=local", "-keyout", key, "-out", chain],
        check=True, capture_output=True,
    )  # fmt: skip

    async def scenario() -> None:
        async with running(tmp_path, tls=Certificate(chain, key)) as (place, envoy, address):
            target = await place.target(say("secret"))
            await envoy.set_targets("web", [target.address])
            for protocol in ("h2", "http/1.1"):
                context = ssl.create_default_context(cafile=str(chain))
                context.check_hostname = False
                context.set_alpn_protocols([protocol])
                reader, writer = await asyncio.open_connection(
                    address.host, address.port, ssl=context
                )
                assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == protocol
                if protocol == "http/1.1":
                    assert (await ask_on(reader, writer, address)).body == b"secret"
                writer.close()
                await writer.wait_closed()
            assert target.requests[0].header("x-forwarded-proto") == "https"

    asyncio.run(scenario())


def test_a_removed_target_finishes_what_it_has(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as (place, envoy, address):
            old = await place.target(say_late(2.0, "old"))
            new = await place.target(say("new"))
            await envoy.set_targets("web", [old.address])
            assert await envoy.active("web") == {old.address: 0}
            slow = asyncio.create_task(ask(address))
            await until(lambda: bool(old.requests))
            assert await envoy.active("web") == {old.address: 1}
            with pytest.raises(NotRoutable):
                await envoy.drained("web", old.address, 1.0)
            await envoy.set_targets("web", [new.address])
            assert await envoy.active("web") == {old.address: 1, new.address: 0}
            assert {(await ask(address)).body for _ in range(10)} == {b"new"}
            assert not await envoy.drained("web", old.address, 0.1)
            assert (await slow).body == b"old"
            assert await envoy.drained("web", old.address, 30.0)
            assert await envoy.active("web") == {new.address: 0}

    asyncio.run(scenario())


def test_draining_waits_for_a_slow_request(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as (place, envoy, address):
            old = await place.target(say_late(1.5, "old"))
            await envoy.set_targets("web", [old.address])
            slow = asyncio.create_task(ask(address))
            await until(lambda: bool(old.requests))
            await envoy.set_targets("web", [])
            assert (await ask(address)).status == 503
            assert await envoy.drained("web", old.address, 30.0)
            assert slow.done()
            assert slow.result().body == b"old"
            # Nobody talks to it any more: not even an idle connection.
            await until(lambda: not old.connections)

    asyncio.run(scenario())


def test_a_draining_target_can_come_back_and_idle_ones_are_forgotten(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as (place, envoy, address):
            first, second = await place.target(say("1")), await place.target(say("2"))
            await envoy.set_targets("web", [first.address, second.address])
            await envoy.set_targets("web", [second.address])
            await envoy.set_targets("web", [first.address])
            assert set(await envoy.active("web")) == {first.address, second.address}
            assert {(await ask(address)).body for _ in range(10)} == {b"1"}
            await envoy.set_targets("web", [first.address])
            assert set(await envoy.active("web")) == {first.address}

    asyncio.run(scenario())


def test_a_change_keeps_targets_and_open_connections(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as (place, envoy, address):
            target = await place.target(say("web"))
            other = await place.target(say("other"))
            await envoy.set_targets("web", [target.address])
            reader, writer = await asyncio.open_connection(address.host, address.port)
            assert (await ask_on(reader, writer, address, "/new")).body == b"web"
            second = place.listener(8081)
            pid = envoy.process.identity.pid
            rule = Rule(1, Forward("more"), paths=("/new",))
            network = Network(
                (
                    HttpListener("front", address, Forward("web"), (rule,)),
                    HttpListener("back", second, Forward("more")),
                ),
                (TargetGroup("web"), TargetGroup("more")),
            )
            await envoy.change(network)
            await envoy.set_targets("more", [other.address])
            assert (await ask_on(reader, writer, address, "/new")).body == b"other"
            assert (await ask_on(reader, writer, address, "/")).body == b"web"
            assert (await ask(second)).body == b"other"
            # And back again: nothing leads to the group, and its listener is closed.
            await envoy.change(
                Network((HttpListener("front", address, Forward("web")),), (TargetGroup("web"),))
            )
            assert (await ask_on(reader, writer, address, "/new")).body == b"web"
            with pytest.raises(ConnectionRefusedError):
                await ask(second)
            with pytest.raises(NotRoutable):
                await envoy.set_targets("more", [])
            assert not (place.folder / "e" / "group-more.json").exists()
            assert envoy.process.identity.pid == pid
            writer.close()

    asyncio.run(scenario())


def test_changes_under_load_lose_no_request(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as (place, envoy, address):
            target = await place.target(say("web"))
            await envoy.set_targets("web", [target.address])
            over = False
            statuses: list[int] = []

            async def load() -> None:
                while not over:
                    statuses.append((await ask(address)).status)

            loads = [asyncio.create_task(load()) for _ in range(4)]
            one = Network((HttpListener("front", address, Forward("web")),), (TargetGroup("web"),))
            listener = HttpListener("front", address, Forward("new"))
            for _ in range(10):
                await envoy.change(replace(one, groups=(TargetGroup("web"), TargetGroup("new"))))
                await envoy.set_targets("new", [target.address])
                await envoy.change(Network((listener,), (TargetGroup("new"),)))
                await envoy.change(Network((listener,), (TargetGroup("new"), TargetGroup("web"))))
                await envoy.set_targets("web", [target.address])
                await envoy.change(one)
            over = True
            await asyncio.gather(*loads)
            assert set(statuses) == {200}

    asyncio.run(scenario())


def test_it_is_adopted_by_another_supervisor(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as (place, envoy, address):
            first, second = await place.target(say("1")), await place.target(say("2"))
            await envoy.set_targets("web", [first.address])
            await envoy.set_targets("web", [second.address])
            pid = envoy.process.identity.pid
            network = Network(
                (HttpListener("front", address, Forward("web")),), (TargetGroup("web"),)
            )
            place.host.close()
            heir = place.envoy(ProcessHost(tmp_path / "p", "envoy-test"))
            assert await heir.adopt(network)
            assert heir.process.identity.pid == pid
            assert set(await heir.active("web")) == {first.address, second.address}
            assert (await ask(address)).body == b"2"
            await heir.set_targets("web", [first.address])
            assert (await ask(address)).body == b"1"
            await heir.stop()
            assert not await heir.adopt(network)

    asyncio.run(scenario())


def test_it_restarts_as_it_was(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as (place, envoy, address):
            old, new = await place.target(stay_silent), await place.target(say("new"))
            await envoy.set_targets("web", [old.address])
            slow = asyncio.create_task(ask(address))
            await until(lambda: bool(old.requests))
            await envoy.set_targets("web", [new.address])
            await envoy.process.kill()
            assert (await slow).status == 0
            with pytest.raises(NotAnswering):
                await envoy.snapshot()
            # A target that changes meanwhile is known after the restart.
            third = await place.target(say("third"))
            meanwhile = asyncio.create_task(envoy.set_targets("web", [third.address]))
            await asyncio.sleep(0.1)
            assert not meanwhile.done()
            await envoy.restart()
            await meanwhile
            assert (await ask(address)).body == b"third"
            # Nothing is in flight to one that drained before.
            assert await envoy.drained("web", old.address, 30.0)

    asyncio.run(scenario())


def test_everything_is_on_loopback_and_private(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as (place, envoy, address):
            process = psutil.Process(envoy.process.identity.pid)
            listening = {
                each.laddr for each in process.net_connections("inet") if each.status == "LISTEN"
            }
            assert listening == {(address.host, address.port)}
            assert process.net_connections("udp") == []
            for file in (place.folder / "e").iterdir():
                assert file.stat().st_mode & 0o077 == 0, file

    asyncio.run(scenario())


def test_the_admin_interface_can_have_an_address(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ground(tmp_path) as place:
            envoy = Envoy(tmp_path / "e", place.host, admin=place.listener(9901))
            await envoy.start(Network(groups=(TargetGroup("web"),)))
            assert (await envoy.snapshot()).groups["web"].requests == 0
            assert not (tmp_path / "e" / "admin.sock").exists()
            await envoy.stop()

    asyncio.run(scenario())


def test_a_taken_address_is_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as (place, envoy, _):
            other = await place.target(say())
            taken = Network((HttpListener("more", other.address, FixedResponse(200)),))
            with pytest.raises(AddressTaken, match=str(other.address)):
                await envoy.change(taken)
            with pytest.raises(AddressTaken):
                await Envoy(tmp_path / "f", place.host, name="other").start(taken)
            assert place.host.names() == ["envoy"]

    asyncio.run(scenario())


def test_what_envoy_refuses_is_told_with_its_words(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as (place, envoy, address):
            target = await place.target(say("still"))
            await envoy.set_targets("web", [target.address])
            missing = Certificate(tmp_path / "none.pem", tmp_path / "none.key")
            listener = HttpListener("front", address, Forward("web"), tls=missing)
            with pytest.raises(NotTaken, match="none"):
                await envoy.change(Network((listener,), (TargetGroup("web"),)))
            assert (await ask(address)).body == b"still"
            broken = Network(
                (replace(listener, address=place.listener(8081)),), (TargetGroup("web"),)
            )
            with pytest.raises(NotStarted, match="none"):
                await Envoy(tmp_path / "f", place.host, name="other").start(broken)
            assert place.host.names() == ["envoy"]

    asyncio.run(scenario())


def test_a_program_that_is_no_envoy_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVOY", "false")

    async def scenario() -> None:
        async with ground(tmp_path) as place:
            with pytest.raises(NotStarted, match="has ended"):
                await place.envoy().start(Network())

    asyncio.run(scenario())


def test_a_path_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    with pytest.raises(PathTooLong):
        Envoy(tmp_path / ("x" * 100), ProcessHost(tmp_path, "t"))


class Line:
    """A server that greets each connection with its name, and a count of those open."""

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.open: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        try:
            writer.write(self.name)
            await reader.read()
        except ConnectionError:
            pass
        finally:
            self.open.discard(writer)
            writer.close()


@asynccontextmanager
async def lines(
    place: Ground, *names: bytes
) -> AsyncIterator[list[tuple[Address, asyncio.Server, Line]]]:
    started = []
    for name in names:
        address, line = place.book.task(1, 5432), Line(name)
        server = await asyncio.start_server(line.serve, address.host, address.port)
        started.append((address, server, line))
    yield started
    for _, server, line in started:
        server.close()
        for writer in list(line.open):
            writer.close()
        await until(lambda line=line: not line.open)  # type: ignore[misc]  # its own default


def test_an_endpoint_leads_elsewhere_and_ends_old_connections(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ground(tmp_path) as place, lines(place, b"A", b"B") as [(a, _, one), (b, _, _)]:
            envoy, address = place.envoy(), place.listener(5432)
            front = HttpListener("front", place.listener(), Forward("web"))
            network = Network((front,), (TargetGroup("web"),), (TcpEndpoint("db", address),))
            await envoy.start(network)
            web = await place.target(say_late(1.0))
            await envoy.set_targets("web", [web.address])
            await envoy.point("db", a)
            old, old_writer = await asyncio.open_connection(address.host, address.port)
            assert await old.readexactly(1) == b"A"
            # An HTTP request in flight is no matter of the endpoint.
            slow = asyncio.create_task(ask(front.address))
            await until(lambda: bool(web.requests))
            await envoy.point("db", b)
            new, new_writer = await asyncio.open_connection(address.host, address.port)
            assert await new.readexactly(1) == b"B"
            async with asyncio.timeout(5):
                assert await old.read() == b""
            await until(lambda: not one.open)
            # Pointing to where it leads already closes nothing.
            await envoy.point("db", b)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(new.read(), 0.3)
            assert (await slow).status == 200
            for writer in (old_writer, new_writer):
                writer.close()

    asyncio.run(scenario())


def test_an_endpoint_holds_connections_during_a_failover(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            ground(tmp_path) as place,
            lines(place, b"A", b"B") as [(a, server, one), (b, _, _)],
        ):
            envoy, address = place.envoy(), place.listener(5432)
            await envoy.start(Network(endpoints=(TcpEndpoint("db", address),)))

            async def greet() -> bytes:
                reader, writer = await asyncio.open_connection(address.host, address.port)
                greeting = await reader.read(1)
                writer.close()
                return greeting

            # Before there is any server.
            early = asyncio.create_task(greet())
            await asyncio.sleep(0.5)
            assert not early.done()
            await envoy.point("db", a)
            assert await early == b"A"
            # The server dies: connections wait for the next one.
            server.close()
            for writer in list(one.open):
                writer.close()
            await server.wait_closed()
            held = [asyncio.create_task(greet()) for _ in range(20)]
            await asyncio.sleep(0.5)
            assert not any(each.done() for each in held)
            await envoy.point("db", b)
            assert await asyncio.gather(*held) == [b"B"] * 20
            # Nowhere on purpose.
            await envoy.point("db", None)
            later = asyncio.create_task(greet())
            await asyncio.sleep(0.3)
            assert not later.done()
            await envoy.point("db", b)
            assert await later == b"B"
            with pytest.raises(NotRoutable):
                await envoy.point("nothing", b)

    asyncio.run(scenario())


def test_an_endpoint_survives_restart_and_adoption(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ground(tmp_path) as place, lines(place, b"A", b"B") as [(a, _, _), (b, _, _)]:
            envoy, address = place.envoy(), place.listener(5432)
            network = Network(endpoints=(TcpEndpoint("db", address),))
            await envoy.start(network)
            await envoy.point("db", a)
            first, first_writer = await asyncio.open_connection(address.host, address.port)
            assert await first.readexactly(1) == b"A"
            await envoy.point("db", b)
            kept, kept_writer = await asyncio.open_connection(address.host, address.port)
            assert await kept.readexactly(1) == b"B"
            place.host.close()
            heir = place.envoy(ProcessHost(tmp_path / "p", "envoy-test"))
            assert await heir.adopt(network)
            # Adoption closes nothing.
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(kept.read(), 0.3)
            await heir.process.kill()
            assert await kept.read() == b""
            await heir.restart()
            again, again_writer = await asyncio.open_connection(address.host, address.port)
            assert await again.readexactly(1) == b"B"
            for writer in (first_writer, kept_writer, again_writer):
                writer.close()

    asyncio.run(scenario())
