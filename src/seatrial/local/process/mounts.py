"""Where the cgroup hierarchies of this machine are, and where in them we are.

Takes the text of /proc/self/cgroup and /proc/self/mountinfo, gives the folders
under which ours could be made, the best first. It opens nothing: whether a
folder may really be used is found out by trying (`capabilities`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CONTROLLERS = frozenset({"cpu", "cpuacct", "memory"})


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted hierarchy; `root` is the cgroup that is seen at `point`."""

    root: str
    point: Path
    version: int
    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A hierarchy that may be of use; `controllers` are known beforehand for v1 only."""

    version: int
    controllers: frozenset[str]
    parents: tuple[Path, ...]


def list_candidates(own: str, mounts: str) -> list[Candidate]:
    """List the useful hierarchies from the text of the two files."""
    paths = dict(_read_own(own))
    candidates = []
    for mount in _read_mounts(mounts):
        if mount.version == 2:
            if frozenset() in paths:
                here = _place(paths[frozenset()], mount)
                # A folder with processes cannot hand controllers down, one above it may.
                above = (folder for folder in here.parents if folder.is_relative_to(mount.point))
                candidates.append(Candidate(2, frozenset(), (here, *above)))
            continue
        for joined, path in paths.items():
            useful = joined & CONTROLLERS
            if useful and joined <= mount.options:
                here = _place(path, mount)
                parents = (here,) if here == mount.point else (here, mount.point)
                candidates.append(Candidate(1, useful, parents))
    return candidates


def _read_own(text: str) -> Iterator[tuple[frozenset[str], str]]:
    """Give our own cgroup per set of joined v1 controllers; the empty set is v2."""
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        yield frozenset(filter(None, controllers.split(","))), path


def _read_mounts(text: str) -> Iterator[Mount]:
    for line in text.splitlines():
        fields, _, rest = line.partition(" - ")
        kind, _, options = rest.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            root, point = map(_unescape, fields.split()[3:5])
            version = 2 if kind == "cgroup2" else 1
            yield Mount(root, Path(point), version, frozenset(options.split(",")))


def _place(path: str, mount: Mount) -> Path:
    """Give the folder of a cgroup; the mount point where it lies outside of the mount."""
    root = mount.root.rstrip("/")
    if ".." in path.split("/") or not f"{path}/".startswith(f"{root}/"):
        return mount.point
    return mount.point / path.removeprefix(root).lstrip("/")


def _unescape(field: str) -> str:
    """Undo the octal escapes of mountinfo."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field)
