import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from seatrial.local.process import (
    Capabilities,
    Command,
    Exit,
    Identity,
    Limits,
    NameTaken,
    NotRunnable,
    ProcessHost,
    Unreachable,
    is_alive,
)
from seatrial.local.process.table import read_pids
from tests.local.process.conftest import Ground
from tests.local.process.ground import (
    FOREVER,
    PYTHON,
    command,
    find_by_word,
    find_folders,
    new_token,
    read_log,
    tree_argv,
)

pytestmark = pytest.mark.engine


def read_status(identity: Identity) -> str:
    return Path(f"/proc/{identity.pid}/status").read_text()


async def until_said(folder: Path, name: str, word: str) -> str:
    while word not in read_log(folder, name):
        await asyncio.sleep(0.01)
    return read_log(folder, name)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("", 0),
        ("raise SystemExit(7)", 7),
        ("import os; os.kill(os.getpid(), 15)", 143),
        ("import os; os.kill(os.getpid(), 9)", 137),
    ],
)
def test_its_exit_is_told_as_a_shell_does(ground: Ground, script: str, code: int) -> None:
    async def scenario(host: ProcessHost) -> None:
        process = await host.start(command(ground.folder, "a", *PYTHON, "-c", script))
        assert await process.wait() == Exit(code)
        assert await process.kill() == Exit(code)
        assert not process.running
        assert host.names() == []

    ground.run(scenario)


def test_the_program_gets_what_the_command_says_and_nothing_else(ground: Ground) -> None:
    script = (
        "import os, sys\n"
        "print(sorted(os.environ.items()))\n"
        "print(os.getcwd(), oct(os.umask(0)), os.getsid(0) == os.getpid())\n"
        "print(sorted(os.listdir('/proc/self/fd')), os.readlink('/proc/self/fd/0'))\n"
        "status = open('/proc/self/status').read()\n"
        "print([line for line in status.splitlines() if line.startswith('SigBlk')])\n"
        "print(sys.argv[1:], flush=True)\n"
        "print('wrong', file=sys.stderr, flush=True)\n"
    )

    async def scenario(host: ProcessHost) -> None:
        environ = {"PATH": os.environ["PATH"], "EMPTY": "", "TEXT": "ä = b\n"}
        argv = (sys.executable, "-I", "-S", "-c", script, "one two", "")
        log = ground.folder / "a.log"
        log.write_text("earlier\n")
        process = await host.start(Command("a", argv, ground.folder, environ, log))
        assert await process.wait() == Exit(0)
        first, variables, *rest = log.read_text().splitlines()
        assert first == "earlier"
        given = dict(eval(variables))
        assert given.pop("SEATRIAL_PROCESS") == f"{host.prefix}a"
        given.pop("LC_CTYPE", None)  # the Python that runs here sets it for itself
        assert given == environ
        assert rest == [
            f"{ground.folder} 0o77 True",
            # 3 is the listing itself.
            "['0', '1', '2', '3'] /dev/null",
            "['SigBlk:\\t0000000000000000']",
            "['one two', '']",
            "wrong",
        ]

    ground.run(scenario)


def test_sigpipe_ends_the_program_as_usual(ground: Ground) -> None:
    # `sleep` ignores nothing by itself; a Python would.
    async def scenario(host: ProcessHost) -> None:
        process = await host.start(command(ground.folder, "a", "sleep", "3600"))
        status = dict(line.split(":", 1) for line in read_status(process.identity).splitlines())
        # Signals 32 and 33 are the C library's own.
        assert int(status["SigIgn"], 16) & ~(0b11 << 31) == 0

    ground.run(scenario)


