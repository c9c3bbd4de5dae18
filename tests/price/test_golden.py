"""Bills of the five systems are what they were, to the cent."""

from pathlib import Path

import pytest

from seatrial.price.quantity import Quantity
from tests.golden.costs import HOME, bill_of, golden_bills
from tests.golden.systems import EXAMPLES, graphs

FILES = list(golden_bills())
DEPLOYMENTS = [(example, name) for example in EXAMPLES for name in graphs(example)]


@pytest.mark.parametrize(("file", "text"), FILES, ids=[file.name for file, _ in FILES])
def test_bill_is_golden(file: Path, text: str) -> None:
    assert file.exists(), "run: make golden"
    assert file.read_text() == text, "read the difference, then run: make golden"


@pytest.mark.parametrize(("file", "text"), FILES, ids=[file.name for file, _ in FILES])
def test_a_bill_keeps_to_eighty_columns(file: Path, text: str) -> None:
    wide = [line for line in text.splitlines() if len(line) > 80 and "/" not in line]
    assert wide == []


def test_no_golden_bill_is_left_over() -> None:
    assert set(HOME.iterdir()) == {file for file, _ in FILES}


@pytest.mark.parametrize(("example", "name"), DEPLOYMENTS, ids=lambda each: each)
def test_every_line_is_priced_or_says_why_not(example: str, name: str) -> None:
    bill = bill_of(graphs(example)[name])
    for line in bill.lines:
        where = f"{line.part}: {line.component} of {line.resource}"
        assert line.part, where
        assert line.component, where
        if line.unknown:
            assert line.cost == Quantity(0, 0, 0), where
        elif line.quantity and line.usd is None:
            assert line.price is not None, where
            assert line.price.source, where
            assert line.price.date, where
            assert line.how, where


@pytest.mark.parametrize(("example", "name"), DEPLOYMENTS, ids=lambda each: each)
def test_every_resource_is_in_a_line_or_costs_nothing_by_a_rule(example: str, name: str) -> None:
    graph = graphs(example)[name]
    bill = bill_of(graph)
    told = {line.resource for line in bill.lines} | {each.resource for each in bill.free}
    assert graph.resources.keys() - told == set()
    assert not [line for line in bill.lines if line.unknown.startswith("Seatrial does not know")]
    assert all(each.source.startswith("https://") for each in bill.free)


@pytest.mark.parametrize(("example", "name"), DEPLOYMENTS, ids=lambda each: each)
def test_more_traffic_never_costs_less(example: str, name: str) -> None:
    bill = bill_of(graphs(example)[name])
    assert bill.total.low <= bill.total.expected <= bill.total.high
    for line in bill.lines:
        low, expected, high = line.cost.low, line.cost.expected, line.cost.high
        assert low <= expected <= high or low >= expected >= high, line
