"""How a source folder's own tests are run, read from the files in it.

Takes a folder, gives the commands for a clean machine. It never runs one. A
folder without tests gives nothing, and the pipeline then says so.
"""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from seatrial.image.dependencies import Kind, dependencies

_INSTALL = {
    Kind.REQUIREMENTS: "-r requirements.txt",
    Kind.PYLOCK: "-r pylock.toml",
    Kind.PYPROJECT: "-r pyproject.toml",
}


@dataclass(frozen=True, slots=True)
class Suite:
    """What runs a folder's tests, with uv and Python, or Node.js, there already."""

    language: Literal["python", "node"]
    install: tuple[str, ...]
    test: tuple[str, ...]


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


def _node(folder: Path) -> Suite | None:
    scripts = json.loads((folder / "package.json").read_text("utf-8")).get("scripts", {})
    if "test" not in scripts:
        return None
    pnpm = (folder / "pnpm-lock.yaml").is_file()
    install = ("corepack enable", "pnpm install --frozen-lockfile") if pnpm else ("npm ci",)
    program = "pnpm" if pnpm else "npm"
    checks = (f"{program} run lint",) if "lint" in scripts else ()
    return Suite("node", install, (*checks, f"{program} test"))


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}  # `dependencies` tells of a file that decides something and cannot be read
