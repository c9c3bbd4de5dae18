"""Programs and look-ups that the tests of real processes share."""

import os
import sys
import time
from pathlib import Path

from seatrial.local.process import Command, Identity, Limits, identify

PYTHON = (sys.executable, "-I", "-S")
ENVIRON = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
FOREVER = (*PYTHON, "-c", "import time; time.sleep(3600)")

# A process, a child, and a grandchild that has left its session and hidden its environment.
# All have the token on their command lines; the program says READY when all are there.
TREE = """
import os, sys, time
token = sys.argv[1]
script = "import os, sys, time; os.write(int(sys.argv[2]), b'x'); time.sleep(3600)"
ready, told = os.pipe()
os.set_inheritable(told, True)
argv = [sys.executable, "-I", "-S", "-c", script, token, str(told)]
if not os.fork():
    if not os.fork():
        os.setsid()
        os.execve(sys.executable, argv, {})
    os.execve(sys.executable, argv, {})
while len(os.read(ready, 1)) and not os.read(ready, 1):
    pass
print("READY", flush=True)
time.sleep(3600)
"""


def command(
    folder: Path, name: str, *argv: str, limits: Limits | None = None, unprivileged: bool = False
) -> Command:
    return Command(
        name=name,
        argv=argv or FOREVER,
        cwd=folder,
        environ=ENVIRON,
        log=folder / f"{name}.log",
        limits=limits or Limits(),
        unprivileged=unprivileged,
    )


def tree_argv(token: str) -> tuple[str, ...]:
    return (*PYTHON, "-c", TREE, token)


def find_by_word(word: str) -> list[Identity]:
    """Find the living processes that have this word on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if word.encode() in words and (identity := identify(int(entry.name))):
            found.append(identity)
    return found


def find_by_marker(prefix: str) -> list[int]:
    """Find the living processes whose environment has our marker."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        wanted = f"SEATRIAL_PROCESS={prefix}".encode()
        if any(variable.startswith(wanted) for variable in variables):
            found.append(int(entry.name))
    return found


def find_folders(prefix: str) -> list[Path]:
    """Find the cgroup folders of a system."""
    root = Path("/sys/fs/cgroup")
    return [Path(top, name) for top, names, _ in os.walk(root) for name in names if prefix in name]


def read_log(folder: Path, name: str) -> str:
    path = folder / f"{name}.log"
    return path.read_text() if path.exists() else ""


def new_token() -> str:
    return f"token-{os.getpid()}-{time.monotonic_ns()}"
