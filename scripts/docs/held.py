"""Where each row of a seed document is held, and whether it truly is.

Takes `docs/held/<seed>.toml` and the inventory, gives rows with their places;
a place says what it lacks. It never changes a file.

    ["004-006"]
    resource = [{ id = "Vpc", property = "EnableDnsSupport", is = true }]

    resource   a value in the template of an example: `environment` (default production; a
               second region's is `production-recovery`),
               `id` and `property`, or `at`, a path from the template's root; then one of
               `is` (the whole value), `has` (texts within it) or `absent = true`
    pipeline   a value in what delivers the system, as with `resource`: `of` says in what,
               delivery.yml or pull-request.yml for GitHub, `bootstrap` for that stack's
               template, by default the template of the CodePipeline
    behaviour  a test, as pytest names it
    document   a file below docs/ and one of its headings; the section names the row
    otherwise  `because` and `source`, AWS's documentation
    later      `part`, what is to hold it and is not there yet

A path's step is a member's name, a number, or the Key, Name, name or Kind of a list's
member. `note` says what a reader should know besides.
"""

import ast
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import yaml

from scripts.docs.markdown import DOCS, ROOT, sections
from seatrial.graph import Graph
from seatrial.language.loading import load
from seatrial.lower import lower
from seatrial.pipeline.bootstrap import Budget, bootstrap
from seatrial.pipeline.codepipeline import codepipeline
from seatrial.pipeline.delivery import ORDER, delivery
from seatrial.pipeline.github import workflows
from seatrial.pipeline.repository import Repository
from seatrial.pipeline.source import all_suites
from seatrial.template import template

HELD = DOCS / "held"
INVENTORY = DOCS / "seeds" / "inventory.json"
KINDS = ("resource", "pipeline", "behaviour", "document", "otherwise", "later")
DELIVERS = ("pipeline", "bootstrap", "delivery.yml", "pull-request.yml")
"""The environments that stand for what delivers a system, the CodePipeline's template first."""
AWS_DOCUMENTATION = "https://docs.aws.amazon.com/"
_NAMES = ("Key", "Name", "name", "Kind")
_MISSING = object()


class Place(Protocol):
    """Where a row is held."""

    def lacks(self, row: str) -> str:
        """Say what is not there, "" if all is."""
        ...


@dataclass(frozen=True, slots=True)
class InTemplate:
    """A value in an example's template."""

    system: str
    environment: str
    path: tuple[str, ...]
    test: str
    expected: Any

    def lacks(self, row: str) -> str:  # noqa: ARG002 - a value stands for itself
        """Compare the value with what is expected."""
        if self.environment in DELIVERS:
            read = read_delivery(self.system)[self.environment]
        elif self.environment in (templates := read_templates(self.system)):
            read = templates[self.environment]
        else:
            return f"{self.system} has no environment {self.environment}"
        value = find(read, self.path)
        if self.test == "absent":
            return "" if value is _MISSING else f"{self.name} is there"
        if value is _MISSING:
            return f"{self.name} is not there"
        if self.test == "is":
            # As JSON, where 1 is not true.
            same = _json(value) == _json(self.expected)
            return "" if same else f"{self.name} is {_json(value)}"
        text = value if isinstance(value, str) else _json(value)
        wanting = [each for each in self.expected if each not in text]
        return f"{self.name} has no {', '.join(wanting)}" if wanting else ""

    @property
    def name(self) -> str:
        """The path, short: a resource's properties follow its logical id."""
        path = list(self.path)
        if path[0] == "Resources":
            path = [path[1], *(path[3:] if path[2:3] == ["Properties"] else path[2:])]
        return ".".join(path)


@dataclass(frozen=True, slots=True)
class InTest:
    """A test that shows a behaviour."""

    file: str
    test: str

    def lacks(self, row: str) -> str:  # noqa: ARG002 - a test stands for itself
        """Look for the test."""
        file = ROOT / self.file
        if not file.is_file():
            return f"there is no {self.file}"
        return "" if self.test in _tests(file) else f"{self.file} has no {self.test}"


@dataclass(frozen=True, slots=True)
class InDocument:
    """A section of a document that speaks of the row."""

    file: str
    heading: str

    def lacks(self, row: str) -> str:
        """Look for the section, and for the row in it."""
        file = DOCS / self.file
        if not file.is_file():
            return f"there is no docs/{self.file}"
        section = sections(file.read_text(encoding="utf-8")).get(self.heading)
        if section is None:
            return f"docs/{self.file} has no heading {self.heading!r}"
        return "" if row in section else f"{self.heading!r} does not name {row}"


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A value that AWS refuses today, and AWS's word for it."""

    because: str
    source: str

    def lacks(self, row: str) -> str:  # noqa: ARG002 - the reason stands for itself
        """Hold that there is a reason, and that the source is AWS's."""
        if not self.because:
            return "no reason is given"
        return "" if self.source.startswith(AWS_DOCUMENTATION) else "the source is not AWS's"


