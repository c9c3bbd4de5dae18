"""Which conditions of a template hold.

A condition is always decided, so that a resource is made or not. A value that is not
known is taken as unlike any other, and a note says so.
"""

from collections.abc import Callable
from typing import Any

from seatrial.graph.values import Value, symbols
from seatrial.mistake import Mistake, closest
from seatrial.template.reading.functions import told, value
from seatrial.template.reading.parameters import spelled
from seatrial.template.reading.scope import ABSENT, Absent, Scope


class Conditions:
    """The conditions of one template, each decided when it is first asked for."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.decided: dict[str, bool | None] = {}

    def holds(self, name: str) -> bool:
        """Tell whether a condition holds; None in `decided` is one that is being asked for."""
        found = self.decided.get(name)
        if found is not None:
            return found
        known = self.scope.sections.conditions
        place = self.scope.sections.written.place
        if name in self.decided:
            raise Mistake(f"condition {name!r} asks for itself", place("Conditions", name))
        if name not in known:
            here = self.scope.here
            asking = here.removeprefix("condition ")
            raise Mistake(
                f"{here or 'this'} asks for condition {name!r}, which is not there",
                place("Resources" if here == asking else "Conditions", asking),
                closest(name, known),
            )
        self.decided[name] = None
        here, self.scope.here = self.scope.here, f"condition {name}"
        found = self.decided[name] = self.test(known[name])
        self.scope.here = here
        return found

    def test(self, raw: Any) -> bool:
        """Tell whether one test is passed; one that is not known is noted and passed."""
        if isinstance(raw, dict) and len(raw) == 1:
            ((name, argument),) = raw.items()
            if name == "Condition" and isinstance(argument, str):
                return self.holds(argument)
            if name == "Fn::Not" and isinstance(argument, list) and len(argument) == 1:
                return not self.test(argument[0])
            if name in _SEVERAL and isinstance(argument, list):
                return _SEVERAL[name]([self.test(each) for each in argument])
            if name == "Fn::Equals" and isinstance(argument, list) and len(argument) == 2:
                return self.equal(*(value(self.scope, each) for each in argument))
        self.scope.note("it is not written as AWS takes it; it is taken to hold")
        return True

    def equal(self, left: Value | Absent, right: Value | Absent) -> bool:
        """Tell whether two values are equal; an open one is unlike any but itself."""
        if bool(left == right):
            return True
        if not _opens(left) and not _opens(right):
            return bool(_plain(left) == _plain(right))
        self.scope.note(f"{told(left)} and {told(right)} are taken as unlike")
        return False


_SEVERAL: dict[str, Callable[[list[bool]], bool]] = {"Fn::And": all, "Fn::Or": any}


def _opens(one: Value | Absent) -> bool:
    return one is not ABSENT and next(symbols(one), None) is not None


def _plain(one: Value | Absent) -> Any:
    return spelled(one) if isinstance(one, str | int | float) else one
