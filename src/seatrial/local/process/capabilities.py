"""What this machine and user let us do to processes, found out by doing it once.

Takes nothing, gives a frozen report that the fidelity ledger cites and that the
host acts on. Tries every way on a waiting launcher and leaves nothing behind.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seatrial.local.process.cgroup import Group
from seatrial.local.process.identity import LINUX
from seatrial.local.process.launch import NOBODY, User, spawn_launcher
from seatrial.local.process.mounts import CONTROLLERS, list_candidates


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
    own, mounts = Path("/proc/self/cgroup"), Path("/proc/self/mountinfo")
    for candidate in list_candidates(own.read_text(), mounts.read_text()):
        best: Hierarchy | None = None
        for parent in candidate.parents:
            controllers = candidate.controllers or _delegate(parent)
            if best and len(best.controllers) >= len(controllers):
                continue
            group = Group((parent / f"seatrial-probe-{pid}",))
            tried.append(group)
            with suppress(OSError):
                group.make()
                group.add(pid)
                best = Hierarchy(candidate.version, parent, controllers)
        if best:
            yield best


def _delegate(parent: Path) -> frozenset[str]:
    """Give the controllers that folders under this v2 folder have, after asking for them."""
    handed_down = parent / "cgroup.subtree_control"
    try:
        for name in CONTROLLERS & frozenset((parent / "cgroup.controllers").read_text().split()):
            with suppress(OSError):
                handed_down.write_text(f"+{name}")
        return CONTROLLERS & frozenset(handed_down.read_text().split())
    except OSError:
        return frozenset()
