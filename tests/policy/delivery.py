"""The stacks that deliver each example, for the tools, and what they may say of them.

Bootstrap stack and CodePipeline of every example, as `seatrial pipeline` makes
them, are looked at as the systems' own templates are. They are alike from
system to system, so one list for each kind of stack holds a tool, a rule, a
type, every resource of every example where it speaks, and one reason.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from seatrial.pipeline.bootstrap import Budget, bootstrap
from seatrial.pipeline.codepipeline import codepipeline
from seatrial.template import render_json
from tests.golden.systems import EXAMPLES
from tests.pipeline.systems import of_example, suites
from tests.policy.findings import Findings

KINDS = ("bootstrap", "codepipeline")
LISTS = Path(__file__).parent / "delivery"
Written = dict[tuple[str, str], Path]
"""Templates by kind and example."""


class Rule(NamedTuple):
    """One rule of one tool that resources of one type break."""

    tool: str
    rule: str
    type: str


def render(folder: Path) -> Written:
    """Write both stacks of every example into a folder."""
    written = {}
    for name in EXAMPLES:
        made = of_example(name)
        graphs = {
            "bootstrap": bootstrap(made, Budget(120, "ops@example.com")),
            "codepipeline": codepipeline(made, suites(name), "pipeline/delivery.sh"),
        }
        for kind, graph in graphs.items():
            path = folder / f"{name}.{kind}.json"
            path.write_text(render_json(graph))
            written[kind, name] = path
    return written


def places(findings: Findings, written: Written, kind: str) -> dict[Rule, dict[str, list[str]]]:
    """Give what was found in a kind of stack: by rule, the resources of each example."""
    found: dict[Rule, dict[str, list[str]]] = {}
    for (this, name), path in written.items():
        if this != kind:
            continue
        resources = json.loads(path.read_bytes())["Resources"]
        for each in sorted(findings[path]):
            rule = Rule(each.tool, each.rule, resources[each.resource]["Type"])
            found.setdefault(rule, {}).setdefault(name, []).append(each.resource)
    return found


def read(kind: str) -> dict[Rule, tuple[dict[str, list[str]], str]]:
    """Give the accepted findings of a kind of stack, with where they are and the reason."""
    path = LISTS / f"{kind}.json"
    if not path.exists():
        return {}
    return {
        Rule(each["tool"], each["rule"], each["type"]): (each["where"], each["reason"])
        for each in json.loads(path.read_bytes())
    }


def write(kind: str, found: dict[Rule, dict[str, list[str]]]) -> Iterator[str]:
    """Write a list, sorted, with the reasons that are there; say what has none yet."""
    kept = {rule: reason for rule, (_, reason) in read(kind).items()}
    entries = [
        {**rule._asdict(), "where": found[rule], "reason": kept.get(rule, "")}
        for rule in sorted(found)
    ]
    LISTS.mkdir(exist_ok=True)
    text = json.dumps(entries, indent=2, ensure_ascii=False) + "\n"
    (LISTS / f"{kind}.json").write_text(text, encoding="utf-8")
    return (" ".join(rule) for rule in sorted(found) if not kept.get(rule))
