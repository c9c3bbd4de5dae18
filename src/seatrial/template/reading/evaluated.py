"""A template evaluated: its resources and outputs as its parameters and conditions make them."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from seatrial.graph import Graph, Output, Parameter, Resource
from seatrial.graph.graph import Policy
from seatrial.graph.values import Value
from seatrial.mistake import Mistake
from seatrial.template.reading.conditions import Conditions
from seatrial.template.reading.functions import mapping, value
from seatrial.template.reading.notes import Notes
from seatrial.template.reading.own import annotations, depends_on, origin
from seatrial.template.reading.parameters import declared, meanings
from seatrial.template.reading.scope import ABSENT, Scope
from seatrial.template.reading.sections import Sections, divide
from seatrial.template.reading.stacks import Stacks
from seatrial.template.reading.written import read_written

EXTENSIONS = "AWS::LanguageExtensions"
SERVERLESS = "AWS::Serverless"


def macros(sections: Sections) -> list[str]:
    """Give the macros that change a template before AWS reads it; SAM only adds to it."""
    names = sections.transforms
    return [each for each in names if each != EXTENSIONS and not each.startswith(SERVERLESS)]


class Evaluated:
    """One template with values for its parameters; `prefix` is before the ids of a nested one."""

    def __init__(
        self,
        sections: Sections,
        given: Mapping[str, Value],
        region: str,
        notes: Notes,
        prefix: str = "",
        above: tuple[str, ...] = (),
    ) -> None:
        self.sections = sections
        self.files = (*above, str(Path(sections.written.file).resolve()))
        self.scope = Scope(
            sections, meanings(sections, given, region, prefix), region, notes, prefix
        )
        self.scope.holds = Conditions(self.scope).holds
        self.scope.property = self._property
        self.stacks = Stacks(self.scope, self._nested)
        self.scope.output = self.stacks.output
        self._asked: set[tuple[str, str]] = set()

    def graph(self) -> Graph:
        """Give the whole as a graph, named for its file."""
        graph = Graph(
            self.sections.written.stem, "template", self.scope.region, self.sections.description
        )
        graph.annotations.extend(annotations(self.sections))
        self._note_transforms()
        graph.resources.update((each.id, each) for each in self.resources())
        graph.parameters.update((each.id, each) for each in self.parameters())
        for id, found in self.outputs.items():
            text = str(self.sections.outputs[id].get("Description") or "")
            graph.outputs[id] = Output(id, found, text)
        return graph

    def resources(self) -> Iterator[Resource]:
        """Give the resources that are made, those of a nested stack after it."""
        for id, entry in self.sections.resources.items():
            self.scope.here = id
            if self.scope.kept(entry):
                yield self._resource(id, entry)
                inside = self.stacks.of(id)
                if inside is not None:
                    yield from inside.resources()
        self.scope.here = ""

    def parameters(self) -> Iterator[Parameter]:
        """Give the parameters, those of nested stacks after them."""
        prefix = self.scope.prefix
        for id, entry in self.sections.parameters.items():
            yield declared(prefix + id, entry, self.scope.meanings[id])
        for inside in self.stacks.inside.values():
            if inside is not None:
                yield from inside.parameters()

    @cached_property
    def outputs(self) -> dict[str, Value]:
        """Give the outputs' values, of those that are made."""
        made = {}
        here, self.scope.here = self.scope.here, "outputs"
        for id, entry in self.sections.outputs.items():
            if self.scope.kept(entry):
                found = value(self.scope, entry.get("Value"))
                if found is not ABSENT:
                    made[id] = found
        self.scope.here = here
        return made

    def _resource(self, id: str, entry: Mapping[str, Any]) -> Resource:
        properties = mapping(self.scope, entry.get("Properties") or {})
        there = self.sections.resources
        after = [each for each in depends_on(entry) if each in there]
        for each in depends_on(entry):
            if each not in there and not (self.sections.loops or self.sections.transforms):
                self.scope.note(f"it depends on {each}, which is not in the template")
        return Resource(
            self.scope.prefix + id,
            entry["Type"],
            properties,
            origin(self.sections, id),
            tuple(self.scope.prefix + each for each in after if self.scope.kept(there[each])),
            self._policy(entry, "DeletionPolicy"),
            self._policy(entry, "UpdateReplacePolicy"),
            metadata=entry.get("Metadata") or {},
        )

    def _policy(self, entry: Mapping[str, Any], name: str) -> Policy | None:
        found = value(self.scope, entry.get(name))
        return next((each for each in get_args(Policy) if each == found), None)

    def _property(self, id: str, name: str) -> Value:
        """Give one property of a resource; None for one that asks for itself."""
        if (id, name) in self._asked:
            return None
        self._asked.add((id, name))
        found = value(self.scope, (self.sections.resources[id].get("Properties") or {}).get(name))
        self._asked.discard((id, name))
        return None if found is ABSENT else found

    def _nested(self, file: Path, given: Mapping[str, Value], prefix: str) -> "Evaluated":
        if str(file.resolve()) in self.files:
            raise Mistake(
                f"the template nests itself by {file.name}", self.sections.written.place()
            )
        sections = divide(read_written(file))
        inner = Evaluated(sections, given, self.scope.region, self.scope.notes, prefix, self.files)
        inner._note_transforms()
        return inner

    def _note_transforms(self) -> None:
        prefix = self.scope.prefix
        for name in self.sections.transforms:
            if name.startswith(SERVERLESS):
                of = sorted(
                    prefix + id
                    for id, each in self.sections.resources.items()
                    if each["Type"].startswith(f"{SERVERLESS}::")
                )
                self.scope.notes.add(
                    f"{name} makes resources of {', '.join(of) or 'none'}; those are not read"
                )
        for name in macros(self.sections):
            self.scope.notes.add(f"the macro {name} may change the template; it is not read")
        for name in self.sections.loops:
            self.scope.notes.add(f"{prefix}{name} makes resources in a loop; they are not read")
