"""What containers are given: plain variables, secrets, and what the secrets' texts say.

Takes the plan's task definitions; gives each container with what stands in it. It reads no
secret's value: only the text that a template writes into one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.check.view import View
from seatrial.graph.values import Join, Ref, Secret
from seatrial.policy.read import at, maps

TASK = "AWS::ECS::TaskDefinition"
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a resource's type


@dataclass(frozen=True)
class Container:
    """One container of a task definition, by its number."""

    view: View
    task: Resource
    index: int
    said: dict[str, Any]

    @property
    def path(self) -> str:
        """Give the way to it in the task definition."""
        return f"ContainerDefinitions.{self.index}"

    @cached_property
    def variables(self) -> dict[str, tuple[int, Any]]:
        """Give the plain variables: name -> (place in the list, value)."""
        return {
            each["Name"]: (index, each.get("Value"))
            for index, each in enumerate(maps(self.said.get("Environment")))
            if isinstance(each.get("Name"), str)
        }

    @cached_property
    def secrets(self) -> dict[str, tuple[int, Resource | None]]:
        """Give the secret variables: name -> (place in the list, the secret of this graph)."""
        return {
            each["Name"]: (index, secret_of(self.view, each.get("ValueFrom")))
            for index, each in enumerate(maps(self.said.get("Secrets")))
            if isinstance(each.get("Name"), str)
        }

    def variable(self, name: str) -> Any:
        """Give a plain variable's value; None where there is none."""
        return self.variables.get(name, (0, None))[1]

    def path_of(self, name: str) -> str:
        """Give the way to a plain variable's value, or to where it would stand."""
        if name in self.variables:
            return f"{self.path}.Environment.{self.variables[name][0]}.Value"
        return f"{self.path}.Environment"


def containers(view: View) -> Iterator[Container]:
    """Give every container of every task definition."""
    for task in view.of(TASK):
        listed = at(task.properties, "ContainerDefinitions")
        for index, said in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(said, dict):
                yield Container(view, task, index, said)


def secret_of(view: View, value: Any) -> Resource | None:
    """Give the secret that a `ValueFrom` names, with or without a key; None where unknown."""
    first = value.parts[0] if isinstance(value, Join) and value.parts else value
    if isinstance(first, Secret):
        there = view.graph.resources.get(first.id)
        return there if there is not None and there.type == SECRET else None
    return view.named(first, SECRET) if isinstance(first, Ref) else None
