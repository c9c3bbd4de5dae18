"""The golden files: what each example system is, in each environment.

`make golden` (python -m tests.golden.systems) writes them anew; the difference is for a person
to read before it is committed.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from seatrial.cli.options import checked_graph
from seatrial.graph import Graph
from seatrial.language.loading import load
from seatrial.template import render_json, render_yaml

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(__file__).parent
EXAMPLES = ("fastapi-app",)


@cache
def graphs(example: str) -> dict[str, Graph]:
    """Give an example's graph in each of its environments."""
    system = load(ROOT / "examples" / example)
    return {name: checked_graph(system, name) for name in system.environments}


def golden_files() -> Iterator[tuple[Path, str]]:
    """Give each golden file and what should be in it."""
    for example in EXAMPLES:
        for name, graph in graphs(example).items():
            yield FOLDER / f"{example}.{name}.json", render_json(graph)
            yield FOLDER / f"{example}.{name}.yaml", render_yaml(graph)


if __name__ == "__main__":
    for file, text in golden_files():
        changed = not file.exists() or file.read_text() != text
        file.write_text(text)
        print(f"{'written' if changed else 'as it was'}: {file.name}")
