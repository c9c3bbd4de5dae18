"""A source folder, frozen.

Takes a source folder and a store; gives a `Version`: a copy whose name is the
digest of what it holds. Never changes the source, and never changes a version
once it is in the store.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


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

    Leaves out what `.dockerignore` says and what no image ever holds (`.git`, `.venv`, ...).
    Safe against interruption and against two at once. Raises `SourceMissing`,
    `LinkLeavesSource`.
    """
    raise NotImplementedError


def prune(store: Path, keep: Iterable[str]) -> tuple[str, ...]:
    """Remove every version whose digest is not in `keep`; give the digests removed."""
    raise NotImplementedError
