"""A page is as wide as its terminal, within bounds; a pipe gets the same page everywhere."""

import io
import sys

import pytest

from seatrial.cli import width
from seatrial.cli.cost_text import bill_text, explained, fitted
from tests.golden.costs import bill_of
from tests.golden.systems import graphs


class Terminal(io.StringIO):
    """A standard output that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("columns", "table", "sentences"),
    [(40, 58, 40), (60, 60, 60), (80, 80, 80), (200, 80, 100)],
)
def test_a_terminal_has_its_width(
    monkeypatch: pytest.MonkeyPatch, columns: int, table: int, sentences: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert (width.table(), width.sentences()) == (table, sentences)


@pytest.mark.parametrize("out", [io.StringIO(), None])
def test_a_pipe_has_none(monkeypatch: pytest.MonkeyPatch, out: io.StringIO | None) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys, "stdout", out)
    assert (width.table(), width.sentences()) == (80, 0)


@pytest.mark.parametrize("columns", [58, 66, 80])
def test_a_bill_fits_its_page(columns: int) -> None:
    from click import unstyle

    bill = bill_of(graphs("support")["production"])
    assert max(map(len, unstyle(bill_text(bill, columns)).splitlines())) <= columns
    for line in unstyle(explained(bill, columns)).splitlines():
        assert len(line) <= columns or len(max(line.split(), key=len)) > columns // 2


def test_a_name_that_is_cut_keeps_its_count() -> None:
    assert fitted("public IPv4 addresses x12", 20) == "public IPv4 add… x12"
    assert fitted("public IPv4 addresses", 12) == "public IPv4…"
    assert fitted("alarms x3", 9) == "alarms x3"
