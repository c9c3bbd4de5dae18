import asyncio
import os
import subprocess
import sys

import pytest

from seatrial.local.process.census import MARKER, Census, end_tree
from seatrial.local.process.identity import Identity, identify, is_alive
from tests.local.process.ground import PYTHON, new_token, tree_argv

pytestmark = pytest.mark.engine


def start(marker: str, *argv: str) -> subprocess.Popen[bytes]:
    environ = {**os.environ, MARKER: marker}
    return subprocess.Popen(argv, env=environ, stdout=subprocess.PIPE)


def test_a_tree_is_found_by_marker_parent_and_session() -> None:
    prefix, token = new_token() + "-", new_token()
    with start(f"{prefix}api", *tree_argv(token)) as root:
        assert root.stdout
        root.stdout.readline()
        census = Census(prefix)
        assert census.names() == ["api"]
        assert len(census.members("api")) == 3
        assert Census("another-").names() == []
        noted: list[set[Identity]] = []
        asyncio.run(end_tree(census, "api", noted.append))
        assert len(noted[0]) == 3
        assert not any(map(is_alive, noted[0]))
        assert census.members("api") == []
        assert census.names() == []


def test_who_belonged_once_belongs_for_good() -> None:
    # The child hides its environment, leaves the session and loses its parent.
    script = (
        "import os, sys, time\n"
        "if os.fork():\n"
        "    print('READY', flush=True); sys.stdin.readline(); os._exit(0)\n"
        "os.setsid()\n"
        "os.execve(sys.executable, [sys.executable, '-I', '-S', '-c',"
        " 'import time; time.sleep(3600)'], {})\n"
    )
    prefix = new_token() + "-"
    environ = {**os.environ, MARKER: f"{prefix}api"}
    with subprocess.Popen(
        [*PYTHON, "-c", script], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as root:
        assert root.stdout
        assert root.stdin
        root.stdout.readline()
        census = Census(prefix)
        (child,) = (member for member in census.members("api") if member.pid != root.pid)
        root.stdin.write(b"\n")
        root.stdin.close()
        root.wait()
        census.look()
        assert census.members("api") == [child]
        asyncio.run(end_tree(census, "api"))
        assert not is_alive(child)


def test_a_recorded_member_is_found_without_any_mark() -> None:
    with subprocess.Popen([*PYTHON, "-c", "import time; time.sleep(3600)"]) as alone:
        census = Census(new_token())
        identity = identify(alone.pid)
        assert identity
        census.look()
        gone = Identity(1 << 21, 1, identity.boot)
        census.enroll("api", [identity, gone])
        assert census.members("api") == [identity]
        asyncio.run(end_tree(census, "api"))
        assert alone.wait() == -9


def test_the_one_who_asks_is_never_a_member() -> None:
    script = (
        "import asyncio, os, sys\n"
        "from seatrial.local.process.census import Census, end_tree\n"
        "census = Census(sys.argv[1])\n"
        "assert census.names() == [], census.names()\n"
        "asyncio.run(end_tree(census, 'api'))\n"
        "print('alive')\n"
    )
    prefix = new_token() + "-"
    with start(f"{prefix}api", sys.executable, "-c", script, prefix) as asking:
        assert asking.communicate()[0] == b"alive\n"
