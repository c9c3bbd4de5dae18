"""What this machine and user let us do to processes, found out by doing it once.

Takes nothing, gives a frozen report that the fidelity ledger cites and that the
host acts on. Tries every way on a waiting launcher and leaves nothing behind.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seatrial.local.process.cgroup import Group
from seatrial.local.process.identity import LINUX
from seatrial.local.process.launch import NOBODY, User, spawn_launcher

CONTROLLERS = ("cpu", "cpuacct", "memory")


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A cgroup hierarchy: `parent` is the folder under which we make ours."""

    version: int
    parent: Path
    controllers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What was found; without hierarchies everything still works, measured and less strict."""

    hierarchies: tuple[Hierarchy, ...] = ()
    namespaces: bool = False

    @property
    def cpu(self) -> str:
        """Tell how the CPU limit is held: "cgroup v1", "cgroup v2" or "measured only"."""
        return self._say("cpu", "measured only")

    @property
    def memory(self) -> str:
        """Tell how the memory limit is held: "cgroup v1", "cgroup v2" or "polled"."""
        return self._say("memory", "polled")

    @property
    def ending(self) -> str:
        """Tell by what a tree is ended: "cgroup v2", "cgroup v1" or "process table"."""
        versions = {hierarchy.version for hierarchy in self.hierarchies}
        return f"cgroup v{max(versions)}" if versions else "process table"

    @property
    def unprivileged(self) -> str:
        """Tell how a program that refuses root runs: "as it is", "user namespace" or "nobody"."""
        if os.geteuid() != 0:
            return "as it is"
        return "user namespace" if self.namespaces else "nobody"

    def _say(self, controller: str, otherwise: str) -> str:
        for hierarchy in self.hierarchies:
            if controller in hierarchy.controllers:
                return f"cgroup v{hierarchy.version}"
        return otherwise


def detect_capabilities() -> Capabilities:
    """Try everything once, in some 20 ms."""
    if not LINUX:
        return Capabilities()
    log = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    try:
        gate = spawn_launcher(log, "probe")
    finally:
        os.close(log)
    tried: list[Group] = []
    try:
        hierarchies = tuple(_find_hierarchies(gate.pid, tried))
        namespaces = os.geteuid() == 0 and gate.try_as(User("namespace", NOBODY))
    finally:
        gate.close()
        _, status = os.waitpid(gate.pid, 0)
        for group in tried:
            group.remove()
    return Capabilities(hierarchies, namespaces and status == 0)


def _find_hierarchies(pid: int, tried: list[Group]) -> Iterator[Hierarchy]:
    """Try to make a folder in every hierarchy and to move the process `pid` into it."""
    for version, named, candidates in _list_candidates():
        best: Hierarchy | None = None
        for parent in candidates:
            controllers = named if version == 1 else _delegate(parent)
            if best and len(best.controllers) >= len(controllers):
                continue
            group = Group((parent / f"seatrial-probe-{pid}",))
            tried.append(group)
            with suppress(OSError):
                group.make()
                group.add(pid)
                best = Hierarchy(version, parent, controllers)
        if best:
            yield best


def _list_candidates() -> Iterator[tuple[int, frozenset[str], list[Path]]]:
    """Give per useful hierarchy its version, v1 controllers and folders to try, best first."""
    own: dict[frozenset[str], str] = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        own[frozenset(filter(None, controllers.split(",")))] = path
    for root, mount, kind, options in _list_mounts():
        if kind == "cgroup2" and frozenset() in own:
            here = _place(own[frozenset()], root, mount)
            # A folder with processes cannot hand controllers down, one above it may.
            above = [here, *(folder for folder in here.parents if folder.is_relative_to(mount))]
            yield 2, frozenset(), above
        elif kind == "cgroup":
            for joined, path in own.items():
                useful = joined & frozenset(CONTROLLERS)
                if useful and joined <= options:
                    yield 1, useful, [_place(path, root, mount)]


def _list_mounts() -> Iterator[tuple[str, Path, str, frozenset[str]]]:
    """Give root, mount point, type and options of every cgroup hierarchy."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        kind, _, options = rest.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            root, mount = (_unescape(field) for field in fields.split()[3:5])
            yield root, Path(mount), kind, frozenset(options.split(","))


def _place(path: str, root: str, mount: Path) -> Path:
    """Give the folder of our own cgroup; the mount point where it lies outside the mount."""
    if not path.startswith(root):
        return mount
    folder = mount / path.removeprefix(root).lstrip("/")
    return folder if folder.is_dir() and ".." not in folder.parts else mount


def _unescape(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field)


def _delegate(parent: Path) -> frozenset[str]:
    """Give the controllers that folders under this v2 folder have, after asking for them."""
    handed_down = parent / "cgroup.subtree_control"
    useful = frozenset(CONTROLLERS)
    try:
        for name in useful & frozenset((parent / "cgroup.controllers").read_text().split()):
            with suppress(OSError):
                handed_down.write_text(f"+{name}")
        return useful & frozenset(handed_down.read_text().split())
    except OSError:
        return frozenset()
