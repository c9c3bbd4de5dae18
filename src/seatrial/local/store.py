"""The one folder that a running system lives in.

    system.json   what `up` last asked for: the graph, the pace, the built sources
    state.json    tasks, deployments, addresses: what another supervisor needs to go on
    secrets.json  generated secrets, readable by their owner alone
    events.jsonl  what happened
    versions/ logs/ data/ processes/ envoy/ ministack/

Each file is replaced whole or not at all.
"""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seatrial.local.files import write_atomically
from seatrial.mistake import Mistake

FOLDERS = ("versions", "logs", "data", "processes", "envoy", "ministack")
ENVIRONMENT = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_SOCKET = 100
"""Bytes that a unix socket's path may have (sun_path has 104 on macOS, 108 on Linux)."""


@dataclass(frozen=True, slots=True)
class Store:
    """The state folder of one system in one environment."""

    folder: Path

    def prepare(self) -> None:
        """Make the folder and those in it, for their owner alone."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            ignore = self.folder.parent / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
            for name in FOLDERS:
                (self.folder / name).mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise Mistake(
                f"cannot write to {self.folder}: {error.strerror}.",
                right="Set SEATRIAL_STATE to a folder that can be written.",
            ) from None

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def read(self, name: str) -> dict[str, Any] | None:
        """Read one of the JSON files; None where there is none."""
        try:
            data: dict[str, Any] = json.loads((self.folder / name).read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:
            raise Mistake(
                f"{self.folder / name} is damaged.",
                right="Remove the state with: seatrial down --delete-data",
            ) from None
        return data

    def write(self, name: str, data: Mapping[str, Any]) -> None:
        """Replace one of the JSON files. DiskFull leaves the old one."""
        write_atomically(self.folder / name, json.dumps(data).encode())


def state_folder(system_file: Path, environment: str) -> Path:
    """Give the state folder of a system: `.seatrial/ENVIRONMENT` beside its file.

    Under `$SEATRIAL_STATE`, where it is set, each system has a folder of its own.
    """
    if not ENVIRONMENT.fullmatch(environment):
        raise Mistake(f"{environment!r} cannot be the name of an environment.")
    folder = system_file.resolve().parent
    chosen = os.environ.get("SEATRIAL_STATE")
    if not chosen:
        return folder / ".seatrial" / environment
    place = hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]
    return Path(chosen).resolve() / f"{folder.name}-{place}" / environment


@contextmanager
def socket_path(folder: Path) -> Iterator[str]:
    """Give a path of the supervisor's socket that is short enough, for as long as it is used."""
    path = folder / "socket"
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        yield str(path)
        return
    if sys.platform != "linux":
        raise Mistake(
            f"the state folder's path is too long for a socket: {folder}.",
            right="Set SEATRIAL_STATE to a folder with a shorter path.",
        )
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/{os.getpid()}/fd/{descriptor}/socket"
    finally:
        os.close(descriptor)
