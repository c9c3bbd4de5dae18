"""A host is killed with SIGKILL at random instants; the next one must find everything."""

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from seatrial.local.process import Exit, Identity, Limits, ProcessHost, is_alive
from tests.local.process.conftest import Ground
from tests.local.process.ground import find_by_marker, find_by_word, find_folders, new_token

pytestmark = pytest.mark.engine
SOURCE = Path(__file__).parents[3] / "src" / "seatrial"
KILLS = 50

# Starts, stops and kills trees without end. It loads the package without its
# front door, which costs more than all the rest and is of no matter here.
HOST = """
import asyncio, pathlib, random, sys, types
package = types.ModuleType("seatrial")
package.__path__ = [sys.argv[1]]
sys.modules["seatrial"] = package
from seatrial.local.process import *
folder, with_cgroups, tree, seed = sys.argv[2:6]
token = sys.stdin.read()
folder = pathlib.Path(folder)
random.seed(seed)

async def busy(host, name):
    while True:
        command = Command(
            name, (sys.executable, "-I", "-S", "-c", tree, token), folder, {}, folder / "log"
        )
        process = await host.start(command)
        await asyncio.sleep(random.uniform(0, 0.15))
        process.usage()
        if random.random() < 0.5:
            await process.kill()
        else:
            await process.stop(random.uniform(0, 0.02))

async def main():
    found = detect_capabilities()
    capabilities = found if with_cgroups == "yes" else Capabilities((), found.namespaces)
    host = ProcessHost(folder / "records", "ground", capabilities)
    print("READY", flush=True)
    await asyncio.gather(*(busy(host, f"task-{number}") for number in range(4)))

asyncio.run(main())
"""

# Every member keeps its environment or its parent: the last child leaves the session.
TREE = """
import os, sys, time
if not os.fork():
    os.setsid()
    if not os.fork():
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", "import time; time.sleep(3600)",
                 sys.argv[1]])
time.sleep(3600)
"""


