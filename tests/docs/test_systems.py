"""Every row of a mapped seed document is held where docs/systems.md says it is."""

import ast
import json
import operator
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.docs import held, systems
from scripts.docs.held import InDocument, InTemplate, InTest, Otherwise, Row, Seed
from scripts.docs.markdown import DOCS, ROOT, sections
from seatrial.template import render_yaml
from seatrial.template.limits import INLINE_BYTES

SEEDS = held.read_seeds()
ROWS = [pytest.param(seed, row, id=row.id) for seed in SEEDS for row in seed.rows]
MOST_OTHERWISE = 0.05
MOST_LATER = 0.15


def test_the_document_is_up_to_date() -> None:
    assert (DOCS / "systems.md").read_text() == systems.render(), "make golden writes it anew"


def test_the_inventory_is_whole() -> None:
    rows = json.loads(held.INVENTORY.read_text())
    assert len(rows) == 600
    assert len({each["id"] for each in rows}) == 600
    assert all(each["id"].startswith(each["seed"] + "-") for each in rows)


def test_seed_004_is_mapped() -> None:
    assert "004" in [seed.number for seed in SEEDS]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.number)
def test_every_row_of_the_inventory_is_mapped_once(seed: Seed) -> None:
    wanted = [each["id"] for each in held.read_inventory(seed.number)]
    assert [row.id for row in seed.rows] == wanted
    assert (ROOT / "examples" / seed.system / "system.py").is_file()


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.number)
def test_few_rows_are_held_otherwise(seed: Seed) -> None:
    otherwise = [row.id for row in seed.rows if row.kind == "otherwise"]
    assert len(otherwise) <= MOST_OTHERWISE * len(seed.rows), otherwise


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.number)
def test_few_rows_are_held_later(seed: Seed) -> None:
    later = [row.id for row in seed.rows if row.kind == "later"]
    assert len(later) <= MOST_LATER * len(seed.rows), later


@pytest.mark.parametrize(("seed", "row"), ROWS)
def test_a_row_is_held_where_it_is_said_to_be(seed: Seed, row: Row) -> None:
    assert row.places
    lacks = row.lacks()
    if row.id in seed.waiting:
        assert lacks, f"{row.id} is held now: take it off the rows that wait"
    else:
        assert lacks == []


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.number)
def test_only_known_rows_wait(seed: Seed) -> None:
    assert set(seed.waiting) <= {row.id for row in seed.rows}


# -- a place that is not as it is said to be is seen ---------------------------------------------


def in_template(path: str, test: str, expected: object, environment: str = "production") -> str:
    return InTemplate("fastapi-app", environment, tuple(path.split(".")), test, expected).lacks("")


@pytest.mark.parametrize(
    ("path", "test", "expected"),
    [
        ("Resources.Vpc.Properties.CidrBlock", "is", "10.1.0.0/16"),
        ("Resources.Vpc.Properties.Nothing", "is", True),
        ("Resources.Nothing.Type", "is", "AWS::EC2::VPC"),
        ("Resources.Vpc.Properties.CidrBlock.Deeper", "is", "10.0.0.0/16"),
        ("Resources.Vpc.Properties.CidrBlock", "absent", True),
        ("Resources.Dashboard.Properties.DashboardBody", "has", ["RequestCount", "Unheard"]),
        ("Resources.LoadBalancerGroup.Properties.SecurityGroupIngress.9", "is", {}),
        ("Metadata.Seatrial.Annotations.Unheard.rto", "is", 900),
    ],
)
def test_a_wrong_value_is_seen(path: str, test: str, expected: object) -> None:
    assert in_template(path, test, expected)


