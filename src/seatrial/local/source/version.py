"""A source folder, frozen.

Takes a source folder and a store; gives a `Version`: a copy whose name is the
digest of what it holds. Never changes the source, and never changes a version
once it is in the store.
"""

import fcntl
import hashlib
import os
import posixpath
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from seatrial.image.ignore import Ignore
from seatrial.mistake import Mistake, Place

_UNFINISHED = ".new-"
_CHUNK = 1 << 20


class SourceMissing(Mistake):
    """There is no such folder."""


class LinkLeavesSource(Mistake):
    """A symbolic link points out of its folder, so an image could not follow it."""


@dataclass(frozen=True, slots=True)
class Version:
    """One frozen state of a source folder: what an image is on AWS.

    `digest` is 64 hexadecimal digits over paths, contents, links and executable bits;
    `folder` is where the copy lies.
    """

    digest: str
    folder: Path


def snapshot(source: Path, store: Path) -> Version:
    """Copy `source` into `store/<digest>/`, or find it there already.

    Leaves out what an image does not hold (`seatrial.image.ignore`). Safe against
    interruption and against two at once. Raises `SourceMissing`, `LinkLeavesSource`.
    """
    if not source.is_dir():
        raise SourceMissing("there is no such folder", Place(str(source)))
    digest = _pass_over(source, None)
    if not (store / digest).is_dir():
        with _alone(store):
            _remove_unfinished(store)
            unfinished = Path(mkdtemp(prefix=_UNFINISHED, dir=store))
            unfinished.chmod(0o755)
            # The source may have changed since: the digest is of what was copied.
            digest = _pass_over(source, unfinished)
            if (store / digest).is_dir():
                _remove(unfinished)
            else:
                unfinished.rename(store / digest)
    return Version(digest, store / digest)


def prune(store: Path, keep: Iterable[str]) -> tuple[str, ...]:
    """Remove every version whose digest is not in `keep`; give the digests removed."""
    if not store.is_dir():
        return ()
    kept = set(keep)
    with _alone(store):
        _remove_unfinished(store)
        old = [each for each in sorted(store.iterdir()) if each.is_dir() and each.name not in kept]
        for folder in old:
            # Renamed first: an interrupted removal must not leave half a version.
            unfinished = folder.with_name(_UNFINISHED + folder.name)
            folder.rename(unfinished)
            _remove(unfinished)
    return tuple(folder.name for folder in old)


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """Hold the store; the kernel lets go when this process ends, however it ends."""
    store.mkdir(parents=True, exist_ok=True)
    with (store / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_unfinished(store: Path) -> None:
    for left in store.glob(f"{_UNFINISHED}*"):
        _remove(left)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder)


def _pass_over(source: Path, target: Path | None) -> str:
    """Digest what `source` holds and, if there is a `target`, copy it there on the way."""
    ignore = Ignore.of(source)
    whole = hashlib.sha256()
    for path, entry in _entries(source, ignore, ""):
        copy = target / path if target else None
        if entry.is_symlink():
            kind, content = "link", _link(source, path, Path(entry.path), copy)
        elif entry.is_dir(follow_symlinks=False):
            kind, content = "folder", b""
            if copy:
                copy.mkdir(exist_ok=True)
        else:
            kind, content = _file(Path(entry.path), copy)
        whole.update(f"{kind}\0".encode() + os.fsencode(path) + b"\0" + content + b"\0")
    return whole.hexdigest()


def _entries(source: Path, ignore: Ignore, below: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Give every file, link and folder that is wanted, parents first, in one fixed order."""
    with os.scandir(source / below) as scan:
        entries = sorted(scan, key=lambda each: each.name)
    for entry in entries:
        path = posixpath.join(below, entry.name)
        if entry.is_dir(follow_symlinks=False):
            if ignore.skips(path):
                continue
            inside = _entries(source, ignore, path)
            if not ignore.leaves_out(path):
                yield path, entry
            elif first := next(inside, None):
                # An exception (`!`) keeps something in a folder that is left out itself.
                yield path, entry
                yield first
            yield from inside
        elif (entry.is_symlink() or entry.is_file()) and not ignore.leaves_out(path):
            yield path, entry


def _link(source: Path, path: str, link: Path, copy: Path | None) -> bytes:
    target = str(link.readlink())
    end = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if posixpath.isabs(target) or end == ".." or end.startswith("../"):
        raise LinkLeavesSource(
            f"this link leads out of the source folder, to {target}",
            Place(str(source / path)),
            "Copy what it leads to into the folder; an image holds nothing else.",
        )
    if copy:
        copy.symlink_to(target)
    return os.fsencode(target)


def _file(file: Path, copy: Path | None) -> tuple[str, bytes]:
    content = hashlib.sha256()
    with file.open("rb") as reading:
        runs = os.fstat(reading.fileno()).st_mode & stat.S_IXUSR
        if copy:
            with copy.open("wb") as writing:
                while chunk := reading.read(_CHUNK):
                    content.update(chunk)
                    writing.write(chunk)
            # Read-only, so that a task cannot change what other tasks run.
            copy.chmod(0o555 if runs else 0o444)
        else:
            while chunk := reading.read(_CHUNK):
                content.update(chunk)
    return ("program" if runs else "file"), content.digest()
