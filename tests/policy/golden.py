"""The accepted findings: one JSON list for each environment of each example.

An entry is a tool, a rule, a resource's logical id and the reason why the
finding stays: it cites a row of a seed document or a cost. This module reads
and writes the lists and renders the templates that they speak of; it never
judges a reason.
"""

import json
from pathlib import Path

from click.testing import CliRunner

from seatrial.cli.main import cli
from seatrial.language.loading import load
from tests.policy.findings import Finding

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
LISTS = Path(__file__).parent / "golden"
INVENTORY = ROOT / "docs/seeds/inventory.json"

Environment = tuple[str, str]
"""An example's folder name and one of its environments."""


def environments() -> list[Environment]:
    """Give every environment and second region of every example, in a stable order."""
    return [
        (file.parent.name, name)
        for file in sorted(EXAMPLES.glob("*/system.py"))
        for name in load(file).deployments
    ]


def render(folder: Path) -> dict[Environment, Path]:
    """Write every environment's template into a folder, as `seatrial template` prints it."""
    written = {}
    for system, name in environments():
        path = folder / f"{system}.{name}.json"
        asked = ["template", str(EXAMPLES / system), "--env", name, "--out", str(path)]
        CliRunner().invoke(cli, asked, catch_exceptions=False, standalone_mode=False)
        written[system, name] = path
    return written


def list_of(environment: Environment) -> Path:
    """Give the file that holds an environment's accepted findings."""
    return LISTS / f"{environment[0]}.{environment[1]}.json"


def read(environment: Environment) -> dict[Finding, str]:
    """Give an environment's accepted findings with their reasons; none where there is no list."""
    path = list_of(environment)
    if not path.exists():
        return {}
    return {
        Finding(entry["tool"], entry["rule"], entry["resource"]): entry["reason"]
        for entry in json.loads(path.read_bytes())
    }


def write(environment: Environment, reasons: dict[Finding, str]) -> None:
    """Write a list, sorted, so that a change reads well in a diff."""
    entries = [{**each._asdict(), "reason": reasons[each]} for each in sorted(reasons)]
    text = json.dumps(entries, indent=2, ensure_ascii=False) + "\n"
    list_of(environment).write_text(text, encoding="utf-8")


def seed_rows() -> set[str]:
    """Give the ids of all rows of the seed documents."""
    return {row["id"] for row in json.loads(INVENTORY.read_bytes())}
