"""A copy of an example in a temporary folder, driven by the command as a person types it."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
HANG = 180.0
"""Seconds after which something hangs; a guard, not a measure."""


class Running:
    """One running system."""

    def __init__(self, folder: Path, environment: str) -> None:
        self.folder = folder
        self.environment = environment
        self.state = folder / ".seatrial" / environment

    def seatrial(self, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a command on this system."""
        done = subprocess.run(
            [sys.executable, "-m", "seatrial", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=HANG,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        if code is not None:
            assert done.returncode == code, (
                f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done

    def up(self, *, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Bring it up, or up to date."""
        return self.seatrial("up", "--env", self.environment, "--detach", code=code)

    def status(self) -> dict[str, Any]:
        """Ask how it is."""
        while True:
            done = self.seatrial("status", "--env", self.environment, "--json")
            status: dict[str, Any] = json.loads(done.stdout)
            if "starting" not in status:
                return status
            time.sleep(0.1)

    def until(self, holds: Callable[[dict[str, Any]], object], what: str) -> dict[str, Any]:
        """Wait until something holds; give the status it held in."""
        deadline = time.monotonic() + HANG
        while True:
            status = self.status()
            if holds(status):
                return status
            assert time.monotonic() < deadline, f"{what}: {json.dumps(status, indent=1)}"
            time.sleep(0.1)

    def ask(self, path: str) -> int:
        """Ask the load balancer once, without a keep-alive; give the status code."""
        address = self.status()["address"]
        try:
            with urllib.request.urlopen(f"{address}{path}", timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def tasks(self) -> list[dict[str, Any]]:
        """Give the tasks of every service."""
        return [task for service in self.status()["services"] for task in service["tasks"]]

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a text in one of its files."""
        path = self.folder / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new))


@contextmanager
def running(
    folder: Path,
    example: str,
    environment: str,
    changes: Mapping[str, str] = MappingProxyType({}),
    *,
    home: Path = EXAMPLES,
) -> Iterator[Running]:
    """Copy an example, change its description, bring it up, and leave nothing of it behind."""
    target = folder / example
    shutil.copytree(
        home / example,
        target,
        ignore=shutil.ignore_patterns(".seatrial", "__pycache__", ".venv", "tests"),
    )
    system = Running(target, environment)
    for old, new in changes.items():
        system.edit("system.py", old, new)
    try:
        system.up()
        yield system
    finally:
        system.seatrial("down", "--env", environment, code=None)
        left = list_left(target)
        shutil.rmtree(target)
        assert not left, f"left running: {left}"


def list_left(folder: Path) -> list[str]:
    """List the processes whose command line or working folder lies in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            where = str((entry / "cwd").readlink())
        except OSError:
            continue
        if str(folder) in words or where.startswith(str(folder)):
            found.append(f"{entry.name}: {words}")
    return found
