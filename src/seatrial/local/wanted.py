"""What `up` asks for: a graph, the sources made ready, the pace.

Plain data that goes from a command to the supervisor and is kept in the state
folder, so that another supervisor can go on with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seatrial.graph import Graph
from seatrial.graph.encoding import decode, encode
from seatrial.local.pace import Pace


@dataclass(frozen=True, slots=True)
class Built:
    """A source folder made ready: its frozen copy and the programs of its environment."""

    digest: str
    folder: Path
    programs: Path

    def record(self) -> list[str]:
        """Give it as JSON-like data."""
        return [self.digest, str(self.folder), str(self.programs)]

    @classmethod
    def from_record(cls, record: list[str]) -> "Built":
        """Read back what `record` gave."""
        digest, folder, programs = record
        return cls(digest, Path(folder), Path(programs))


@dataclass(frozen=True, slots=True)
class Wanted:
    """The graph to run; `built` maps a source folder's name to what was made of it.

    `sites` maps the bucket of a website to the folder with its files.
    """

    graph: Graph
    built: Mapping[str, Built]
    pace: Pace
    sites: Mapping[str, Path] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Give it as JSON-like data."""
        return {
            "graph": encode(self.graph),
            "built": {name: each.record() for name, each in self.built.items()},
            "pace": self.pace.factor,
            "sites": {id: str(folder) for id, folder in self.sites.items()},
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Wanted":
        """Read back what `record` gave."""
        return cls(
            decode(record["graph"]),
            {name: Built.from_record(each) for name, each in record["built"].items()},
            Pace(record["pace"]),
            {id: Path(folder) for id, folder in record.get("sites", {}).items()},
        )
