"""How a source folder is installed and tested, read from the files in it.

Takes a folder, gives the commands for a clean machine. It never runs one. A
folder without tests gives nothing, and the pipeline then says so.
"""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from seatrial.image.dependencies import Kind, dependencies
from seatrial.pipeline.delivery import Delivery

_INSTALL = {
    Kind.REQUIREMENTS: "-r requirements.txt",
    Kind.PYLOCK: "-r pylock.toml",
    Kind.PYPROJECT: "-r pyproject.toml",
}
DEPLOYED = ("integration", "end_to_end")
"""The folders beside the description whose tests ask a deployed environment, in their order."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What runs a folder's tests, with uv and Python, or Node.js, there already."""

    language: Literal["python", "node"]
    install: tuple[str, ...]
    test: tuple[str, ...]


def all_suites(home: Path, delivery: Delivery) -> dict[str, Suite]:
    """Give how each source folder of a delivery is installed and tested, of those that are.

    With them come the folders of `DEPLOYED` that are no program's.

    Raises what `image.dependencies` raises.
    """
    found = {each.folder: site_suite(home / each.folder, each.build) for each in delivery.sites}
    found |= {each.folder: suite(home / each.folder) for each in delivery.images}
    found |= {each: suite(home / each) for each in DEPLOYED if each not in found}
    return {folder: each for folder, each in found.items() if each}


def suite(folder: Path) -> Suite | None:
    """Give how a folder is tested; `None` when it has no tests.

    Raises what `image.dependencies` raises.
    """
    if (folder / "package.json").is_file():
        return _node(folder)
    if not any((folder / "tests").glob("**/test_*.py")) and not any(folder.glob("test_*.py")):
        return None
    project = _toml(folder / "pyproject.toml")
    groups = project.get("dependency-groups", {})
    kind = dependencies(folder).kind
    lint = ("ruff",) if "ruff" in project.get("tool", {}) else ()
    if kind is Kind.UV:
        more = "".join(f" --with {each}" for each in ("pytest", *lint))
        run = f"uv run --frozen --all-groups{more}"
        checks = tuple(f"{run} {each} check ." for each in lint)
        return Suite("python", ("uv sync --frozen --all-groups",), (*checks, f"{run} pytest"))
    named = next((each for each in ("test", "tests", "dev") if each in groups), None)
    wanted = [_INSTALL[kind]] if kind in _INSTALL else []
    wanted += [f"--group {named}"] if named else []
    wanted += ["pytest", *lint]
    return Suite(
        "python",
        ("uv venv --quiet --clear", f"uv pip install --quiet {' '.join(wanted)}"),
        (*(f".venv/bin/{each} check ." for each in lint), ".venv/bin/python -m pytest"),
    )


def site_suite(folder: Path, build: Sequence[str]) -> Suite | None:
    """Give how a website's folder is installed and tested; `None` with nothing of both.

    What builds it is told by the description, and may need what is installed here.
    """
    if (folder / "package.json").is_file():
        return _node(folder) or (Suite("node", _node_install(folder), ()) if build else None)
    return None


def _node(folder: Path) -> Suite | None:
    scripts = json.loads((folder / "package.json").read_text("utf-8")).get("scripts", {})
    if "test" not in scripts:
        return None
    program = "pnpm" if (folder / "pnpm-lock.yaml").is_file() else "npm"
    checks = (f"{program} run lint",) if "lint" in scripts else ()
    return Suite("node", _node_install(folder), (*checks, f"{program} test"))


def _node_install(folder: Path) -> tuple[str, ...]:
    if (folder / "pnpm-lock.yaml").is_file():
        return ("corepack enable", "pnpm install --frozen-lockfile")
    if (folder / "package-lock.json").is_file():
        return ("npm ci",)
    # Without a lock there is nothing that `npm ci` could hold to.
    return ("npm install --no-audit --no-fund",)


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}  # `dependencies` tells of a file that decides something and cannot be read
