"""The nested stacks of a template whose own templates lie in files beside it.

A stack is read when its outputs are first asked for, with the parameters that its
parent gives it; a stack whose template lies elsewhere is named in a note.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from seatrial.graph import Parameter, Resource
from seatrial.graph.values import Value
from seatrial.mistake import Mistake
from seatrial.template.reading.functions import mapping, value
from seatrial.template.reading.scope import Scope

STACK = "AWS::CloudFormation::Stack"


class Inside(Protocol):
    """What a nested stack holds."""

    @property
    def outputs(self) -> Mapping[str, Value]:
        """Give its outputs' values."""

    def resources(self) -> Iterator[Resource]:
        """Give its resources."""

    def parameters(self) -> Iterator[Parameter]:
        """Give its parameters."""


Read = Callable[[Path, Mapping[str, Value], str], Inside]
"""Reads a file with parameters, under a prefix."""


class Stacks:
    """The nested stacks of one template."""

    def __init__(self, scope: Scope, read: Read) -> None:
        self.scope = scope
        self.read = read
        self.inside: dict[str, Inside | None] = {}
        self.reading: set[str] = set()

    def output(self, id: str, name: str) -> Value | None:
        """Give an output of a stack; None where it is not read or has no such output."""
        inside = self.of(id)
        if inside is None:
            return None
        found = inside.outputs.get(name)
        if found is None:
            self.scope.note(f"stack {id} has no output {name}; it stays open")
        return found

    def of(self, id: str) -> Inside | None:
        """Give what a stack holds, None where it is not read."""
        entry = self.scope.sections.resources[id]
        if id in self.inside or entry["Type"] != STACK:
            return self.inside.get(id)
        written = self.scope.sections.written
        if id in self.reading:
            raise Mistake(f"stack {id!r} needs its own outputs", written.place("Resources", id))
        self.reading.add(id)
        here, self.scope.here = self.scope.here, id
        self.inside[id] = self._read(id)
        self.scope.here = here
        return self.inside[id]

    def _read(self, id: str) -> Inside | None:
        properties = self.scope.sections.resources[id].get("Properties") or {}
        address = value(self.scope, properties.get("TemplateURL"))
        said = address if isinstance(address, str) else "an address that is not known"
        if not isinstance(address, str) or "://" in address or "\0" in address:
            self.scope.note(f"the nested stack of {said} is not read")
            return None
        file = Path(self.scope.sections.written.file).parent / address
        if not file.is_file():
            self.scope.note(f"the nested stack of {said} is not read: there is no such file")
            return None
        given = properties.get("Parameters")
        inner = mapping(self.scope, given) if isinstance(given, dict) else {}
        return self.read(file, inner, f"{self.scope.prefix}{id}.")
