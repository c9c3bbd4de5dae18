"""Every rule over one graph, in one order, with what is accepted marked.

Takes a graph and the answer to "does this reach that"; gives findings, the worst first,
then by rule and in the order of the resources. It never leaves a finding out: an accepted
one stays, with its reason.
"""

from collections.abc import Iterable
from datetime import date

from seatrial.graph import Graph, Resource
from seatrial.policy.accepted import accept
from seatrial.policy.plan import Plan, Reach
from seatrial.policy.rule import RULES, SEVERITIES, Fault, Finding, Rule


def findings(graph: Graph, reaches: Reach, today: date | None = None) -> list[Finding]:
    """Give what is wrong with a graph on a day, in time linear in its resources and arrows."""
    return ordered(accept(graph, look(Plan(graph, reaches, today), every_rule())), graph)


def every_rule() -> list[Rule]:
    """Give every rule, by id."""
    import seatrial.policy.rules  # noqa: F401, PLC0415 - registers them; they import this package

    return [RULES[id] for id in sorted(RULES)]


def look(plan: Plan, wanted: Iterable[Rule]) -> list[Finding]:
    """Give what some rules find in a plan, nothing accepted."""
    return [
        _finding(rule, fault, plan.graph.resources.get(fault.resource))
        for rule in wanted
        for fault in rule.look(plan)
    ]


def _finding(rule: Rule, fault: Fault, resource: Resource | None) -> Finding:
    part = fault.part or (resource.part if resource else "")
    return Finding(rule, resource, fault.path, fault.what, fault.edit, fault.template, part)


def ordered(found: Iterable[Finding], graph: Graph) -> list[Finding]:
    """Sort findings: severity, rule, resource, property."""
    place = {id: index for index, id in enumerate(graph.resources)}

    def key(each: Finding) -> tuple[int, str, int, str]:
        index = place.get(each.resource.id, -1) if each.resource else -1
        return SEVERITIES.index(each.rule.severity), each.rule.id, index, each.path

    return sorted(found, key=key)
