"""Read, price, check and ask public templates: python -m benchmarks.foreign FOLDER [--write].

FOLDER holds copies of the templates that `foreign.toml` names, at owner+name/path, fetched by
hand (they are not kept here), and gets CDK's output for the comparison architecture. Each goes
through `seatrial cost`, `check` and `reach` as a user gives them. Bars: none fails; at least 90 %
of the resources are priced or free by rule; each answer is the one that was given by hand before.

A resource counts as priced when no price of it is missing: a line that only wants to know how
much it is used has its price. `--write` puts the table into docs/foreign-templates.md. Exit
code 1 when a bar does not hold.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from seatrial.mistake import Mistake
from seatrial.template.reading import read_template

ROOT = Path(__file__).parent.parent
MANIFEST = Path(__file__).parent / "foreign.toml"
PAGE = ROOT / "docs" / "foreign-templates.md"
BEGIN, END = "<!-- table: python -m benchmarks.foreign -->", "<!-- end of table -->"
REGION = "us-east-1"
LEAST = 0.9
NUMBERS = (
    *("resources", "priced or free", "USD a month", "findings"),
    *("answers right", "assumptions"),
)


@dataclass
class Result:
    """What came of one template."""

    title: str
    address: str
    resources: int = 0
    covered: int = 0
    total: float = 0.0
    findings: int = 0
    right: int = 0
    asked: int = 0
    assumptions: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Give the share of resources that are priced or free by rule."""
        return self.covered / self.resources if self.resources else 0.0


def run(command: str, *words: str) -> tuple[str, str]:
    """Run a command as it is called; give what it printed, and what went wrong."""
    found: click.Command = import_module(f"seatrial.cli.{command}").command
    done = CliRunner().invoke(found, words)
    error = done.exception
    if error is None or (isinstance(error, SystemExit) and done.exit_code in (0, 1)):
        return done.stdout, ""
    if isinstance(error, Mistake):
        return done.stdout, f"{command}: {error}"
    return done.stdout, f"{command}: {type(error).__name__} {' '.join(str(error).split())[:200]}"


def attempt(entry: dict[str, Any], file: Path) -> Result:
    """Put one template through all three commands."""
    result = Result(entry["title"], address(entry))
    try:
        reading = read_template(file, region=REGION)
    except Mistake as mistake:
        result.wrong.append(f"read: {mistake}")
        return result
    result.resources = len(reading.graph.resources)
    result.assumptions = len(reading.assumptions)
    template = ("--template", str(file), "--region", REGION)
    printed, wrong = run("cost", *template, "--json")
    if not wrong:
        _take_cost(result, json.loads(printed), reading.graph.resources.keys())
    printed, wrong_check = run("check", *template, "--json")
    if not wrong_check:
        result.findings = len(json.loads(printed)["findings"])
    result.wrong += [each for each in (wrong, wrong_check) if each]
    for question in entry["ask"]:
        result.asked += 1
        printed, wrong = run("reach", question["from"], question["to"], *template, "--json")
        if wrong:
            result.wrong.append(wrong)
            continue
        answer = json.loads(printed)["reached"]
        result.right += answer == question["open"]
        if answer != question["open"]:
            said = "yes" if answer else "no"
            result.wrong.append(
                f"reach {question['from']} {question['to']}: {said}; by hand: {question['why']}"
            )
    return result


def _take_cost(result: Result, bill: dict[str, Any], ids: Any) -> None:
    missing: dict[str, str] = {}
    for line in bill["lines"]:
        lacks = line["unknown"] and not (line["wants"] and line["price"])
        if lacks and line["resource"] in ids:
            missing.setdefault(line["resource"], line["unknown"])
    result.covered = result.resources - len(missing)
    result.total = bill["total"]["expected"]
    result.wrong += [f"cost {id}: {why}" for id, why in missing.items()]


def address(entry: dict[str, Any]) -> str:
    """Give where a template is from, as Markdown."""
    if "repository" not in entry:
        return f"`{entry['made_by']}`"
    at = f"https://github.com/{entry['repository']}/blob/{entry['commit']}/{entry['path']}"
    return f"[{entry['repository']}@{entry['commit'][:7]}]({at})"


def place(entry: dict[str, Any], folder: Path) -> Path:
    """Give a template's file; CDK's output is made where it is not there."""
    if "repository" in entry:
        owner_name: str = entry["repository"].replace("/", "+")
        return folder / owner_name / entry["path"]
    file: Path = folder / entry["path"]
    if not file.exists():
        from benchmarks.compile import cdk_python, environment  # noqa: PLC0415

        file.parent.mkdir(parents=True, exist_ok=True)
        words = [str(cdk_python()), str(ROOT / entry["made_by"]), str(file.parent)]
        with tempfile.TemporaryDirectory() as bytecode:
            subprocess.run(words, check=True, env=environment(bytecode), capture_output=True)
    return file


def table(results: list[Result]) -> Iterator[str]:
    """Give the table's lines."""
    heads = ("template", "source", *NUMBERS)
    yield f"| {' | '.join(heads)} |"
    yield f"| --- | --- |{' ---: |' * len(NUMBERS)}"
    for each in results:
        yield (
            f"| {each.title} | {each.address} | {each.resources} | {each.share:.0%} "
            f"| {each.total:,.2f} | {each.findings} | {each.right} of {each.asked} "
            f"| {each.assumptions} |"
        )


def main() -> int:
    """Run all, print the table and what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    entries = tomllib.loads(MANIFEST.read_text())["template"]
    results = [attempt(each, place(each, given.folder)) for each in entries]
    lines = "\n".join(table(results))
    print(lines)
    for each in results:
        print(
            *(f"{each.title}: {wrong}" for wrong in each.wrong),
            sep="\n",
            end="\n" * bool(each.wrong),
        )
    if given.write:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{lines}\n{END}{rest.partition(END)[2]}")
    good = all(each.share >= LEAST and each.right == each.asked for each in results)
    return 0 if good and len(results) > 10 else 1


if __name__ == "__main__":
    sys.exit(main())
