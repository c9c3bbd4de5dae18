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
from seatrial.graph.annotations import Composed, OwnEngine, Source
from seatrial.graph.values import referred
from seatrial.mistake import Mistake, Place

Mark = Literal["run", "substituted", "aws"]
MARKS: tuple[Mark, ...] = get_args(Mark)
BOOK = Path(__file__).with_name("ledger.toml")
MOST_LINES = 6
ADVICE = "Leave {0} out of the environment that `up` runs, or ask for {0} to be added."

INSTANCE = "AWS::RDS::DBInstance"
CACHE = "AWS::ElastiCache::ReplicationGroup"
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


def refuse(graph: Graph, places: Mapping[str, Place] | None = None) -> None:
    """Refuse a graph that holds something the ledger does not answer: one Mistake for all of it.

    `places` says where a part is written; else it is where its values were last changed.
    """
    _refuse_machine(graph)
    found = {part: _listed(_lacking(graph, part)) for part in _lame(graph)}
    where = {
        each.label: (places or {}).get(each.label, each.origin.place)
        for each in graph
        if each.origin
    }
    told = [(where.get(part), f"{part}: " if part in where else "", found[part]) for part in found]
    if len(told) == 1:
        ((place, name, what),) = told
        raise Mistake(
            f"{name}the local cloud has no answer for {what}, so it cannot run here.",
            place,
            ADVICE.format("it"),
        )
    if told:
        lines = [
            f"  {place}: {name}{what}" if place else f"  {what}"
            for place, name, what in sorted(told, key=lambda each: each[0].line if each[0] else 0)
        ]
        first = (
            f"{graph.system}, {graph.environment}: {len(told)} parts cannot run here, because the "
            f"local cloud has no answer for what they hold. {ADVICE.format('them')}"
        )
        raise Mistake("\n".join((first, *lines)))


def _refuse_machine(graph: Graph) -> None:
    """Refuse in one word what is not tasks at all."""
    composed = graph.annotated(Composed)
    if composed:
        origin = graph[composed[0].machine].origin
        raise Mistake(
            f"{graph.environment} runs its programs on one machine by Docker Compose, "
            "and the local cloud runs tasks.",
            origin.place if origin else None,
            "Run an environment without machine=.",
        )


def substitutions(graph: Graph) -> list[str]:
    """Say in a few lines what a person should know is not as on AWS in this system."""
    lines = (
        _programs(graph),
        *_databases(graph),
        *_caches(graph),
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


def _lame(graph: Graph) -> list[str]:
    """Give the parts of which something has no answer, in the order of the graph."""
    lacking = {each.id for each in graph if each.type not in _book()}
    lacking |= {each.id for each, _ in _unanswered(graph)}
    lacking |= {each.id for each, _ in _promised(graph)}
    return list(dict.fromkeys(each.label for each in graph if each.id in lacking))


def _lacking(graph: Graph, part: str) -> list[str]:
    """Give what of a part has no answer: its strange types, or else single properties."""
    strange = [each for each in graph if each.type not in _book() and each.label == part]
    if strange:
        first = {each.type: each.id for each in reversed(strange)}
        return [f"{kind} ({id})" for kind, id in reversed(first.items())]
    paths: dict[str, list[str]] = {}
    told: dict[str, str] = {}
    for each, path in _unanswered(graph):
        if each.label == part and path not in paths.setdefault(each.type, []):
            paths[each.type].append(path)
            told.setdefault(each.type, each.id)
    lines = [f"{_listed(paths[kind])} of {kind} ({id})" for kind, id in told.items()]
    promised = {each.id: (each, name) for each, name in _promised(graph) if each.label == part}
    return lines + [
        f"{name}, which names {each.type} ({each.id}): none is made here"
        for each, name in promised.values()
    ]


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


def _programs(graph: Graph) -> str | None:
    names = sorted(
        resource.label
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
            alike.setdefault(kind, []).append(each.label)
    for (version, named), parts in alike.items():
        here = f"this machine's PostgreSQL {version.partition('.')[0]}"
        first = f"{named}, else {here}" if named else here
        verb = "is" if len(parts) == 1 else "are"
        yield f"{_listed(parts)} {verb} {first}, or the packaged one; AWS runs {version}"


def _caches(graph: Graph) -> Iterator[str]:
    """Tell what stands in for each cache."""
    own = {
        each.resource: f"what {each.variable} names, else " for each in graph.annotated(OwnEngine)
    }
    for each in graph.of(CACHE):
        asked = f"{str(each.properties['Engine']).capitalize()} {each.properties['EngineVersion']}"
        lone = ", and empty again when its one node is killed, as there"
        tail = lone if each.properties.get("NumCacheClusters", 1) == 1 else ""
        named = own.get(each.id, "")
        yield f"{each.label} is {named}this machine's Valkey; AWS runs {asked}{tail}"


def _kafka(graph: Graph) -> str | None:
    """Tell what stands in for MSK, and the habit that it asks of programs."""
    clusters = graph.of(KAFKA)
    if not clusters:
        return None
    own = {
        each.resource: f"what {each.variable} names, else " for each in graph.annotated(OwnEngine)
    }
    stands = _listed([f"{each.label} is {own.get(each.id, '')}Tansu" for each in clusters])
    return f"{stands}, without TLS or login; an idempotent producer can lose records"


def _encryption(graph: Graph) -> str | None:
    plain = []
    if any(each.properties.get("Protocol") == "HTTPS" for each in graph.of(LISTENER)):
        plain.append("the HTTPS listener speaks HTTP")
    stores = [(INSTANCE, "databases"), (CACHE, "caches")]
    if kinds := [word for kind, word in stores if graph.of(kind)]:
        plain.append(f"{_listed(kinds)} take plain connections")
    return f"no TLS: {_listed(plain)}" if plain else None


def _interfaces(graph: Graph) -> str:
    told = "AWS's APIs are an emulator that checks no permission"
    return f"{told}; alarms go to the events and notify nobody" if graph.of(ALARM) else told


def _spot(graph: Graph) -> str | None:
    on_spot = [
        each.label
        for each in graph.of(SERVICE)
        for strategy in each.properties.get("CapacityProviderStrategy", ())
        if strategy.get("CapacityProvider") == "FARGATE_SPOT"
    ]
    return f"Spot capacity of {_listed(on_spot)} is never taken away" if on_spot else None


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
