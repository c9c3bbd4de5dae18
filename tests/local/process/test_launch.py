import asyncio
import os
from pathlib import Path

import pytest

from seatrial.local.process.command import Command, NotRunnable
from seatrial.local.process.launch import SAME, find_program, spawn_launcher

pytestmark = pytest.mark.engine


def make_command(folder: Path, *argv: str) -> Command:
    return Command("a", argv, folder, {"PATH": "bin:/usr/bin:/bin"}, folder / "log")


def open_null() -> int:
    return os.open(os.devnull, os.O_WRONLY)


def test_a_launcher_without_an_order_ends_with_its_host() -> None:
    log = open_null()
    gate = spawn_launcher(log, "test")
    os.close(log)
    assert os.waitpid(gate.pid, os.WNOHANG) == (0, 0)
    gate.close()
    assert os.waitstatus_to_exitcode(os.waitpid(gate.pid, 0)[1]) == 125


def test_half_an_order_runs_nothing(tmp_path: Path) -> None:
    log = open_null()
    gate = spawn_launcher(log, "test")
    os.close(log)
    gate.socket.send((1000).to_bytes(8, "big") + b"half")
    gate.close()
    assert os.waitstatus_to_exitcode(os.waitpid(gate.pid, 0)[1]) == 125


def test_an_order_larger_than_any_buffer_arrives(tmp_path: Path) -> None:
    async def scenario() -> int:
        log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
        gate = spawn_launcher(log, "test")
        os.close(log)
        # One value may be 128 KB long, all of them 2 MB.
        environ = {f"V{number}": "x" * 100_000 for number in range(10)}
        command = Command("a", ("env",), tmp_path, environ, tmp_path / "log")
        await gate.open(command, "/usr/bin/env", "test", SAME)
        gate.close()
        return os.waitstatus_to_exitcode(os.waitpid(gate.pid, 0)[1])  # noqa: ASYNC222

    assert asyncio.run(scenario()) == 0
    assert (tmp_path / "log").stat().st_size > 1_000_000


def test_a_program_is_found_as_execvp_would(tmp_path: Path) -> None:
    assert find_program(make_command(tmp_path, "env")) == "/usr/bin/env"
    assert find_program(make_command(tmp_path, "./run")) == str(tmp_path / "run")
    assert find_program(make_command(tmp_path, "/opt/run")) == "/opt/run"
    with pytest.raises(NotRunnable, match="not on the PATH"):
        find_program(make_command(tmp_path, "surely-not-there"))
