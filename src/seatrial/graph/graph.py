"""Resources, parameters and outputs, held together as one graph.

A resource is a CloudFormation resource: a logical id, a type, properties with
symbolic values, and the place in the user's file that it came from. The graph
keeps them in the order in which they were added and refuses two of one id.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from seatrial.graph.annotations import Annotation
from seatrial.graph.values import GetAtt, Ref, Value, referred
from seatrial.mistake import Mistake, Place

A = TypeVar("A")
Policy = Literal["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Which part of the system asked for a resource, and where it is written."""

    part: str
    place: Place | None = None


@dataclass(slots=True)
class Resource:
    """One AWS resource in CloudFormation's words."""

    id: str
    type: str
    properties: dict[str, Value] = field(default_factory=dict)
    origin: Origin | None = None
    depends_on: tuple[str, ...] = ()
    deletion_policy: Policy | None = None
    update_replace_policy: Policy | None = None
    condition: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def part(self) -> str:
        """The part that it was made for; "" in a template that has no parts."""
        return self.origin.part if self.origin else ""

    @property
    def label(self) -> str:
        """The name by which a person knows it: its part's, or its logical id."""
        return self.part or self.id

    @property
    def ref(self) -> Ref:
        """The symbol for this resource's own identifier."""
        return Ref(self.id)

    def att(self, attribute: str) -> GetAtt:
        """Give the symbol for one of its attributes, e.g. `Arn`."""
        return GetAtt(self.id, attribute)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that is given when the stack is created or updated."""

    id: str
    type: str
    description: str
    default: str | int | None = None
    allowed_pattern: str | None = None
    no_echo: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """A value that a created stack tells."""

    id: str
    value: Value
    description: str


@dataclass(slots=True)
class Graph:
    """The whole system in one environment and one region."""

    system: str
    environment: str
    region: str
    description: str = ""
    resources: dict[str, Resource] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    annotations: list[Annotation] = field(default_factory=list)

    def add(self, resource: Resource) -> Resource:
        """Add a resource; two parts that ask for one logical id are a mistake."""
        if resource.id in self.resources:
            other = self.resources[resource.id].origin
            here = resource.origin
            raise Mistake(
                f"{here.part if here else resource.id!r} and "
                f"{other.part if other else resource.id!r} both become the AWS resource "
                f"{resource.id}",
                here.place if here else None,
                "Give one of them another name.",
            )
        self.resources[resource.id] = resource
        return resource

    def of(self, *types: str) -> list[Resource]:
        """Give the resources of these types, in their order."""
        return [each for each in self.resources.values() if each.type in types]

    def annotated(self, kind: type[A]) -> list[A]:
        """Give the annotations of one kind, in their order."""
        return [each for each in self.annotations if isinstance(each, kind)]

    def __getitem__(self, id: str) -> Resource:
        return self.resources[id]

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources.values())


def needs(resource: Resource, known: Iterable[str]) -> set[str]:
    """Give the ids of the resources that must exist before this one."""
    there = set(known)
    wanted = {*referred(resource.properties), *resource.depends_on}
    return (wanted & there) - {resource.id}


def ordered(graph: Graph) -> list[Resource]:
    """Give the resources so that each comes after what it needs.

    The order is stable: among resources that could come next, the one added
    first does. A circle is a mistake that names its members.
    """
    there = graph.resources.keys()
    waiting = {each.id: needs(each, there) for each in graph}
    users: dict[str, list[str]] = {id: [] for id in waiting}
    for id, wanted in waiting.items():
        for other in wanted:
            users[other].append(id)
    done: list[Resource] = []
    ready = [id for id, wanted in waiting.items() if not wanted]
    while ready:
        following: list[str] = []
        for id in ready:
            done.append(graph[id])
            for user in users[id]:
                waiting[user].discard(id)
                if not waiting[user]:
                    following.append(user)
        ready = following
    if len(done) < len(waiting):
        circle = sorted(id for id, wanted in waiting.items() if wanted)
        raise Mistake(f"these resources need each other in a circle: {', '.join(circle)}")
    return done
