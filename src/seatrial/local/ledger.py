"""The fidelity ledger: what the local cloud does with each property that a graph uses.

Takes a graph; gives what is different here, and refuses what nobody has looked
at. The answers themselves are data, in `ledger.toml` beside this file:

    run          the local cloud does it
    substituted  it does it otherwise, and the text says how
    aws          AWS alone does it; nothing here follows it

A property is answered whole, or opened: then each of its members is answered.
It never measures and never starts anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import OwnEngine, Source
from seatrial.graph.values import referred
from seatrial.mistake import Mistake, Mistakes

Mark = Literal["run", "substituted", "aws"]
MARKS: tuple[Mark, ...] = get_args(Mark)
BOOK = Path(__file__).with_name("ledger.toml")
MOST_LINES = 6

INSTANCE = "AWS::RDS::DBInstance"
KAFKA = "AWS::MSK::Cluster"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
ALARM = "AWS::CloudWatch::Alarm"
SERVICE = "AWS::ECS::Service"
TASK = "AWS::ECS::TaskDefinition"
SECURITY_GROUP = "AWS::EC2::SecurityGroup"


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer; `property` is a path such as `ContainerDefinitions.HealthCheck`.

    `text` is a sentence or two; a `run` entry may do without.
    """

    type: str
    property: str
    mark: Mark
    text: str = ""


def entries() -> Sequence[Entry]:
    """Give the whole ledger, by resource type and property."""
    return tuple(each for of_type in _book().values() for each in of_type.values())


def lookup(type: str, property_path: str) -> Entry | None:  # noqa: A002 - CloudFormation's word
    """Give the answer for a property, or for the one that holds it; None without any."""
    answers = _book().get(type, {})
    path = property_path
    while path:
        if path in answers:
            return answers[path]
        path = path.rpartition(".")[0]
    return None


def missing(graph: Graph) -> list[tuple[str, str]]:
    """List the pairs of type and property in the graph that the ledger does not answer.

    A type without any answer that sets no property is listed with "".
    """
    return list(dict.fromkeys((each.type, path) for each, path in _unanswered(graph)))


def refuse(graph: Graph) -> None:
    """Refuse a graph that holds something the ledger does not answer. Mistake, Mistakes."""
    found: dict[tuple[str, str], Mistake] = {}
    strange = _strange(graph)
    for part, resources in strange.items():
        found[part, ""] = _unknown_here(resources[0], _each_type(resources))
    for resource, path in _unanswered(graph):
        if _part(resource) not in strange:
            what = f"{path} of {resource.type} ({resource.id})"
            found.setdefault((resource.type, path), _unknown_here(resource, what))
    for resource, variable in _promised(graph):
        if _part(resource) not in strange:
            what = f"{variable}, which names {resource.type} ({resource.id}): none is made here"
            found.setdefault((resource.id, ""), _unknown_here(resource, what))
    if len(found) > 1:
        raise Mistakes(found.values())
    for mistake in found.values():
        raise mistake


def substitutions(graph: Graph) -> list[str]:
    """Say in a few lines what a person should know is not as on AWS in this system."""
    lines = (
        _programs(graph),
        *_databases(graph),
        _kafka(graph),
        _encryption(graph),
        "security groups and network ACLs are not enforced; everything listens on loopback"
        if graph.of(SECURITY_GROUP)
        else None,
        _interfaces(graph),
        _spot(graph),
    )
    return list(dict.fromkeys(line for line in lines if line))[:MOST_LINES]


@cache
def _book() -> Mapping[str, Mapping[str, Entry]]:
    """Read the data once, when it is first asked for."""
    import tomllib  # noqa: PLC0415 - most commands never open the ledger

    written = tomllib.loads(BOOK.read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            kind: MappingProxyType({path: _entry(kind, path, each) for path, each in found.items()})
            for kind, found in written.items()
        }
    )


def _entry(type: str, path: str, written: Mapping[str, str]) -> Entry:  # noqa: A002 - as above
    ((mark, text),) = written.items()
    if mark not in MARKS:
        raise ValueError(f"{type}.{path}: {mark!r} is no mark")
    return Entry(type, path, mark, text)


def _unanswered(graph: Graph) -> Iterator[tuple[Resource, str]]:
    for resource in graph:
        answers = _book().get(resource.type, {})
        if not answers and not resource.properties:
            yield resource, ""
        for path in _paths(resource.properties, answers):
            if path not in answers:
                yield resource, path


