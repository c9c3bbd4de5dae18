"""`seatrial cost --against`, `--break-even` and `--compare`: golden texts, JSON, mistakes."""

import json
from pathlib import Path

import click
import pytest

from seatrial.cli.cost import BILL, QUESTIONS, command
from seatrial.cli.cost_against import against
from seatrial.cli.cost_break_even import compare
from seatrial.mistake import Mistake
from tests.cli.command import seatrial
from tests.golden.costs import our_books
from tests.golden.documents import COMPARISONS, HOME, comparison
from tests.golden.systems import ROOT

SUPPORT = ROOT / "examples/support"


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparison_is_golden(name: str) -> None:
    file, text = HOME / f"{name}.txt", comparison(name)
    assert file.exists(), "run: make golden"
    assert file.read_text() == text, "read the difference, then run: make golden"
    assert not [line for line in text.splitlines() if len(line) > 80]


def test_no_golden_comparison_is_left_over() -> None:
    assert {file.name for file in HOME.iterdir()} == {f"{name}.txt" for name in COMPARISONS}


def test_the_same_as_json() -> None:
    with our_books():
        told = json.loads(against(ROOT / "examples/analytics", "seed", as_json=True))
    [table] = told["tables"]
    rows = {row["id"]: row for row in table["rows"]}
    assert rows["000-107"]["document"] == [400, 400]
    assert rows["000-107"]["list"]["expected"] == 845
    assert rows["000-107"]["difference"] == [445, 445]
    assert table["says"] == [1516, 1516]
    assert any("46 % more" in each for each in table["verdict"])


def test_a_document_without_a_table_says_so() -> None:
    with our_books():
        told = json.loads(against(ROOT / "examples/chat", "seed", as_json=True))
    assert told["tables"] == []
    assert told["without"] == "it names no price and no total"


OWN = """
from seatrial import Postgres, Service, System
db = Postgres("db", "16", size="db.t3.small")
system = System("shop", Service("api", ".", ["run"], port=80, uses=[db]))
"""


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "system.py").write_text(OWN)
    guess = tmp_path / "guess.toml"
    guess.write_text(
        "[[table]]\ntitle = 'Guess'\nsays = 30\n"
        "[[table.row]]\nid = 'db'\nusd = 30\nlines = [{ part = 'db', key = 'rds.*' }]\n"
    )
    with our_books():
        text = against(tmp_path, str(guess), as_json=False)
    assert (
        "db                                     30.00             28.58             -1.42" in text
    )


def test_a_system_that_no_document_describes(tmp_path: Path) -> None:
    (tmp_path / "system.py").write_text(OWN)
    with pytest.raises(Mistake, match="no seed document describes a system 'shop'"):
        against(tmp_path, "seed", as_json=False)


def test_environments_are_compared_over_a_measure() -> None:
    with our_books():
        told = json.loads(compare(SUPPORT, "demo,own-model", "llm.requests", as_json=True))
    assert [way["name"] for way in told["ways"]] == ["demo", "own-model"]
    [crossing] = told["crossings"]
    assert (crossing["from"], crossing["to"]) == ("demo", "own-model")
    assert 10_000 < crossing["a_day"] < 20_000


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ("llm.request", "there is no measure 'request'. Did you mean 'requests'?"),
        ("llm.response_kb", "there is no measure 'response_kb'."),
        ("lm.requests", "there is no part 'lm'. Did you mean 'llm'?"),
    ],
)
def test_what_cannot_be_compared(over: str, message: str) -> None:
    with pytest.raises(Mistake) as wrong:
        compare(SUPPORT, "demo", over, as_json=False)
    assert message in str(wrong.value)


@pytest.mark.parametrize("environments", ["demo", "", ",", "demo,demo", "demo,"])
def test_one_environment_is_not_compared(environments: str) -> None:
    with pytest.raises(Mistake, match="names no two environments"):
        compare(SUPPORT, environments, "llm.requests", as_json=False)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ("--budget 900", "--budget does not go with the bill; it goes with --optimize."),
        ("--patch 1", "--patch does not go with the bill; it goes with --optimize."),
        ("--every --diff HEAD", "--every does not go with --diff; it goes with --optimize."),
        (
            "--against seed --markdown",
            "--markdown does not go with --against; it goes with --diff, the bill.",
        ),
        (
            "--against seed --usage busy.toml",
            "--usage does not go with --against; it goes with --optimize, --diff, the bill.",
        ),
        ("--against seed --break-even seed", "--break-even does not go with --against."),
        ("--optimize --against seed --budget 9", "--against and --budget exclude each other."),
        ("--commit compute --json", "--commit and --json exclude each other."),
        ("--explain --markdown", "--explain and --markdown exclude each other."),
        ("--diff HEAD --json --markdown", "--json and --markdown exclude each other."),
        ("--optimize --explain", "--explain does not go with --optimize; it goes with the bill."),
        ("--optimize --commit compute=5 --commit compute=6", "compute stands twice."),
        ("--optimize --budget nan", "nan is no sum of money."),
        ("--optimize --budget -5", "-5 is no sum of money."),
        ("--optimize --patch -1", "-1 is not in the range x>=0."),
    ],
)
def test_options_that_do_not_go_together(arguments: str, wrong: str) -> None:
    done = seatrial(SUPPORT, "cost", *arguments.split())
    assert done.code == 2
    assert wrong in " ".join(done.err.split())


def test_every_option_goes_with_a_question() -> None:
    options = {each.opts[0] for each in command.params if isinstance(each, click.Option)}
    assert options == {*QUESTIONS, *(o for each in QUESTIONS.values() for o in each.takes)} - {BILL}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "e.toml: it holds no table. Write [[table]] with its rows."),
        ("environment = 'x'\nsays = 1", "e.toml: table 'A': System 'support': there is no environ"),
        ("says = 1\nchange = { dbb = {} }", "no part 'dbb' to change. Did you mean 'db'?"),
        ("says = 1\nchange = { db = { siez = 1 } }", "e.toml: table 'A': Postgres 'db' has no se"),
        ("says = 1\nusage = { dbb = { io = 1 } }", "no part 'dbb' to speak of. Did you mean 'db'"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_of_it(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "e.toml"
    file.write_text(f"[[table]]\ntitle = 'A'\n{text}" if text else "")
    done = seatrial(SUPPORT, "cost", "--against", str(file))
    assert (done.code, done.out) == (1, "")
    assert told in done.err
