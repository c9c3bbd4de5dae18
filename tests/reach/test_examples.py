"""The five systems: their golden tables, and nothing more open than what `uses` asks for."""

from pathlib import Path

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Uses
from seatrial.reach import Reach
from tests.golden.systems import EXAMPLES, graphs
from tests.reach.golden import FOLDER, golden_files

SYSTEMS = [(example, name) for example in EXAMPLES for name in graphs(example)]


@pytest.mark.parametrize(("file", "text"), [(f, t) for f, t in golden_files()], ids=str)
def test_golden_files(file: Path, text: str) -> None:
    assert file.exists(), f"{file.name}: run make golden"
    assert file.read_text() == text, f"{file.name}: run make golden, and read the difference"


def test_no_golden_file_is_left_over() -> None:
    assert set(FOLDER.iterdir()) == {file for file, _ in golden_files()}


def homes(graph: Graph, part: str) -> set[str]:
    """Give the parts whose machines a part stands for: a topic's cluster, a program's machine."""
    reach = Reach(graph)
    try:
        return {each.part for each in reach.ends(part)}
    except Exception:
        return set()


@pytest.mark.parametrize(("example", "name"), SYSTEMS)
def test_nothing_more_is_open_than_uses(example: str, name: str) -> None:
    """Between parts only what `uses` says is open; beside it, what the internet has anyway.

    The ways out, endpoints of AWS's APIs, what a load balancer is asked, and the nodes of
    one part among themselves are not said by `uses`.
    """
    graph = graphs(example)[name]
    reach = Reach(graph)
    wanted = {
        (start, end)
        for each in graph.annotated(Uses)
        for start in homes(graph, each.part)
        for end in homes(graph, each.used)
    }
    beside = {
        each.part
        for each in reach.ways.interfaces.values()
        if each.noun in ("load balancer", "endpoint") or each.id == "CloudFront"
    }
    more = [
        f"{row.source} -> {row.target}"
        for row in reach.all
        if (row.source, row.target) not in wanted
        and row.source != row.target
        and "internet" not in (row.source, row.target)
        and row.target not in beside
        and row.source not in beside
    ]
    assert more == []


@pytest.mark.parametrize(("example", "name"), SYSTEMS)
def test_what_uses_asks_for_is_open(example: str, name: str) -> None:
    graph = graphs(example)[name]
    reach = Reach(graph)
    for each in graph.annotated(Uses):
        if homes(graph, each.part) and homes(graph, each.used) - homes(graph, each.part):
            assert reach.reaches(each.part, each.used), f"{each.part} -> {each.used}"


@pytest.mark.parametrize(("example", "name"), SYSTEMS)
def test_no_database_is_open_to_the_internet(example: str, name: str) -> None:
    reach = Reach(graphs(example)[name])
    for each in reach.ways.interfaces.values():
        if each.noun in ("database", "cache", "brokers", "search domain", "proxy"):
            assert not reach.reaches("internet", each.id)
