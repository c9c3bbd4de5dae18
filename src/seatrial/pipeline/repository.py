"""Which GitHub repository is meant, and where its files are.

Takes what a person typed, or the folder of a system; gives owner and name,
checked against what GitHub allows. It runs `git` to read the remote and the
root, and never writes or asks the network.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from seatrial.mistake import Mistake

# docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/
# username-considerations-for-external-authentication; an underscore is in managed users' names.
_OWNER = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,37}[A-Za-z0-9_])?"
_NAME = r"[A-Za-z0-9._-]{1,100}"
_FULL = re.compile(rf"({_OWNER})/({_NAME})")
_REMOTE = re.compile(
    rf"(?:git@github\.com:|(?:https|ssh)://(?:[^@/\s]+@)?github\.com/)({_OWNER})/({_NAME}?)(?:\.git)?/?"
)
# What git refuses in a branch, and what would mean something in a workflow's filter or in IAM.
_BRANCH = re.compile(r"(?![-/])(?!.*\.\.)(?!.*//)[A-Za-z0-9._/-]{1,200}(?<![./])")


class RepositoryUnknown(Mistake):
    """The repository is not told, or is none that GitHub could have."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on github.com."""

    owner: str
    name: str

    def __str__(self) -> str:
        """Give `owner/name`."""
        return f"{self.owner}/{self.name}"


def repository(text: str) -> Repository:
    """Read `owner/name`; raises `RepositoryUnknown`."""
    if not (match := _FULL.fullmatch(text)) or match[2] in {".", ".."}:
        raise RepositoryUnknown(
            f"{text!r} is no repository of GitHub.", right="Write it as owner/name."
        )
    return Repository(match[1], match[2])


def branch(text: str) -> str:
    """Check a branch's name; raises `RepositoryUnknown`."""
    if not _BRANCH.fullmatch(text):
        raise RepositoryUnknown(
            f"{text!r} is no branch to deliver from.",
            right="Use letters, digits, dots, dashes, underscores and single slashes.",
        )
    return text


def of_remote(url: str) -> Repository | None:
    """Read a remote's address; `None` when it is not on github.com."""
    match = _REMOTE.fullmatch(url.strip())
    return Repository(match[1], match[2]) if match else None


def from_git(folder: Path) -> Repository:
    """Ask git for the remote `origin` of a folder; raises `RepositoryUnknown`."""
    url = _git(folder, "remote", "get-url", "origin")
    found = of_remote(url) if url else None
    if found is None:
        raise RepositoryUnknown(
            "the repository is unknown: git has no remote 'origin' on github.com here.",
            right="Name it: --repository owner/name.",
        )
    return found


def root_of(folder: Path) -> Path:
    """Give the top folder of the working copy, or the folder itself where git knows none."""
    top = _git(folder, "rev-parse", "--show-toplevel")
    return Path(top) if top else folder.resolve()


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