def _paths(value: Any, answers: Mapping[str, Entry], above: str = "") -> Iterator[str]:
    """Give the paths of a value's members; one that the ledger opens gives its own instead."""
    for name, inner in _members(value):
        path = f"{above}.{name}" if above else name
        opened = any(each.startswith(path + ".") for each in answers)
        if opened and _has_members(inner):
            yield from _paths(inner, answers, path)
        else:
            yield path


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Give names and values; in a list of `Key` (or `Name`) and `Value` the key is the name."""
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        for each in value:
            if isinstance(each, Mapping) and each.keys() in ({"Key", "Value"}, {"Name", "Value"}):
                yield str(each.get("Key") or each.get("Name")), each["Value"]
            else:
                yield from _members(each)


def _has_members(value: Any) -> bool:
    """Tell whether a value can be opened; a symbol or a plain text cannot."""
    inner = value if isinstance(value, list | tuple) else [value]
    return all(isinstance(each, Mapping) for each in inner)


def _strange(graph: Graph) -> dict[str, list[Resource]]:
    """Give the resources of types that the ledger does not know, by part, to be told once."""
    found: dict[str, list[Resource]] = {}
    for each in graph:
        if each.type not in _book():
            found.setdefault(_part(each), []).append(each)
    return found


def _each_type(resources: Sequence[Resource]) -> str:
    first = {each.type: each.id for each in reversed(resources)}
    return _listed([f"{kind} ({id})" for kind, id in reversed(first.items())])


def _promised(graph: Graph) -> Iterator[tuple[Resource, str]]:
    """Give what a program's environment names, though AWS alone makes it."""
    for name, value in _variables(graph):
        for id in referred(value):
            resource = graph.resources.get(id)
            answers = _book().get(resource.type, {}) if resource else {}
            if resource and answers and all(each.mark == "aws" for each in answers.values()):
                yield resource, name


def _variables(graph: Graph) -> Iterator[tuple[str, Any]]:
    for task in graph.of(TASK):
        containers = task.properties.get("ContainerDefinitions")
        for each in containers if isinstance(containers, list | tuple) else ():
            yield from _members(each.get("Environment", ()))


def _unknown_here(resource: Resource, what: str) -> Mistake:
    part = f"{resource.origin.part}: " if resource.origin else ""
    return Mistake(
        f"{part}the local cloud has no answer for {what}, so it cannot run here.",
        resource.origin.place if resource.origin else None,
        "Leave it out of the environment that `up` runs, or ask for it to be added.",
    )


def _programs(graph: Graph) -> str | None:
    names = sorted(
        _part(resource)
        for each in graph.annotated(Source)
        if (resource := graph.resources.get(each.task_definition))
    )
    if not names:
        return None
    if len(names) == 1:
        return f"{names[0]} runs from its source folder, not from an image"
    return f"{_listed(names)} run from their source folders, not from images"


def _databases(graph: Graph) -> Iterator[str]:
    """Tell which PostgreSQL stands in; read replicas are of their primary's version."""
    own = {each.resource: f"what {each.variable} names" for each in graph.annotated(OwnEngine)}
    alike: dict[tuple[str, str | None], list[str]] = {}
    for each in graph.of(INSTANCE):
        if "EngineVersion" in each.properties:
            kind = (str(each.properties["EngineVersion"]), own.get(each.id))
            alike.setdefault(kind, []).append(_part(each))
    for (version, named), parts in alike.items():
        here = f"this machine's PostgreSQL {version.partition('.')[0]}"
        first = f"{named}, else {here}" if named else here
        verb = "is" if len(parts) == 1 else "are"
        yield f"{_listed(parts)} {verb} {first}, or the packaged one; AWS runs {version}"


def _kafka(graph: Graph) -> str | None:
    """Tell what stands in for MSK, and the habit that it asks of programs."""
    clusters = graph.of(KAFKA)
    if not clusters:
        return None
    own = {
        each.resource: f"what {each.variable} names, else " for each in graph.annotated(OwnEngine)
    }
    stands = _listed([f"{_part(each)} is {own.get(each.id, '')}Tansu" for each in clusters])
    told = f"{stands}, without TLS or login"
    return f"{told}; an idempotent producer can lose records when a broker is killed"


def _encryption(graph: Graph) -> str | None:
    plain = []
    if any(each.properties.get("Protocol") == "HTTPS" for each in graph.of(LISTENER)):
        plain.append("the HTTPS listener speaks HTTP")
    if graph.of(INSTANCE):
        plain.append("databases take plain connections")
    return f"no TLS: {_listed(plain)}" if plain else None


def _interfaces(graph: Graph) -> str:
    told = "AWS's APIs are an emulator that checks no permission"
    return f"{told}; alarms go to the events and notify nobody" if graph.of(ALARM) else told


def _spot(graph: Graph) -> str | None:
    on_spot = [
        _part(each)
        for each in graph.of(SERVICE)
        for strategy in each.properties.get("CapacityProviderStrategy", ())
        if strategy.get("CapacityProvider") == "FARGATE_SPOT"
    ]
    return f"Spot capacity of {_listed(on_spot)} is never taken away" if on_spot else None


def _part(resource: Resource) -> str:
    return resource.origin.part if resource.origin else resource.id


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
