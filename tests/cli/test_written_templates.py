"""A template that Seatrial wrote is priced, checked and asked as the system that it is of."""

from datetime import date
from typing import Any

import pytest

from seatrial.cli.checking import reaches
from seatrial.cli.pricing import priced
from seatrial.graph import Graph
from seatrial.policy import findings
from seatrial.reach import Reach
from seatrial.template.reading import read_template
from tests.golden.systems import EXAMPLES, FOLDER, graphs

GOLDEN = [(example, name) for example in EXAMPLES for name in graphs(example)]
TODAY = date(2026, 11, 21)


def found(graph: Graph) -> list[Any]:
    """Give what is found, but for the place, which is a line of the template."""
    return [
        (each.rule.id, of and of.id, each.path, each.what, each.edit, each.accepted, each.part)
        for each in findings(graph, reaches(graph), TODAY)
        for of in [each.resource]
    ]


@pytest.fixture(autouse=True)
def _our_books(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any) -> None:
    monkeypatch.setenv("SEATRIAL_PRICES", str(tmp_path_factory.mktemp("none")))


@pytest.mark.parametrize(("example", "name"), GOLDEN, ids=[".".join(each) for each in GOLDEN])
def test_a_golden_template_is_what_its_system_is(example: str, name: str) -> None:
    direct = graphs(example)[name]
    read = read_template(FOLDER / f"{example}.{name}.json", region=direct.region).graph
    assert priced(read) == priced(direct)
    assert Reach(read).all == Reach(direct).all
    assert found(read) == found(direct)
