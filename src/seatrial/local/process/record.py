"""What is written down of every process, before its first instruction, so that none is lost.

Takes and gives `Record`s in one folder, a file each, replaced by rename: a reader
sees the old or the new one. Records need not survive a power cut, since no
process does; one that cannot be read is told as None and never raises.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from seatrial.local.process.command import NAME, NO_LIMITS, Limits
from seatrial.local.process.identity import Identity


@dataclass(frozen=True, slots=True)
class Record:
    """A process as written down: without identity it was only intended.

    `folders` are its cgroup folders, `members` processes of its tree seen so far.
    """

    name: str
    limits: Limits = NO_LIMITS
    folders: tuple[Path, ...] = ()
    identity: Identity | None = None
    members: tuple[Identity, ...] = ()


class RecordFolder:
    """The records of one system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def names(self) -> list[str]:
        """List the names that are recorded, readable or not."""
        found = (path.name.removesuffix(".json") for path in self.folder.glob("*.json"))
        return sorted(name for name in found if NAME.fullmatch(name))

    def write(self, record: Record) -> None:
        """Put the record in place of an older one of its name."""
        values = {
            "name": record.name,
            "cpu": record.limits.cpu,
            "memory": record.limits.memory,
            "folders": [str(path) for path in record.folders],
            "identity": record.identity and record.identity.as_json(),
            "members": [member.as_json() for member in record.members],
        }
        path = self._path(record.name)
        # One writer per folder, and names never start with a dot.
        new = path.with_name(f".{path.name}")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            json.dump(values, file)
        new.replace(path)

    def read(self, name: str) -> Record | None:
        """Give the record of this name; None if there is none that can be read."""
        try:
            values = json.loads(self._path(name).read_text(encoding="utf-8"))
            empty = Record(name, Limits(values["cpu"], values["memory"]))
            identity = values["identity"]
            return replace(
                empty,
                folders=tuple(Path(path) for path in values["folders"]),
                identity=None if identity is None else Identity.from_json(identity),
                members=tuple(Identity.from_json(member) for member in values["members"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remove(self, name: str) -> None:
        """Forget this name; nothing to forget is fine."""
        with suppress(FileNotFoundError):
            self._path(name).unlink()

    def tidy(self) -> None:
        """Remove what a writer that was killed has left half written."""
        for path in self.folder.glob(".*.json"):
            path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"
