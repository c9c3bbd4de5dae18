"""Make what `up` asks for ready before anything changes: frozen sources, environments, sites.

Takes a graph and the folder of its `system.py`; gives `Wanted`. It changes
nothing that runs: whatever is wrong with a source is told here.
"""

from collections.abc import Callable
from pathlib import Path

from seatrial.graph import Graph
from seatrial.graph.annotations import Site, Source
from seatrial.local.pace import Pace
from seatrial.local.source import build_site, environment, snapshot
from seatrial.local.store import Store
from seatrial.local.wanted import Built, Wanted


def prepare(
    graph: Graph, folder: Path, store: Store, pace: Pace, progress: Callable[[str], None]
) -> Wanted:
    """Freeze every source folder of the graph and make its environment; build the websites."""
    built = {}
    for name in dict.fromkeys(each.folder for each in graph.annotated(Source)):
        version = snapshot(folder / name, store / "versions")
        programs = environment(version.folder, progress=progress)
        built[name] = Built(version.digest, version.folder, programs)
    sites = {
        each.bucket: build_site(
            folder / each.folder, each.build, each.output, store.folder, progress
        )
        for each in graph.annotated(Site)
    }
    return Wanted(graph, built, pace, sites)
