"""A table of one's own is read, and what is wrong in it is told in one message."""

from pathlib import Path

import pytest

from seatrial.mistake import Mistake
from seatrial.price.document import SEEDS, document

GOOD = """
document = "estimate"
[[table]]
title = "Guess"
says = 12
[table.usage]
api = { requests = [1, 2, 3] }
[[table.row]]
id = "1"
usd = [5, 7]
lines = [{ part = "api" }]
"""


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "guess.toml"
    file.write_text(GOOD)
    [table] = document(file).tables
    assert (table.title, table.says, table.environment) == ("Guess", (12, 12), "production")
    assert table.row[0].usd == (5, 7)
    assert table.row[0].lines[0].part == "api"
    said = table.usage.get("requests", "api")
    assert said is not None
    assert (said.quantity.high, said.by) == (3, "guess.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[table", "this is not TOML"),
        ("table = 3", "table must be a list of tables, not 3."),
        ("nonsense = 1", "nothing is called 'nonsense' here."),
        ("[[table]]\ntitel = 'x'", "nothing is called 'titel' here. Did you mean 'title'?"),
        ("[[table]]\ntitle = 3", "title must be a text, not 3."),
        ("[[table]]\nsays = [3, 2]", "says must be a number, or two: from and to"),
        ("[[table]]\nsays = 'much'", "says must be a number, or two: from and to"),
        ("[[table]]\nrow = [{ id = 'a' }]", "row a: a row needs usd"),
        ("[[table]]\ntitle = 'x'", "a table needs rows, or a total that it says."),
        ("[[table]]\nsays = nan", "says must be a number, or two"),
        ("[[table]]\nrow = [{ usd = 1, lines = [{ prt = 'db' }] }]", "nothing is called 'prt'"),
        ("[[table]]\nrow = [{ usd = 1, direct = [{ k = 1 }] }]", "quantity must be a number"),
        ("\n\ntable = [", ":3: this is not TOML: invalid value."),
        ("[[table]]\nchange = { db = 3 }", "change must be a table of parts"),
        ("[[table]]\nusage = { api = { request = 1 } }", "there is no measure 'request'."),
        (
            "[[table]]\nusage = { api = { requests = [1] } }",
            "usage.api.requests: three figures are wanted",
        ),
        ("[break_even]\nvolumes = 3", "volumes must be a list of numbers, not 3."),
        ("[break_even]\nvolumes = [1]\nvariant = [{ per = { month = 'x' } }]", "must be a number"),
    ],
)
def test_what_is_wrong_is_told(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "guess.toml"
    file.write_text(text)
    with pytest.raises(Mistake) as wrong:
        document(file)
    assert message in str(wrong.value)
    assert str(wrong.value).startswith(str(file))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="cannot read"):
        document(tmp_path / "none.toml")


@pytest.mark.parametrize("file", sorted(SEEDS.glob("*.toml")), ids=lambda file: file.stem)
def test_each_seed_is_read(file: Path) -> None:
    assert document(file).name.endswith(".txt")
