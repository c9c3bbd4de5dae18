"""From a template's file to its graph."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seatrial.graph import Graph
from seatrial.mistake import Mistake


@dataclass(frozen=True, slots=True)
class Reading:
    """What a template says, and the sentences that tell what was assumed."""

    graph: Graph
    assumptions: tuple[str, ...] = ()


def read_template(
    file: Path, parameters: Mapping[str, str] | None = None, region: str | None = None
) -> Reading:
    """Read a template; `Mistake` names file and line of what is wrong."""
    raise Mistake(f"{file} cannot be read yet.")