@dataclass(frozen=True, slots=True)
class Later:
    """What is to hold the row, and is not there yet."""

    part: str

    def lacks(self, row: str) -> str:  # noqa: ARG002 - the part stands for itself
        """Hold that the part is named."""
        return "" if self.part else "no part is named"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the inventory and the places that hold it."""

    id: str
    fact: str
    kind: str
    places: tuple[Place, ...]
    note: str = ""

    def lacks(self) -> list[str]:
        """Say what is not as it should be, [] if the row is held."""
        return [told for each in self.places if (told := each.lacks(self.id))]


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed document: its example and its rows; `waiting` names the rows not held yet."""

    number: str
    system: str
    document: str
    rows: tuple[Row, ...]
    waiting: tuple[str, ...]


def read_inventory(seed: str) -> list[Mapping[str, str]]:
    """Read a seed's facts."""
    rows: list[Mapping[str, str]] = json.loads(INVENTORY.read_text(encoding="utf-8"))
    return [each for each in rows if each["seed"] == seed]


def read_seeds() -> list[Seed]:
    """Read every seed whose rows are mapped."""
    return [_seed(file) for file in sorted(HELD.glob("*.toml"))]


def _seed(file: Path) -> Seed:
    written = tomllib.loads(file.read_text(encoding="utf-8"))
    system, document = written.pop("system"), written.pop("document")
    waiting = tuple(written.pop("waiting", ()))
    facts = {each["id"]: each["fact"] for each in read_inventory(file.stem)}
    rows = tuple(_row(id, facts.get(id, ""), system, each) for id, each in written.items())
    return Seed(file.stem, system, document, rows, waiting)


def _row(id: str, fact: str, system: str, written: Mapping[str, Any]) -> Row:
    places = dict(written)
    note = places.pop("note", "")
    ((kind, named),) = places.items()
    found: list[Place]
    match kind:
        case "resource":
            found = [_in_template(system, each) for each in named]
        case "pipeline":
            found = [
                _in_template(system, {**each, "environment": each.get("of", DELIVERS[0])})
                for each in named
            ]
        case "behaviour":
            found = [InTest(*each.split("::", 1)) for each in named]
        case "document":
            found = [InDocument(*each.split("#", 1)) for each in named]
        case "otherwise":
            found = [Otherwise(**named)]
        case "later":
            found = [Later(**named)]
        case _:
            raise ValueError(f"{id}: {kind!r} is no way to hold a row")
    return Row(id, fact, kind, tuple(found), note)


def _in_template(system: str, written: Mapping[str, Any]) -> InTemplate:
    claim = dict(written)
    environment = claim.pop("environment", "production")
    claim.pop("of", None)
    if "id" in claim:
        path = ["Resources", claim.pop("id"), "Properties", *_steps(claim.pop("property"))]
    else:
        path = _steps(claim.pop("at"))
    ((test, expected),) = claim.items()
    if test not in ("is", "has", "absent"):
        raise ValueError(f"{test!r} is no way to look at {'.'.join(path)}")
    return InTemplate(system, environment, tuple(path), test, expected)


def _steps(path: str | Sequence[str]) -> list[str]:
    return path.split(".") if isinstance(path, str) else list(path)


def find(value: Any, path: Sequence[str]) -> Any:
    """Follow a path; `_MISSING` where it ends before its time."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step, _MISSING)
        elif isinstance(value, list | tuple):
            value = _member(value, step)
        else:
            return _MISSING
    return value


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _member(values: Sequence[Any], step: str) -> Any:
    if step.isdigit():
        return values[int(step)] if int(step) < len(values) else _MISSING
    for each in values:
        if isinstance(each, Mapping) and step in [each.get(name) for name in _NAMES]:
            alone = each.keys() in ({"Key", "Value"}, {"Name", "Value"})
            return each["Value"] if alone else each
    return _MISSING


@cache
def read_templates(system: str) -> Mapping[str, dict[str, Any]]:
    """Give an example's template in each of its environments."""
    return {name: template(graph) for name, graph in read_graphs(system).items()}


@cache
def read_graphs(system: str) -> Mapping[str, Graph]:
    """Give an example's graph in each of its environments and second regions."""
    read = load(ROOT / "examples" / system)
    return {name: lower(read.in_environment(name)) for name in read.deployments}


@cache
def read_delivery(system: str) -> Mapping[str, dict[str, Any]]:
    """Give what delivers an example, by what it is called here."""
    graphs, home = read_graphs(system), f"examples/{system}"
    stages = [graphs[name] for name in ORDER if name in graphs]
    made = delivery(stages, Repository("acme", system), path=home)
    suites = all_suites(ROOT / home, made)
    found = {
        "pipeline": template(codepipeline(made, suites, "pipeline/delivery.sh")),
        "bootstrap": template(bootstrap(made, Budget(100, "ops@example.com"))),
    }
    for name, text in workflows(made, suites).items():
        if name.endswith(".yml"):
            # As GitHub reads it: `on` is a word, where YAML 1.1 has a truth.
            read = yaml.safe_load(text)
            found[Path(name).name] = {"on": read.pop(True), **read}
    return found


@cache
def _tests(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    return frozenset(each.name for each in functions if each.name.startswith("test_"))
