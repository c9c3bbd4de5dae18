"""Start the launcher for a command and, once the host has recorded it, let it become the program.

Takes a command, gives a pid that waits at its gate. Closing the gate without an
order ends the launcher; no instruction of the program has run then.
"""

import asyncio
import marshal
import os
import pwd
import shutil
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seatrial.local.process.census import MARKER
from seatrial.local.process.command import Command, NotRunnable, Unreachable

LAUNCHER = Path(__file__).with_name("launcher.py")
# The interpreter without its virtual environment starts 3 ms sooner.
INTERPRETER: str = getattr(sys, "_base_executable", None) or sys.executable
NOBODY = 65534


@dataclass(frozen=True, slots=True)
class User:
    """As whom a program runs: `way` is "same", "namespace" or "setuid" to `number`."""

    way: str = "same"
    number: int = 0


SAME = User()


class Gate:
    """A launcher that waits."""

    def __init__(self, pid: int, ours: socket.socket) -> None:
        self.pid = pid
        self.socket = ours

    async def open(self, command: Command, program: str, marker: str, user: User) -> None:
        """Let the launcher become the program; NotRunnable if the system refuses."""
        order = marshal.dumps(
            (
                list(command.argv),
                program,
                {**command.environ, MARKER: marker},
                str(command.cwd),
                (user.way, user.number),
            )
        )
        loop = asyncio.get_running_loop()
        # A launcher that was ended meanwhile is told by its exit.
        with suppress(BrokenPipeError, ConnectionResetError):
            await loop.sock_sendall(self.socket, len(order).to_bytes(8, "big") + order)
            refusal = await loop.sock_recv(self.socket, 16)
            if refusal:
                raise NotRunnable(command.name, program, os.strerror(int(refusal)))

    def try_as(self, user: User) -> bool:
        """Tell whether a program can run as this user, with one that does nothing; blocks."""
        nothing = [INTERPRETER, "-I", "-S", "-c", ""]
        order = marshal.dumps((nothing, INTERPRETER, {}, "/", (user.way, user.number)))
        self.socket.setblocking(True)
        with suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(len(order).to_bytes(8, "big") + order)
            return not self.socket.recv(16)
        return False

    def close(self) -> None:
        """Let go; a launcher that had no order yet ends by itself."""
        self.socket.close()


def spawn_launcher(log: int, marker: str) -> Gate:
    """Start a launcher whose outputs go to the descriptor `log`."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        try:
            pid = os.posix_spawn(
                INTERPRETER,
                [INTERPRETER, "-I", "-S", str(LAUNCHER), "3"],
                # LC_ALL keeps the interpreter from choosing a locale for the program.
                {MARKER: marker, "LC_ALL": "C"},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, log, 1),
                    (os.POSIX_SPAWN_DUP2, log, 2),
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), 3),
                ],
                setsigmask=[],
                setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
            )
        except BaseException:
            ours.close()
            raise
    return Gate(pid, ours)


def find_program(command: Command) -> str:
    """Find the file that a command runs; NotRunnable if it or the folder is missing."""
    first = command.argv[0]
    if not command.cwd.is_dir():
        raise NotRunnable(command.name, first, f"its folder {command.cwd} is missing")
    if "/" in first:
        return str(command.cwd / first)
    found = shutil.which(first, path=command.environ.get("PATH", os.defpath))
    if found is None:
        raise NotRunnable(command.name, first, "it is not on the PATH")
    return found


def choose_user(command: Command, *, namespaces: bool) -> User:
    """Choose as whom a command runs; Unreachable if `nobody` cannot enter its folder."""
    if not command.unprivileged or os.geteuid() != 0:
        return SAME
    if namespaces:
        return User("namespace", NOBODY)
    try:
        nobody = pwd.getpwnam("nobody").pw_uid
    except KeyError:
        nobody = NOBODY
    cwd = command.cwd.resolve()
    for folder in (*reversed(cwd.parents), cwd):
        entry = folder.stat()
        if not entry.st_mode & (0o100 if entry.st_uid == nobody else 0o001):
            raise Unreachable(command.name, folder)
    return User("setuid", nobody)