def test_the_log_is_for_the_owner_alone(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        await (await host.start(command(ground.folder, "a", "true"))).wait()
        assert (ground.folder / "a.log").stat().st_mode & 0o777 == 0o600

    ground.run(scenario)


def test_a_missing_program_is_told_and_leaves_nothing(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        plain = ground.folder / "plain"
        plain.write_text("no program")
        for argv, reason in (
            (("/nowhere/program",), "No such file or directory"),
            (("surely-not-on-the-path",), "not on the PATH"),
            ((str(plain),), "Permission denied"),
        ):
            with pytest.raises(NotRunnable, match=reason):
                await host.start(command(ground.folder, "a", *argv))
            assert host.names() == []
        with pytest.raises(NotRunnable, match=r"its folder .* is missing"):
            await host.start(command(ground.folder / "gone", "a"))
        # The name is free again.
        await host.start(command(ground.folder, "a"))

    ground.run(scenario)


def test_a_start_that_is_cancelled_leaves_nothing(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        token = new_token()
        for turns in range(12):
            start = asyncio.create_task(host.start(command(ground.folder, "a", *FOREVER, token)))
            for _ in range(turns):
                await asyncio.sleep(0.002)
            if not start.done():
                start.cancel()
            result = (await asyncio.gather(start, return_exceptions=True))[0]
            if isinstance(result, BaseException):
                assert isinstance(result, asyncio.CancelledError)
            else:
                await result.kill()
            assert host.names() == []
            assert find_by_word(token) == []

    ground.run(scenario)


def test_a_name_is_given_once(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        results = await asyncio.gather(
            *(host.start(command(ground.folder, "a")) for _ in range(3)), return_exceptions=True
        )
        assert sum(isinstance(result, NameTaken) for result in results) == 2
        other = ground.make_host()
        with pytest.raises(NameTaken):
            await other.start(command(ground.folder, "a"))
        other.close()

    ground.run(scenario)


def test_twenty_start_and_end_together(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        processes = await asyncio.gather(
            *(host.start(command(ground.folder, f"task-{number}")) for number in range(20))
        )
        assert len({process.identity for process in processes}) == 20
        assert all(process.usage().processes == 1 for process in processes)
        exits = await asyncio.gather(*(process.kill() for process in processes))
        assert exits == [Exit(137)] * 20
        assert not any(is_alive(process.identity) for process in processes)

    ground.run(scenario)


def test_stop_asks_first_and_kills_after_the_grace(ground: Ground) -> None:
    polite = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(4))\n"
        "print('READY', flush=True); time.sleep(3600)\n"
    )
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('READY', flush=True)\n"
    deaf += "time.sleep(3600)"

    async def scenario(host: ProcessHost) -> None:
        for name, script, number, expected in (
            ("a", polite, signal.SIGTERM, Exit(3)),
            ("b", polite, signal.SIGINT, Exit(4)),
            ("c", deaf, signal.SIGTERM, Exit(137)),
        ):
            process = await host.start(command(ground.folder, name, *PYTHON, "-c", script))
            await until_said(ground.folder, name, "READY")
            assert await process.stop(60 if expected.code != 137 else 0.1, number) == expected

    ground.run(scenario)


def test_a_stopped_process_is_killed(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        process = await host.start(command(ground.folder, "a"))
        process.signal(signal.SIGSTOP)
        while "State:\tT" not in read_status(process.identity):
            await asyncio.sleep(0.005)
        assert await process.stop(0.05) == Exit(137)

    ground.run(scenario)


def test_the_whole_tree_is_killed_also_who_left_the_session(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        token = new_token()
        process = await host.start(command(ground.folder, "a", *tree_argv(token)))
        await until_said(ground.folder, "a", "READY")
        assert len(find_by_word(token)) == 3
        assert process.usage().processes == 3
        assert await process.kill() == Exit(137)
        assert find_by_word(token) == []

    ground.run(scenario)


def test_what_outlives_its_first_process_is_ended(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        token = new_token()
        process = await host.start(command(ground.folder, "a", *tree_argv(token)))
        await until_said(ground.folder, "a", "READY")
        process.usage()  # without cgroups, who belongs to it is seen by looking
        process.signal(signal.SIGKILL)
        assert await process.wait() == Exit(137)
        assert find_by_word(token) == []

    ground.run(scenario)


def test_a_killed_process_leaves_no_zombie(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        process = await host.start(command(ground.folder, "a"))
        await process.kill()
        assert process.identity.pid not in read_pids()

    ground.run(scenario)


def test_usage_grows_with_the_work_of_all_members(ground: Ground) -> None:
    script = (
        "import os, time\n"
        "block = bytearray(b'x' * (60 << 20))\n"
        "pid = os.fork()\n"
        "if not pid:\n"
        "    until = time.process_time() + 0.3\n"
        "    while time.process_time() < until: pass\n"
        "    os._exit(0)\n"
        "os.waitpid(pid, 0)\n"
        "print('READY', flush=True); time.sleep(3600)\n"
    )

    async def scenario(host: ProcessHost) -> None:
        process = await host.start(command(ground.folder, "a", *PYTHON, "-c", script))
        await until_said(ground.folder, "a", "READY")
        usage = process.usage()
        assert usage.cpu_seconds >= 0.3
        assert 60 << 20 <= usage.memory <= 100 << 20
        assert usage.processes == 1
        await process.kill()
        assert process.usage() == usage

    ground.run(scenario)


def test_files_that_are_read_are_no_memory(ground: Ground) -> None:
    big = ground.folder / "big"
    big.write_bytes(b"x" * (100 << 20))
    script = f"f = open({str(big)!r}, 'rb')\nwhile f.read(1 << 20): pass\n"
    script += "print('READY', flush=True)\nimport time; time.sleep(3600)\n"

    async def scenario(host: ProcessHost) -> None:
        limits = Limits(memory=64 << 20)
        process = await host.start(
            command(ground.folder, "a", *PYTHON, "-c", script, limits=limits)
        )
        await until_said(ground.folder, "a", "READY")
        assert process.usage().memory < 32 << 20
        assert process.running

    ground.run(scenario)


def test_passing_the_memory_limit_is_137_out_of_memory(ground: Ground) -> None:
    script = "import time\nblocks = []\nwhile True:\n"
    script += "    blocks.append(bytearray(b'x' * (4 << 20))); time.sleep(0.01)"

    async def scenario(host: ProcessHost) -> None:
        limits = Limits(memory=96 << 20)
        process = await host.start(
            command(ground.folder, "a", *PYTHON, "-c", script, limits=limits)
        )
        assert await process.wait() == Exit(137, out_of_memory=True)

    ground.run(scenario)


def test_the_cpu_share_is_held_and_lifted(ground: Ground) -> None:
    if ground.capabilities.cpu == "measured only":
        pytest.skip("nothing holds a CPU share here")

    async def scenario(host: ProcessHost) -> None:
        loop = asyncio.get_running_loop()
        limits = Limits(cpu=0.25)
        process = await host.start(
            command(ground.folder, "a", *PYTHON, "-c", "while True: pass", limits=limits)
        )
        before, began = process.usage().cpu_seconds, loop.time()
        await asyncio.sleep(1.5)
        used, passed = process.usage().cpu_seconds - before, loop.time() - began
        assert 0 < used < 0.25 * passed * 1.2 + 0.02
        process.set_cpu(None)
        (quota,) = (
            file.read_text()
            for folder in find_folders(host.prefix)
            for file in (folder / "cpu.cfs_quota_us", folder / "cpu.max")
            if file.exists()
        )
        assert quota.startswith(("-1", "max"))

    ground.run(scenario)


def test_what_runs_on_is_adopted_by_the_next_host(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        token = new_token()
        limits = Limits(memory=256 << 20)
        first = ground.make_host()
        started = await first.start(command(ground.folder, "a", *tree_argv(token), limits=limits))
        await until_said(ground.folder, "a", "READY")
        first.close()
        assert host.names() == ["a"]
        adopted = host.adopt("a")
        assert adopted
        assert adopted is host.adopt("a")
        assert adopted.identity == started.identity
        assert adopted.limits == limits
        assert adopted.usage().processes == 3
        await adopted.kill()
        assert find_by_word(token) == []
        assert host.adopt("a") is None

    ground.run(scenario)


def test_nothing_else_is_adopted(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        assert host.adopt("never") is None
        first = ground.make_host()
        process = await first.start(command(ground.folder, "a"))
        record = ground.folder / "records" / "a.json"
        text = record.read_text()
        start = process.identity.start
        record.write_text(text.replace(f'"start": {start}', f'"start": {start + 1}'))
        assert host.adopt("a") is None
        record.write_text(text.replace(process.identity.boot, "another boot"))
        assert host.adopt("a") is None
        await process.kill()
        record.write_text(text)
        assert host.adopt("a") is None
        first.close()

    ground.run(scenario)


def test_a_sweep_ends_all_but_the_kept(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        first = ground.make_host()
        for name in ("a", "b", "c"):
            await first.start(command(ground.folder, name))
        first.close()
        mine = await host.start(command(ground.folder, "d"))
        assert await host.sweep(keep=["b", "e"]) == ["a", "c", "d"]
        assert await mine.wait() == Exit(137)
        kept = host.adopt("b")
        assert kept
        assert kept.running
        assert host.names() == ["b"]

    ground.run(scenario)


def test_a_sweep_finds_what_has_lost_its_record(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        first = ground.make_host()
        process = await first.start(command(ground.folder, "a"))
        first.close()
        (ground.folder / "records" / "a.json").write_text("torn")
        assert await host.sweep() == ["a"]
        assert not is_alive(process.identity)
        other = ground.make_host()
        process = await other.start(command(ground.folder, "b"))
        other.close()
        (ground.folder / "records" / "b.json").unlink()
        assert await host.sweep() == ["b"]
        assert not is_alive(process.identity)

    ground.run(scenario)


def test_two_systems_of_one_name_leave_each_other_alone(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        other = ProcessHost(ground.folder / "other", "ground", ground.capabilities)
        process = await other.start(command(ground.folder, "a"))
        assert await host.sweep() == []
        assert process.running
        assert await other.sweep() == ["a"]
        other.close()
        (ground.folder / "other").rmdir()

    ground.run(scenario)


def test_an_earlier_end_makes_room_for_a_new_start(ground: Ground) -> None:
    async def scenario(host: ProcessHost) -> None:
        token = new_token()
        first = ground.make_host()
        process = await first.start(command(ground.folder, "a", *tree_argv(token)))
        await until_said(ground.folder, "a", "READY")
        process.usage()
        first.close()
        os.kill(process.identity.pid, signal.SIGKILL)
        os.waitpid(process.identity.pid, 0)  # noqa: ASYNC222 - it has been killed
        await host.start(command(ground.folder, "a"))
        assert find_by_word(token) == []

    ground.run(scenario)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_a_program_that_refuses_root_runs_as_another_user(ground: Ground) -> None:
    if not ground.capabilities.namespaces:
        pytest.skip("no user namespaces here")
    script = (
        "import os, time\n"
        "print(os.getuid(), os.getgid(), oct(os.stat('.').st_mode & 0o777))\n"
        "open('made', 'w').close()\n"
        "print('READY', flush=True); time.sleep(3600)\n"
    )

    async def scenario(host: ProcessHost) -> None:
        ground.folder.chmod(0o700)
        argv = (*PYTHON, "-c", script)
        await host.start(command(ground.folder, "a", *argv, unprivileged=True))
        said = await until_said(ground.folder, "a", "READY")
        assert said.splitlines()[0] == "65534 65534 0o700"
        assert (ground.folder / "made").stat().st_uid == 0
        host.close()
        adopted = host.adopt("a")
        assert adopted
        assert adopted.usage().processes == 1
        assert adopted.usage().memory > 0
        assert (await adopted.kill()).out_of_memory is False

    ground.run(scenario)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_without_namespaces_it_runs_as_nobody(ground: Ground, open_folder: Path) -> None:
    capabilities = Capabilities(ground.capabilities.hierarchies, namespaces=False)
    within = Ground(open_folder, capabilities)

    async def scenario(host: ProcessHost) -> None:
        process = await host.start(
            command(open_folder, "a", "/usr/bin/sleep", "3600", unprivileged=True)
        )
        status = read_status(process.identity)
        assert "Uid:\t65534\t65534\t65534\t65534" in status
        assert "Groups:\t\n" in status or "Groups:\t \n" in status
        assert process.usage().processes == 1
        closed = open_folder / "closed"
        closed.mkdir(mode=0o700)
        (closed / "data").mkdir()
        asked = Command("b", ("true",), closed / "data", {}, open_folder / "b", unprivileged=True)
        with pytest.raises(Unreachable, match=str(closed)) as refused:
            await host.start(asked)
        assert refused.value.folder == closed

    within.run(scenario)
