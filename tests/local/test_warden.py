import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from seatrial.local import warden
from seatrial.local.warden import Guard, identify, is_alive, start_warden, warden_command

pytestmark = pytest.mark.engine

# It notes its identity and its warden's, leaves with 0 on SIGTERM, and has one child.
SUPERVISOR = """
import asyncio, importlib.util, os, pathlib, signal, subprocess, sys
file, folder = sys.argv[1:3]
spec = importlib.util.spec_from_file_location("warden", file)
warden = importlib.util.module_from_spec(spec)
spec.loader.exec_module(warden)

async def main():
    folder_path = pathlib.Path(folder)
    guard = warden.Guard(folder_path, [sys.executable, __file__, *sys.argv[1:]])
    guard.watch()
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    guard.ready()
    with open(folder_path / "started", "a") as file:
        file.write(warden.identify(os.getpid()) + "\\n")
    await ended.wait()
    guard.dismiss()

asyncio.run(main())
"""


class Pair:
    """A supervisor and its warden in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script = folder / "supervisor.py"
        self.script.write_text(SUPERVISOR)
        self.started = folder / "started"
        self.started.touch()
        self.argv = [sys.executable, str(self.script), warden.__file__, str(folder)]

    def begin(self) -> None:
        start_warden(self.folder, self.argv)

    def supervisors(self) -> list[str]:
        return self.started.read_text().split()

    def find_supervisor(self, count: int) -> str:
        """Give the count-th supervisor that came up."""
        wait_for(lambda: len(self.supervisors()) >= count)
        return self.supervisors()[count - 1]

    def list_wardens(self) -> list[str]:
        start = [os.fsencode(warden.__file__), os.fsencode(self.folder)]
        return [word for word, words in self.list_all() if words[3:5] == start]

    def list_all(self) -> list[tuple[str, list[bytes]]]:
        """List every process that has the folder on its command line."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if os.fsencode(self.folder) in words:
                    found.append((identify(int(entry.name)), words))
        return [(word, words) for word, words in found if word]

    def end(self) -> None:
        """Kill both: stopped first, or one would start the other again."""
        stopped: set[str] = set()
        while new := {word for word, _ in self.list_all()} - stopped:
            for word in new:
                kill(word, signal.SIGSTOP)
            stopped |= new
        for word in stopped:
            kill(word)
        wait_for(lambda: not any(map(is_alive, stopped)))

    def find_warden(self, other_than: str = "") -> str:
        def one() -> bool:
            return [word for word in self.list_wardens() if word != other_than] != []

        wait_for(one)
        return next(word for word in self.list_wardens() if word != other_than)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path)
    yield made
    made.end()


def wait_for(true: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not true():
        reap_all()
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.005)


def reap_all() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def kill(word: str, number: int = signal.SIGKILL) -> None:
    if is_alive(word):
        os.kill(int(word.partition(":")[0]), number)


def test_a_killed_supervisor_is_started_again_twenty_times(pair: Pair) -> None:
    pair.begin()
    first = pair.find_warden()
    for count in range(1, 21):
        kill(pair.find_supervisor(count))
    last = pair.find_supervisor(21)
    assert is_alive(last)
    assert pair.list_wardens() == [first]


def test_a_killed_warden_is_started_again_twenty_times(pair: Pair) -> None:
    pair.begin()
    supervisor = pair.find_supervisor(1)
    keeper = pair.find_warden()
    for _ in range(20):
        # Sometimes while it still starts, mostly when it watches.
        time.sleep(random.uniform(0, 0.3))
        kill(keeper)
        keeper = pair.find_warden(other_than=keeper)
    assert pair.supervisors() == [supervisor]
    assert is_alive(supervisor)
    # The last of them really guards: it has taken the supervisor on.
    kill(supervisor)
    assert is_alive(pair.find_supervisor(2))


def test_either_may_be_killed_in_turn(pair: Pair) -> None:
    pair.begin()
    keeper = pair.find_warden()
    for count in range(1, 6):
        kill(pair.find_supervisor(count))
        pair.find_supervisor(count + 1)
        kill(keeper)
        keeper = pair.find_warden(other_than=keeper)
    assert is_alive(pair.find_supervisor(6))
    assert len(pair.supervisors()) == 6


def test_killed_at_one_instant_they_leave_the_folder_free(pair: Pair) -> None:
    for round_ in range(1, 6):
        pair.begin()
        supervisor, keeper = pair.find_supervisor(round_), pair.find_warden()
        for word in (keeper, supervisor):
            kill(word, signal.SIGSTOP)
        for word in (keeper, supervisor):
            kill(word)
        wait_for(lambda: not pair.list_all())
    pair.begin()
    assert is_alive(pair.find_supervisor(6))