def test_no_instant_of_a_kill_loses_a_process(ground: Ground) -> None:
    if ground.capabilities.hierarchies and ground.capabilities.ending != "cgroup v2":
        pytest.skip("the host that is killed detects its capabilities itself")
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    choose = random.Random(seed)
    lost: list[object] = []
    found = 0
    token = new_token()
    for number in range(KILLS):
        arguments = [
            *(str(SOURCE), str(ground.folder)),
            *("yes" if ground.capabilities.hierarchies else "no", TREE, str(number)),
        ]
        with subprocess.Popen(
            [sys.executable, "-c", HOST, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as host:
            assert host.stdin
            assert host.stdout
            host.stdin.write(token.encode())
            host.stdin.close()
            assert host.stdout.readline() == b"READY\n"
            time.sleep(choose.uniform(0, 0.4))
            host.kill()

        async def sweep() -> tuple[list[str], str]:
            next_host = ground.make_host()
            swept = await next_host.sweep()
            next_host.close()
            return swept, next_host.prefix

        swept, prefix = asyncio.run(sweep())
        found += len(swept)
        # The token is on the command line of the programs only.
        lost += [*find_by_word(token), *find_folders(prefix)]
        lost += (ground.folder / "records").glob("*.json")
        assert not lost, f"kill {number} of seed {seed}: {describe(lost)}"
        # A launcher that has had no order has no host any more, and ends by itself.
        until = time.monotonic() + 30
        while find_by_marker(prefix):
            assert time.monotonic() < until, describe([*find_by_marker(prefix)])
            time.sleep(0.005)
    # The kills fell into the middle of work, or nothing was shown.
    assert found > KILLS


STARTER = """
import asyncio, pathlib, sys, types
package = types.ModuleType("seatrial")
package.__path__ = [sys.argv[1]]
sys.modules["seatrial"] = package
from seatrial.local.process import *
folder, with_cgroups, tree, token = sys.argv[2:6]
folder = pathlib.Path(folder)

async def main():
    found = detect_capabilities()
    capabilities = found if with_cgroups == "yes" else Capabilities((), found.namespaces)
    host = ProcessHost(folder / "records", "ground", capabilities)
    argv = (sys.executable, "-I", "-S", "-c", tree, token)
    process = await host.start(Command("a", argv, folder, {}, folder / "log", Limits(1.0, 1 << 28)))
    while process.usage().processes < 3:
        await asyncio.sleep(0.01)
    print(process.identity, flush=True)
    await process.wait()

asyncio.run(main())
"""


def test_what_a_killed_host_ran_is_adopted(ground: Ground) -> None:
    if ground.capabilities.hierarchies and ground.capabilities.ending != "cgroup v2":
        pytest.skip("the host that is killed detects its capabilities itself")
    token = new_token()
    with_cgroups = "yes" if ground.capabilities.hierarchies else "no"
    argv = [sys.executable, "-c", STARTER, SOURCE, ground.folder, with_cgroups, TREE, token]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout
        identity = Identity.from_word(first.stdout.readline().strip())
        first.kill()

    async def scenario(host: ProcessHost) -> None:
        adopted = host.adopt("a")
        assert adopted
        assert (adopted.identity, adopted.limits) == (identity, Limits(1.0, 1 << 28))
        assert adopted.usage().processes == 3
        adopted.signal(signal.SIGTERM)
        # The code of its end is told to its parent only; what it left is ended all the same.
        assert await adopted.wait() == Exit(None)
        assert find_by_word(token) == []

    ground.run(scenario)


def describe(lost: list[object]) -> list[str]:
    """Say what the processes among them are."""
    said = []
    for each in lost:
        pid = each if isinstance(each, int) else getattr(each, "pid", None)
        with suppress(OSError):
            status = Path(f"/proc/{pid}/status").read_text().splitlines()
            said.append(f"{Path(f'/proc/{pid}/cmdline').read_text()!r} {status[:7]}")
    return said


@pytest.fixture
def other_python(open_folder: Path) -> Iterator[str]:
    """Give an interpreter that every user can run."""
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        path = shutil.which(name, path="/usr/local/bin:/usr/bin")
        if path and os.geteuid() == 0:
            asked = [path, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
            if subprocess.run(asked, check=False, user="nobody", cwd="/").returncode == 0:
                yield path
                return
    pytest.skip("no interpreter that another user can run, or no other user")


ORDINARY = """
import asyncio, json, pathlib, signal, sys, types
package = types.ModuleType("seatrial")
package.__path__ = [sys.argv[1]]
sys.modules["seatrial"] = package
from seatrial.local.process import *
folder, tree, token = pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]

def command(name, *argv, limits=Limits()):
    return Command(name, argv, folder, {}, folder / "log", limits, unprivileged=True)

async def main():
    host = ProcessHost(folder / "records", "ground")
    a = await host.start(command("a", sys.executable, "-I", "-S", "-c", tree, token))
    hungry = "import time; block = bytearray(b'x' * (90 << 20)); time.sleep(3600)"
    b = await host.start(command("b", sys.executable, "-c", hungry, limits=Limits(0.5, 64 << 20)))
    ended = await b.wait()
    while a.usage().processes < 3:
        await asyncio.sleep(0.01)
    host.close()
    again = ProcessHost(folder / "records", "ground")
    adopted = again.adopt("a")
    usage = adopted.usage()
    await adopted.kill()
    print(json.dumps({
        "capabilities": [host.capabilities.cpu, host.capabilities.memory,
                         host.capabilities.ending, host.capabilities.unprivileged],
        "hungry": [ended.code, ended.out_of_memory],
        "processes": usage.processes, "left": await again.sweep(), "who": a.identity.as_json()}))

asyncio.run(main())
"""


def test_an_ordinary_user_does_it_all_without_cgroups(open_folder: Path, other_python: str) -> None:
    token = new_token()
    # The package is copied: a checkout may lie where only its owner can go.
    package = open_folder / "package"
    shutil.copytree(SOURCE / "local" / "process", package / "local" / "process")
    for name in ("mistake.py", "local/__init__.py"):
        shutil.copy(SOURCE / name, package / name)
    for path in (package, *package.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    work = open_folder / "work"
    work.mkdir()
    shutil.chown(work, "nobody")
    ran = subprocess.run(
        [other_python, "-c", ORDINARY, str(package), str(work), TREE, token],
        check=True,
        user="nobody",
        group="nogroup",
        extra_groups=[],
        cwd=work,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        timeout=120,
    )
    told = json.loads(ran.stdout)
    assert told["capabilities"] == ["measured only", "polled", "process table", "as it is"]
    assert told["hungry"] == [137, True]
    assert told["processes"] == 3
    assert told["left"] == []
    assert not is_alive(Identity.from_json(told["who"]))
    assert find_by_word(token) == []
