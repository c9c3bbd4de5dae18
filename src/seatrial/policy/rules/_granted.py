"""What roles are granted, statement by statement, and what each covers."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.rights import Statement, about


def given(plan: Plan) -> Iterator[tuple[Resource, Statement]]:
    """Give each role with each statement that allows it something."""
    for id, statements in plan.rights.of.items():
        for each in statements:
            if each.allows:
                yield plan.graph[id], each


START = "ExecutionRoleArn"
"""The property that names the role by which ECS starts a task."""


def covers(plan: Plan, statement: Statement, target: Resource) -> bool:
    """Tell whether a statement is about a resource; a text that names none is taken to be."""
    for value in statement.resources:
        there = about(value, plan.graph.resources)
        if target in there or not there:
            return True
    return False