def test_a_clean_end_ends_both(pair: Pair) -> None:
    pair.begin()
    supervisor = pair.find_supervisor(1)
    kill(supervisor, signal.SIGTERM)
    wait_for(lambda: not pair.list_wardens())
    assert pair.supervisors() == [supervisor]


def test_a_clean_end_under_an_adopting_warden_ends_both(pair: Pair) -> None:
    pair.begin()
    supervisor = pair.find_supervisor(1)
    first = pair.find_warden()
    kill(first)
    pair.find_warden(other_than=first)
    kill(supervisor, signal.SIGTERM)
    wait_for(lambda: not is_alive(supervisor) and not pair.list_wardens())
    assert pair.supervisors() == [supervisor]


def test_sigterm_to_the_warden_ends_both(pair: Pair) -> None:
    pair.begin()
    supervisor = pair.find_supervisor(1)
    kill(pair.find_warden(), signal.SIGTERM)
    wait_for(lambda: not pair.list_wardens() and not is_alive(supervisor))
    assert pair.supervisors() == [supervisor]


def test_a_supervisor_that_never_is_ready_is_given_up(tmp_path: Path) -> None:
    argv = [sys.executable, "-I", "-S", "-c", "raise SystemExit(3)"]
    pid = start_warden(tmp_path, argv)
    _, status = os.waitpid(pid, 0)
    log = (tmp_path / warden.LOG).read_text()
    assert os.waitstatus_to_exitcode(status) == 1
    assert log.count("starting it again") == warden.DEATHS - 1
    assert log.splitlines()[-1].endswith(
        "given up: the supervisor ended 10 times within 60 s without being ready,"
        " the last time with code 3"
    )


def test_a_program_that_is_missing_is_told(tmp_path: Path) -> None:
    pid = start_warden(tmp_path, ["/nowhere/supervisor"])
    wait_for(lambda: "cannot run /nowhere/supervisor: No such file" in read_log(tmp_path))
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)


def read_log(folder: Path) -> str:
    path = folder / warden.LOG
    return path.read_text() if path.exists() else ""


def test_a_second_warden_of_a_folder_leaves(pair: Pair) -> None:
    pair.begin()
    pair.find_supervisor(1)
    pid = start_warden(pair.folder, pair.argv)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert "another warden holds this folder" in read_log(pair.folder)
    assert len(pair.supervisors()) == 1


def test_the_orphans_of_a_dead_supervisor_are_reaped(tmp_path: Path) -> None:
    # The supervisor leaves one child that ends after it, and its pid in a file.
    script = (
        "import os, sys, time\n"
        "pid = os.fork()\n"
        "if not pid:\n"
        "    time.sleep(0.3); os._exit(0)\n"
        f"open({str(tmp_path / 'orphans')!r}, 'a').write(f'{{pid}}\\n')\n"
        "os.kill(os.getpid(), 9) if not os.path.exists(sys.argv[1]) else None\n"
        "time.sleep(60)\n"
    )
    lives = tmp_path / "lives"
    pid = start_warden(tmp_path, [sys.executable, "-c", script, str(lives)])
    orphans = tmp_path / "orphans"
    wait_for(lambda: orphans.exists() and "\n" in orphans.read_text())
    lives.touch()
    orphan = Path("/proc", orphans.read_text().split()[0])
    wait_for(lambda: not orphan.exists())
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)


def test_a_supervisor_without_a_warden_starts_one(tmp_path: Path) -> None:
    async def watch() -> str:
        guard = Guard(tmp_path, [sys.executable, "-c", "pass"])
        guard.watch()
        async with asyncio.timeout(30):
            while "--adopt" not in read_words(guard.warden):
                await asyncio.sleep(0.005)
        guard.dismiss()
        return guard.warden

    word = asyncio.run(watch())
    # It has taken this test process on, which lives: it must not be harmed by its end.
    kill(word)
    os.waitpid(int(word.partition(":")[0]), 0)


def read_words(word: str) -> list[str]:
    if not word:
        return []
    return Path("/proc", word.partition(":")[0], "cmdline").read_text().split("\0")


def test_the_command_line_starts_no_package(tmp_path: Path) -> None:
    command = warden_command(tmp_path, ["program", "--flag"], "1:2:3", ready=True)
    assert command[1:] == [
        *("-I", "-S", warden.__file__, str(tmp_path)),
        *("--adopt", "1:2:3", "--ready", "--", "program", "--flag"),
    ]
