"""`seatrial cost --optimize`: golden plans, the patch of a step, a budget, JSON."""

import json
from pathlib import Path

import pytest

from seatrial.cli.checking import Checked, reaches
from seatrial.cli.cost_optimize import Search, cheapest
from seatrial.language.loading import load, read
from seatrial.lower import lower
from seatrial.mistake import Mistake
from seatrial.optimize.choices import choices
from seatrial.optimize.edit import values
from seatrial.policy import findings
from tests.golden.cheapest import HOME, plan_text
from tests.golden.checks import TODAY
from tests.golden.costs import our_books
from tests.golden.systems import EXAMPLES, ROOT

SMALL = ROOT / "examples/fastapi-app"


@pytest.mark.parametrize("example", EXAMPLES)
def test_plan_is_golden(example: str) -> None:
    file = HOME / f"{example}.txt"
    assert file.exists(), "run: make golden"
    assert file.read_text() == plan_text(example), "read the difference, then run: make golden"
    assert not [line for line in plan_text(example).splitlines() if len(line) > 80]


def test_no_golden_plan_is_left_over() -> None:
    assert {file.stem for file in HOME.iterdir()} == set(EXAMPLES)


@pytest.mark.parametrize("example", ["fastapi-app", "analytics", "support"])
def test_findings_are_those_of_check(example: str) -> None:
    """Also where the network is taken from a graph that differs in sizes alone."""
    here = load(ROOT / "examples" / example).in_environment("production")
    made, checked = choices(here), Checked(TODAY)
    checked.findings(lower(here))
    for number, option in enumerate(made.grid):
        chosen = tuple(int(each == number) for each in range(len(made.grid)))
        try:
            graph = lower(here.varied(*values(made.changes(chosen))))
        except Mistake:
            continue
        theirs = {
            (each.rule.id, each.part, each.path) for each in findings(graph, reaches(graph), TODAY)
        }
        ours = {(each.rule.id, each.part, each.path) for each in checked.findings(graph)}
        assert ours == theirs, option.alternatives[1].settings


def test_a_step_as_a_patch_is_the_edit(tmp_path: Path) -> None:
    with our_books():
        told = json.loads(cheapest(SMALL, "production", Search(as_json=True)))
        patch = cheapest(SMALL, "production", Search(patch=0))
    assert told["steps"][0]["given_up"] == []
    text = (SMALL / "system.py").read_text()
    for line in patch.splitlines()[2:]:
        if line.startswith("-"):
            text = text.replace(line[1:], "", 1)
        if line.startswith("+"):
            assert line[1:] not in text
    added = [line[1:] for line in patch.splitlines()[2:] if line.startswith("+")]
    edits = [each["settings"] for each in told["steps"][0]["edits"]]
    for settings in edits:
        for name, value in settings.items():
            assert any(f"{name}={value}" in line for line in added)
    assert read((SMALL / "system.py").read_text(), SMALL / "system.py").name == "fastapi-app"


def test_there_is_no_such_step() -> None:
    with our_books(), pytest.raises(Mistake, match="there is no step 99"):
        cheapest(SMALL, "production", Search(patch=99))


@pytest.mark.parametrize(("usd", "reached"), [(190, True), (20, False)])
def test_a_budget_is_reached_or_says_what_stops_it(usd: float, reached: bool) -> None:
    with our_books():
        told = json.loads(cheapest(SMALL, "production", Search(budget=usd, as_json=True)))
        text = cheapest(SMALL, "production", Search(budget=usd))
    assert told["budget"] == {"usd": usd, "said": None, "reached": reached}
    assert ("not reached" in text) != reached
    assert ("what is left in it" in text) != reached


def test_a_commitment_by_its_buyers_word() -> None:
    with our_books():
        text = cheapest(SMALL, "production", Search(commitments=("reserved=35",)))
    assert "buy the reserved commitment at 35 % off by your word" in text
    assert "commitments (compute, database)" in text


SHOP = """from seatrial import Postgres, Service, System

db = Postgres("db", version="16", size="db.t3.small")
api = Service("api", "app", ["run"], port=80, uses=[db])
system = System("shop", api)
"""


def test_every_combination_gives_the_same_plan(tmp_path: Path) -> None:
    """A small system: parts of the examples' grids are tried in tests/optimize/test_plan.py."""
    (tmp_path / "app").mkdir()
    (tmp_path / "system.py").write_text(SHOP)
    with our_books():
        quick = json.loads(cheapest(tmp_path, "production", Search(as_json=True)))
        whole = json.loads(cheapest(tmp_path, "production", Search(as_json=True, every=True)))
    assert quick["steps"] == whole["steps"]
    assert whole["measured"] == whole["combinations"] > 4 * quick["measured"]
