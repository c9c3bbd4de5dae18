"""Compile a system of so many workers through the library: growth.py COUNT."""

import sys
import tempfile
from pathlib import Path

from seatrial.cli.options import checked_graph
from seatrial.language.loading import load
from seatrial.template import render_json

HEAD = """from seatrial import Postgres, Scale, Service, System
db = Postgres("db", version="15", size="db.t3.micro")
"""
WORKER = 'w{0} = Service("w{0}", "app", ["run"], uses=[db], tasks=Scale(min=1, max=4, cpu=70))\n'


def main() -> None:
    """Write the description, compile it, say how large it is."""
    count = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app").mkdir()
        names = ", ".join(f"w{number}" for number in range(count))
        workers = "".join(WORKER.format(number) for number in range(count))
        system = f'system = System("growth", {names})\n'
        (Path(folder) / "system.py").write_text(HEAD + workers + system)
        graph = checked_graph(load(Path(folder)), "production")
        print(len(graph.resources), len(render_json(graph)))


if __name__ == "__main__":
    main()
