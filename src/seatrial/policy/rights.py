"""Who may do what, as IAM's documents in the graph say it.

Takes the indexed graph; gives each statement with the role or resource that it belongs to.
It reads what stands there and knows nothing of AWS's own managed policies.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.check.view import View
from seatrial.graph.values import referred
from seatrial.policy.read import at, many, maps, written

ROLE = "AWS::IAM::Role"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy; `resource` and `path` say where it stands."""

    resource: Resource
    path: str
    said: dict[str, Any]

    @property
    def allows(self) -> bool:
        """Tell whether it allows; a statement without an effect is none."""
        return self.said.get("Effect") == "Allow"

    @property
    def actions(self) -> list[str]:
        """Give the actions in lower case; `*` where it allows all but some."""
        if "NotAction" in self.said:
            return ["*"]
        return [each.lower() for each in many(self.said.get("Action")) if isinstance(each, str)]

    @property
    def resources(self) -> list[Any]:
        """Give what it is about; `*` where all but some is meant."""
        if "NotResource" in self.said:
            return ["*"]
        return many(self.said.get("Resource"))

    @property
    def conditions(self) -> dict[str, Any]:
        """Give the condition keys in lower case, each with its operator and value."""
        found = {}
        said = self.said.get("Condition")
        for operator, keys in said.items() if isinstance(said, dict) else ():
            for key, value in keys.items() if isinstance(keys, dict) else ():
                found[str(key).lower()] = (str(operator), value)
        return found

    def may(self, *actions: str) -> list[str]:
        """Give those of some actions (in lower case) that a pattern of it matches."""
        return [each for each in actions if any(fnmatchcase(each, mine) for mine in self.actions)]

    @property
    def everything(self) -> bool:
        """Tell whether it is about every resource there is."""
        return any(written(each) == "*" for each in self.resources)

    def principals(self, kind: str) -> list[Any]:
        """Give the principals of one kind: `AWS`, `Service` or `Federated`; `*` counts as AWS."""
        said = self.said.get("Principal")
        if said == "*":
            return ["*"] if kind == "AWS" else []
        return many(said.get(kind)) if isinstance(said, dict) else []


def statements(resource: Resource, document: Any, path: str) -> Iterator[Statement]:
    """Give the statements of one policy document."""
    for index, each in enumerate(maps(at(document, "Statement"))):
        yield Statement(resource, f"{path}.Statement.{index}", each)


class Rights:
    """What the roles of one graph may do, and who has them."""

    def __init__(self, view: View) -> None:
        self.view = view

    @cached_property
    def of(self) -> dict[str, list[Statement]]:
        """Give the statements that each role has, by its id."""
        found: dict[str, list[Statement]] = {}
        for role in self.view.of(ROLE):
            mine = found.setdefault(role.id, [])
            for index, policy in enumerate(maps(role.properties.get("Policies"))):
                path = f"Policies.{index}.PolicyDocument"
                mine += statements(role, policy.get("PolicyDocument"), path)
            for managed in self.view.all_named(
                role.properties.get("ManagedPolicyArns"), "AWS::IAM::ManagedPolicy"
            ):
                document = managed.properties.get("PolicyDocument")
                mine += statements(managed, document, "PolicyDocument")
        kinds = ("AWS::IAM::RolePolicy", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        for apart in self.view.of(*kinds):
            given = [apart.properties.get("RoleName"), apart.properties.get("Roles")]
            document = apart.properties.get("PolicyDocument")
            for role in self.view.all_named(given, ROLE):
                found.setdefault(role.id, []).extend(statements(apart, document, "PolicyDocument"))
        return found

    def trust(self, role: Resource) -> list[Statement]:
        """Give the statements that say who may take a role."""
        path = "AssumeRolePolicyDocument"
        return [*statements(role, role.properties.get(path), path)]

    @cached_property
    def takers(self) -> dict[str, list[tuple[Resource, str]]]:
        """Give who has each role: the resource, and the property that names the role."""
        found: dict[str, list[tuple[Resource, str]]] = {}
        for resource in self.view.graph:
            for name in ("TaskRoleArn", "ExecutionRoleArn", "Role", "RoleArn", "Roles"):
                for role in self.view.all_named(resource.properties.get(name), ROLE):
                    found.setdefault(role.id, []).append((resource, name))
        return found


def about(value: Any, known: dict[str, Resource]) -> list[Resource]:
    """Give the resources of the graph that a statement's resource names."""
    return [known[id] for id in referred(value) if id in known]
