"""The rules that AWS enforces and no schema says: their registry.

A rule is a function over one resource and the view of its graph that gives
path, problem and what would be right, registered with a code, the types that
it speaks of and where AWS says so. Rules never raise and never change the
graph; one that cannot know (a symbol stands there) gives nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from seatrial.graph.check.refused import Refused
from seatrial.graph.check.view import View
from seatrial.graph.graph import Resource
from seatrial.graph.schema.faults import spell_scalar

Found = Iterator[tuple[str, str, str]]
"""The property's path, what is wrong, what would be right."""
Function = Callable[[Resource, View], Found]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that AWS enforces."""

    code: str
    types: tuple[str, ...]
    source: str
    function: Function

    @property
    def says(self) -> str:
        """Give what the rule says, in one line."""
        return (self.function.__doc__ or "").strip().splitlines()[0]

    def check(self, resource: Resource, view: View) -> Iterator[Refused]:
        """Give what the rule refuses of one resource."""
        for path, problem, right in self.function(resource, view):
            yield Refused(self.code, resource, path, problem, right, source=self.source)


RULES: dict[str, Rule] = {}
BY_TYPE: dict[str, list[Rule]] = {}
ANY = "*"
"""For a rule that looks at a resource alone, whatever its type."""


def rule(code: str, *types: str, source: str) -> Callable[[Function], Function]:
    """Register a rule for resources of these types, or of ANY."""

    def register(function: Function) -> Function:
        if code in RULES:
            raise ValueError(f"two rules are called {code}")
        made = RULES[code] = Rule(code, types, source, function)
        for each in types:
            BY_TYPE.setdefault(each, []).append(made)
        return function

    return register


def integer(value: Any) -> int | None:
    """Read a whole number, as CloudFormation would; None for a symbol or anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def text(value: Any) -> str:
    """Give a literal scalar's text, as CloudFormation would; "" for a symbol or anything else."""
    return spell_scalar(value) if isinstance(value, str | int | float) else ""


def items(value: Any) -> list[Any]:
    """Give a list's items, none for a symbol or anything else."""
    return list(value) if isinstance(value, list | tuple) else []


def inside(value: Any, *names: str) -> Any:
    """Give what stands at the end of a path of names, None where it ends early."""
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
