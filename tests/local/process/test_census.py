import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.local.process.census import MARKER, Census, end_tree, follow
from seatrial.local.process.identity import Identity, identify, is_alive, send_signal
from seatrial.local.process.table import Row
from tests.local.process.ground import PYTHON, find_by_word, new_token, tree_argv

pytestmark = pytest.mark.engine


@contextmanager
def start(marker: str, *argv: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program that carries the marker; who has its last word is killed at the end."""
    environ = {**os.environ, MARKER: marker}
    with subprocess.Popen(
        argv, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as started:
        try:
            yield started
        finally:
            started.kill()
            for left in find_by_word(argv[-1]):
                send_signal(left, signal.SIGKILL)


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
    with start(f"{prefix}api", *PYTHON, "-c", script, new_token()) as root:
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
    with start("unknown", *PYTHON, "-c", "import time; time.sleep(3600)", new_token()) as alone:
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


@given(st.data())
def test_children_follow_their_parent_whatever_their_pids(data: st.DataObject) -> None:
    # Process n has an older one as its parent; 0 is ours, 1 is not, pids are shuffled.
    parents = [data.draw(st.integers(0, max(1, n - 1))) for n in range(2, 12)]
    pids = data.draw(st.permutations(range(1, 13)))
    ours = {0}
    for n, parent in enumerate(parents, start=2):
        ours |= {n} if parent in ours else set()
    rows = [
        Row(Identity(pids[n], 5, "boot"), pids[parent], session=99, cpu_seconds=0, zombie=False)
        for n, parent in enumerate(parents, start=2)
    ]
    placed = follow({pids[0]: "api"}, data.draw(st.permutations(rows)))
    assert set(placed.values()) <= {"api"}
    assert {identity.pid for identity in placed} == {pids[n] for n in ours - {0}}


def test_a_session_follows_its_leader() -> None:
    row = Row(Identity(7, 5, "boot"), parent=1, session=3, cpu_seconds=0, zombie=False)
    assert follow({3: "api"}, [row]) == {row.identity: "api"}
    assert follow({4: "api"}, [row]) == {}
