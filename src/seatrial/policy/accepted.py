"""What is accepted: by `system.accept(...)`, or in a foreign template by a resource's Metadata.

Takes a graph and findings, gives the findings with the reasons in their places, and a
finding for each acceptance that names no rule or matches nothing: it would hide the next
fault in silence.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from seatrial.graph import Graph
from seatrial.graph.annotations import Suppression
from seatrial.mistake import closest
from seatrial.policy.plan import Plan
from seatrial.policy.rule import RULES, Fault, Finding, rule


@rule(
    "ST001",
    "unknown-acceptance",
    "warning",
    "promises",
    why="What is accepted under a name that no rule has is accepted by nobody.",
)
def unknown_acceptance(plan: Plan) -> Iterator[Fault]:  # noqa: ARG001 - every rule's signature
    """Tell of an acceptance that names no rule; `accept` finds it, not the plan."""
    return iter(())


@rule(
    "ST002",
    "idle-acceptance",
    "note",
    "promises",
    why="An acceptance that matches nothing hides the next fault in silence.",
)
def idle_acceptance(plan: Plan) -> Iterator[Fault]:  # noqa: ARG001 - every rule's signature
    """Tell of an acceptance that no finding needs; `accept` finds it, not the plan."""
    return iter(())


UNKNOWN, IDLE = RULES["ST001"], RULES["ST002"]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One acceptance: `part` or `resource` is "" where it is for all of them."""

    rule: str
    part: str
    resource: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Tell whether a finding is what was accepted."""
        return (
            self.rule in (finding.rule.id, finding.rule.name)
            and self.part in ("", finding.part)
            and self.resource in ("", finding.resource.id if finding.resource else "")
        )

    def __str__(self) -> str:
        """Give it as it is written."""
        return f"accept({self.rule!r}{f', {self.part!r}' if self.part else ''})"


def accept(graph: Graph, found: Iterable[Finding]) -> list[Finding]:
    """Mark what is accepted, and add what is wrong with the acceptances themselves."""
    marked, used = _marked(graph, found)
    # A rule of another tool, e.g. `checkov:CKV_AWS_18`, is there only when that tool has run.
    ours = [each for each in acceptances(graph) if ":" not in each.rule]
    return [*marked, *(_wrong(each, graph) for each in ours if each not in used)]


def mark(graph: Graph, found: Iterable[Finding]) -> list[Finding]:
    """Mark what is accepted, and say nothing of the acceptances: they may be for other rules."""
    return _marked(graph, found)[0]


def _marked(graph: Graph, found: Iterable[Finding]) -> tuple[list[Finding], set[Acceptance]]:
    by_rule: dict[str, list[Acceptance]] = {}
    for each in acceptances(graph):
        by_rule.setdefault(each.rule, []).append(each)
    used: set[Acceptance] = set()
    marked = []
    for finding in found:
        there = by_rule.get(finding.rule.id, []) + by_rule.get(finding.rule.name, [])
        matching = [each for each in there if each.covers(finding)]
        used.update(matching)
        marked.append(replace(finding, accepted=matching[0].reason) if matching else finding)
    return marked, used


def settle(
    found: Iterable[Finding], elsewhere: Iterable[tuple[Graph, Sequence[Finding]]]
) -> list[Finding]:
    """Leave out what is idle here, and is needed in another environment of the same system.

    `elsewhere` is each other environment's graph with its findings.
    """
    needed = set()
    for graph, there in elsewhere:
        idle = {each.what for each in there if each.rule is IDLE}
        needed.update({_idle(each) for each in acceptances(graph)} - idle)
    return [each for each in found if each.rule is not IDLE or each.what not in needed]


def _idle(acceptance: Acceptance) -> str:
    return f"{acceptance} matches nothing here."


def acceptances(graph: Graph) -> Iterator[Acceptance]:
    """Give what `system.accept` said, and what resources' Metadata say: `Seatrial: {accept: ...}`.

    The latter maps a rule's id or name to the reason; a reason that is no text counts for
    nothing, and an empty one neither.
    """
    for each in graph.annotated(Suppression):
        yield Acceptance(each.rule, each.part, "", each.reason)
    for resource in graph:
        said = resource.metadata.get("Seatrial")
        reasons = said.get("accept") if isinstance(said, dict) else None
        for name, reason in reasons.items() if isinstance(reasons, dict) else ():
            if isinstance(name, str) and isinstance(reason, str) and reason.strip():
                yield Acceptance(name, "", resource.id, reason)


def _wrong(acceptance: Acceptance, graph: Graph) -> Finding:
    known = {name for each in RULES.values() for name in (each.id, each.name)}
    resource = graph.resources.get(acceptance.resource)
    path = f"Metadata.Seatrial.accept.{acceptance.rule}" if resource else ""
    part = acceptance.part or (resource.part if resource else "")
    if acceptance.rule not in known:
        names = [each.name for each in RULES.values()]
        what = f"{acceptance} names no rule. {closest(acceptance.rule, names)}"
        edit = "seatrial check --rules lists every rule."
        return Finding(UNKNOWN, resource, path, what, edit, edit, part)
    edit = f"Take system.{acceptance} out."
    return Finding(
        IDLE, resource, path, _idle(acceptance), edit, f"Take {path} out." if path else "", part
    )