@pytest.mark.parametrize(
    ("path", "of", "held"),
    [
        ("on.push.branches", "delivery.yml", ["main"]),
        (
            "jobs.production.steps.Update the stack.run",
            "delivery.yml",
            "bash .github/delivery.sh update",
        ),
        ("on.pull_request.branches", "pull-request.yml", ["main"]),
        ("Resources.Budget.Type", "bootstrap", "AWS::Budgets::Budget"),
        ("Resources.Pipeline.Type", "pipeline", "AWS::CodePipeline::Pipeline"),
    ],
)
def test_what_delivers_is_looked_at(path: str, of: str, held: object) -> None:
    assert in_template(path, "is", held, of) == ""
    assert in_template(path, "is", "another", of)
    assert in_template(f"{path}.Deeper", "is", held, of)


def test_a_number_is_no_text_and_no_truth() -> None:
    assert in_template("Resources.DbInstance.Properties.MaxAllocatedStorage", "is", "100")
    assert in_template("Resources.DbInstance.Properties.MultiAZ", "is", 1)


def test_an_unknown_environment_is_seen() -> None:
    assert in_template("Resources.Vpc.Type", "is", "AWS::EC2::VPC", "nowhere")


def test_a_missing_test_is_seen() -> None:
    file = str(Path(__file__).relative_to(ROOT))
    assert InTest(file, "test_a_missing_test_is_seen").lacks("") == ""
    assert InTest(file, "test_nothing_of_the_kind").lacks("")
    assert InTest(file, "in_template").lacks("")
    assert InTest("tests/docs/test_nothing.py", "test_it").lacks("")


def test_a_section_that_does_not_name_the_row_is_seen() -> None:
    file = "systems/fastapi-app.md"
    assert InDocument(file, "Monthly cost").lacks("004-089") == ""
    assert InDocument(file, "Monthly cost").lacks("004-098")
    assert InDocument(file, "Weekly cost").lacks("004-089")
    assert InDocument("systems/nothing.md", "Monthly cost").lacks("004-089")


def test_a_reason_without_awss_word_is_seen() -> None:
    assert Otherwise("", held.AWS_DOCUMENTATION).lacks("")
    assert Otherwise("because", "https://example.com/").lacks("")
    assert Otherwise("because", held.AWS_DOCUMENTATION + "x").lacks("") == ""


# -- fastapi-app's own page ----------------------------------------------------------------------

PAGE = (DOCS / "systems" / "fastapi-app.md").read_text()
OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Mult: operator.mul,
}


def calculate(node: ast.expr) -> float:
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](calculate(node.left), calculate(node.right))
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int | float)
    return float(node.value)


def cost_lines() -> Iterator[list[str]]:
    for line in sections(PAGE)["Monthly cost"].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if any(cell.startswith("`") for cell in cells):
            yield cells


def test_the_sums_of_the_cost_tables_are_right() -> None:
    lines = list(cost_lines())
    assert len(lines) == 13
    for cells in lines:
        (made,) = (cell for cell in cells if cell.startswith("`"))
        told = float(cells[cells.index(made) - 1])
        expression = ast.parse(made.strip("`"), mode="eval").body
        assert f"{calculate(expression) + 1e-9:.2f}" == f"{told:.2f}", cells


def test_the_sums_in_the_text_are_right() -> None:
    found = re.findall(r"`([\d.* +]+)` = ([\d.]+\d)", PAGE)
    assert len(found) == 2
    for made, told in found:
        assert f"{calculate(ast.parse(made, mode='eval').body):.2f}" == told


def test_the_seeds_figures_are_the_seeds() -> None:
    facts = {each["id"]: each["fact"] for each in held.read_inventory("004")}
    rows = [cells for cells in cost_lines() if cells[0] in facts]
    assert [cells[0] for cells in rows] == [f"004-{number:03}" for number in range(89, 98)]
    for cells in rows:
        assert f"${cells[2]}" in facts[cells[0]], cells


def test_the_yaml_template_fits_into_a_call() -> None:
    """The page deploys it without a bucket."""
    graph = held.read_graphs("fastapi-app")["production"]
    assert len(render_yaml(graph).encode()) <= INLINE_BYTES
