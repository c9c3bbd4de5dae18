"""Compile example systems through the library in one process: examples.py [--every] NAME...

Takes the names of folders in `examples/`, prints how many resources their
production has, or with `--every` all their environments together.
"""

import sys
from pathlib import Path

from seatrial.cli.options import checked_graph
from seatrial.language.loading import load
from seatrial.template import render_json

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def main() -> None:
    """Compile each, with every check that the command makes."""
    names = [each for each in sys.argv[1:] if each != "--every"]
    resources = 0
    for name in names:
        system = load(EXAMPLES / name)
        environments = system.environments if "--every" in sys.argv else ["production"]
        for environment in environments:
            graph = checked_graph(system, environment)
            render_json(graph)
            resources += len(graph.resources)
    print(resources)


if __name__ == "__main__":
    main()
