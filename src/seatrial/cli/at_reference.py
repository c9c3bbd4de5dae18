"""A description as it was at a commit: taken out of git into a temporary folder.

Takes a system's path and a git reference, gives its graph there. The working tree
is never touched, and nothing of the repository runs but the description itself.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from seatrial.cli.options import graph_of
from seatrial.graph import Graph
from seatrial.language.loading import find
from seatrial.mistake import Mistake

# Python before 3.11.4 has no filters; no path of a git tree leads out of it.
_SAFELY: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


def graph_at(system: Path, environment: str, reference: str) -> Graph:
    """Give the graph of a system as its folder was at a reference."""
    file = find(system)
    archive = _archive(file.parent, reference)
    with tempfile.TemporaryDirectory(prefix="seatrial-cost-") as name:
        folder = Path(name).resolve()
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, **_SAFELY)  # noqa: S202 - a tree of git, filtered where it can be
        then = folder / file.name
        if not then.is_file():
            raise Mistake(
                f"there is no {file.name} in {file.parent.name} at {reference}.",
                right="Name a commit that has it.",
            )
        before = set(sys.modules)
        try:
            return graph_of(then, environment)
        except Mistake as mistake:
            where = mistake.where
            line = f", line {where.line}" if where and where.line else ""
            raise Mistake(
                f"the system at {reference}{line}: {mistake.what}", right=mistake.right
            ) from None
        finally:
            _forget(before, folder)


def _archive(folder: Path, reference: str) -> bytes:
    if reference.startswith("-"):
        raise Mistake(f"{reference!r} is no git reference.", right="Name a commit or a branch.")
    try:
        done = subprocess.run(
            ["git", "archive", "--format=tar", reference, "--", "."],
            cwd=folder,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise Mistake("git is not installed, and --diff needs it.") from None
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode(errors="replace").strip().splitlines()
    first = said[0].removeprefix("fatal: ").rstrip(".") if said else "it says nothing"
    if "not a git repository" in first:
        raise Mistake(f"{folder.name} is in no git repository.", right="--diff compares commits.")
    if "pathspec" in first:
        raise Mistake(f"there is no {folder.name} at {reference}.", right="Take a later commit.")
    raise Mistake(
        f"git knows no {reference!r} here: {first}.", right="Name a commit, a tag or a branch."
    )


def _forget(before: set[str], folder: Path) -> None:
    """Forget the modules that the old description brought: the new one has its own."""
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(folder):
            del sys.modules[name]
