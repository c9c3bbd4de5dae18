"""The programs that make a virtual environment: uv, or Python's own venv and pip.

Takes a folder's dependencies and a place; gives an environment that holds
them. Knows nothing of caches and locks.
"""

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from seatrial.image.dependencies import Dependencies, Kind, refuse_local
from seatrial.mistake import Mistake, Place

_LAST_LINES = 15
# What would make an installer aim at another environment than ours.
_MISLEADING = (
    "CONDA_PREFIX",
    "PYTHONHOME",
    "PYTHONPATH",
    "UV_PROJECT_ENVIRONMENT",
    "UV_SYSTEM_PYTHON",
    "VIRTUAL_ENV",
)


class DependenciesNotInstalled(Mistake):
    """The installer failed; the message has its last lines and names the file."""


@dataclass(frozen=True, slots=True)
class Installer:
    """Installs `wanted` into the environment `target`; `uv` None means venv and pip.

    `lock` is a file descriptor that every program inherits, so that a lock on it holds
    until the last of them has ended, even if this process is killed.
    """

    wanted: Dependencies
    target: Path
    python: str
    uv: str | None
    lock: int
    progress: Callable[[str], None]

    def install(self) -> None:
        """Make the environment and fill it; raise `DependenciesNotInstalled`."""
        if self.uv:
            self._install_with_uv(self.uv)
        else:
            self._install_with_pip()

    def _install_with_uv(self, uv: str) -> None:
        self._run(uv, "venv", "--no-project", "--python", self.python, str(self.target))
        if self.wanted.kind is Kind.NONE:
            return
        file = self.wanted.kind.value
        if self.wanted.kind is Kind.UV:
            exported = self.target / "requirements.txt"
            export = ("--frozen", "--no-dev", "--no-emit-project", "--no-header")
            self._run(uv, "export", "-q", *export, "--python", self.python, "-o", str(exported))
            refuse_local(self.wanted.folder / file, exported.read_text())
            file = str(exported)
        hashes = ["--require-hashes"] if self._has_hashes() else []
        self._run(
            *(uv, "pip", "install", "--python", str(self.target / "bin" / "python")),
            *("--compile-bytecode", *hashes, "-r", file),
        )

    def _install_with_pip(self) -> None:
        self._run(self.python, "-m", "venv", str(self.target))
        pip = [str(self.target / "bin" / "python"), "-m", "pip", "install", "--no-input"]
        pip.append("--disable-pip-version-check")
        if self.wanted.kind is Kind.REQUIREMENTS:
            hashes = ["--require-hashes"] if self._has_hashes() else []
            self._run(*pip, *hashes, "-r", self.wanted.kind.value)
        elif self.wanted.kind is not Kind.NONE:
            raise DependenciesNotInstalled(
                f"only uv can install what {self.wanted.kind.value} names, and there is no uv",
                Place(str(self.wanted.folder / self.wanted.kind.value)),
                "Install it: pip install uv.",
            )

    def _has_hashes(self) -> bool:
        return self.wanted.locked and self.wanted.kind in {Kind.REQUIREMENTS, Kind.UV}

    def _run(self, *argv: str) -> None:
        last = deque[str](maxlen=_LAST_LINES)
        with subprocess.Popen(
            argv,
            cwd=self.wanted.folder,
            env=_environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[self.lock],
            text=True,
            errors="replace",
        ) as program:
            try:
                for line in program.stdout or ():
                    last.append(line.rstrip())
                    self.progress(line.rstrip())
            except BaseException:
                program.kill()
                raise
        if program.returncode:
            name = self.wanted.kind.value
            raise DependenciesNotInstalled(
                f"its dependencies cannot be installed ({_spoken(argv)} ended with"
                f" {program.returncode}):\n" + "\n".join(last),
                Place(str(self.wanted.folder / name) if name else str(self.wanted.folder)),
            )


def find_uv() -> str | None:
    """Find the uv of this Python environment, or of the PATH."""
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - an optional package

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return shutil.which("uv")


def _environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    # A Python that nobody asked for is not fetched on the quiet.
    return {**kept, "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}


def _spoken(argv: Sequence[str]) -> str:
    return " ".join((Path(argv[0]).name, *argv[1:3]))
