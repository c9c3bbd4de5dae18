"""The rules themselves: all of them as a list, or one explained."""

import json
from collections.abc import Sequence

from seatrial.policy.rule import AREAS, Rule


def list_rules(rules: Sequence[Rule]) -> str:
    """Give a line for each rule, by area."""
    lines = []
    for area in AREAS:
        there = [each for each in rules if each.area == area]
        if there:
            lines += [area, *(f"  {_line(each)}" for each in there)]
    return "\n".join(lines) + "\n"


def _line(rule: Rule) -> str:
    return f"{rule.id}  {rule.severity:<7}  {rule.name}: {rule.why}"


def rules_document(rules: Sequence[Rule]) -> str:
    """Give the rules as JSON."""
    document = [
        {
            "rule": each.id,
            "name": each.name,
            "severity": each.severity,
            "area": each.area,
            "why": each.why,
            "source": each.source or None,
        }
        for each in rules
    ]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def explain(rule: Rule) -> str:
    """Give one rule whole: why, how, a bad and a good sample."""
    bad, good = rule.samples
    lines = [f"{rule.id} {rule.name} ({rule.severity}, {rule.area})", "", rule.why, ""]
    lines += [rule.explanation]
    if rule.source:
        lines += ["", f"Source: {rule.source}"]
    if bad:
        lines += ["", "Bad:", bad.rstrip(), "", "Good:", good.rstrip()]
    return "\n".join(lines) + "\n"
