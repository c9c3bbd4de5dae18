"""A graph as the checks look at it: indexed once, so that every check stays linear.

Takes a graph, gives its resources by type, what needs what, and what kind of
value a symbol becomes. It never changes the graph.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from seatrial.graph.graph import Graph, Resource
from seatrial.graph.schema import schema
from seatrial.graph.schema.faults import Steps
from seatrial.graph.values import (
    SYMBOLS,
    GetAtt,
    Intrinsic,
    Join,
    Pseudo,
    Ref,
    Secret,
    Symbol,
    symbols,
)

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
LISTS = frozenset(("GetAZs", "Cidr", "Split"))
ANYTHING = frozenset(("FindInMap", "If", "ImportValue", "Select", "Transform", "GetStackOutput"))
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"

# Where the name that must be its own is not what AWS identifies the resource by.
NAMES = {
    "AWS::EC2::SecurityGroup": "GroupName",
    LOAD_BALANCER: "Name",
    TARGET_GROUP: "Name",
    "AWS::MSK::Cluster": "ClusterName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SecretsManager::Secret": "Name",
}


def route_key(route: Resource) -> str:
    """Give what tells a route from others: its table and its destination."""
    names = ("RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock")
    return repr([route.properties.get(name) for name in (*names, "DestinationPrefixListId")])


def collect(value: Any, steps: Steps, found: list[tuple[Symbol, Steps]]) -> None:
    """Note every symbol inside a value with the way to it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner.__class__ is not str:
                collect(inner, (steps, name), found)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            if inner.__class__ is not str:
                collect(inner, (steps, index), found)
    elif isinstance(value, Join):
        for inner in value.parts:
            collect(inner, steps, found)
    elif isinstance(value, SYMBOLS):
        found.append((value, steps))
        if isinstance(value, Intrinsic):
            collect(value.argument, steps, found)


class View:
    """One graph, indexed."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def by_type(self) -> dict[str, list[Resource]]:
        """Give the resources of each type, in their order."""
        found: dict[str, list[Resource]] = {}
        for resource in self.graph:
            found.setdefault(resource.type, []).append(resource)
        return found

    def of(self, *types: str) -> Iterator[Resource]:
        """Give the resources of these types."""
        for type_ in types:
            yield from self.by_type.get(type_, ())

    def physical_name(self, resource: Resource) -> tuple[str, Any]:
        """Give the property that holds a resource's own name, and the name; None without one."""
        path = NAMES.get(resource.type, "")
        if not path and (type_ := schema(resource.type)):
            identifier = type_.primary_identifier
            if len(identifier) == len(identifier[0]) == 1:
                path = identifier[0][0]
        return path, resource.properties.get(path)

    @cached_property
    def by_name(self) -> dict[tuple[str, str], Resource]:
        """Give the first resource that has each name, by type and name."""
        found: dict[tuple[str, str], Resource] = {}
        for resource in self.graph:
            _, name = self.physical_name(resource)
            if name is not None:
                found.setdefault((resource.type, repr(name)), resource)
        return found

    def named(self, value: Any, *types: str) -> Resource | None:
        """Give the resource of one of these types that a reference leads to."""
        if not isinstance(value, Ref | GetAtt):
            return None
        resource = self.graph.resources.get(value.id)
        return resource if resource is not None and resource.type in types else None

    def all_named(self, values: Any, *types: str) -> list[Resource]:
        """Give the resources of these types that references anywhere inside a value lead to."""
        return [there for each in symbols(values) if (there := self.named(each, *types))]

    def used(self, resource: Resource, *types: str) -> list[Resource]:
        """Give the resources of these types that a resource's properties refer to anywhere."""
        references = self.references[resource.id]
        return [there for each, _ in references if (there := self.named(each, *types))]

    @cached_property
    def references(self) -> dict[str, list[tuple[Symbol, Steps]]]:
        """Give every symbol of each resource with the way to it."""
        found: dict[str, list[tuple[Symbol, Steps]]] = {}
        for resource in self.graph:
            collect(resource.properties, None, found.setdefault(resource.id, []))
        return found

    @cached_property
    def needs(self) -> dict[str, set[str]]:
        """Give the resources that must exist before each resource."""
        resources = self.graph.resources
        found = {}
        for id, references in self.references.items():
            wanted = {each.id for each, _ in references if isinstance(each, Ref | GetAtt | Secret)}
            wanted.update(resources[id].depends_on)
            wanted.discard(id)
            found[id] = wanted & resources.keys()
        return found

    def comes_after(self, resource: Resource, others: Iterable[str]) -> bool:
        """Tell whether a resource is created after one of the others."""
        wanted = set(others)
        seen: set[str] = set()
        waiting = [resource.id]
        while waiting:
            following = self.needs[waiting.pop()]
            if following & wanted:
                return True
            waiting.extend(following - seen)
            seen |= following
        return False

    @cached_property
    def forwarding(self) -> dict[str, list[str]]:
        """Give the listeners and rules that forward to each target group."""
        found: dict[str, list[str]] = {}
        for each in self.of(LISTENER, LISTENER_RULE):
            actions = [each.properties.get(name) for name in ("DefaultActions", "Actions")]
            for group in self.all_named(actions, TARGET_GROUP):
                found.setdefault(group.id, []).append(each.id)
        return found

    @cached_property
    def rules_of(self) -> dict[str, list[Resource]]:
        """Give the rules of each listener."""
        return self._grouped(LISTENER_RULE, "ListenerArn", LISTENER)

    @cached_property
    def subnets_of(self) -> dict[str, list[Resource]]:
        """Give the subnets of each VPC."""
        return self._grouped("AWS::EC2::Subnet", "VpcId", "AWS::EC2::VPC")

    @cached_property
    def attached(self) -> dict[str, list[str]]:
        """Give the attachments of each internet gateway."""
        grouped = self._grouped(
            "AWS::EC2::VPCGatewayAttachment", "InternetGatewayId", "AWS::EC2::InternetGateway"
        )
        return {gateway: [each.id for each in there] for gateway, there in grouped.items()}

    @cached_property
    def routes(self) -> dict[str, Resource]:
        """Give the first route of each table to each destination."""
        found: dict[str, Resource] = {}
        for route in self.of("AWS::EC2::Route"):
            found.setdefault(route_key(route), route)
        return found

    def _grouped(self, type: str, name: str, owner: str) -> dict[str, list[Resource]]:  # noqa: A002 - AWS's own word
        found: dict[str, list[Resource]] = {}
        for each in self.of(type):
            there = self.named(each.properties.get(name), owner)
            if there is not None:
                found.setdefault(there.id, []).append(each)
        return found

    def kind(self, symbol: Symbol) -> str:
        """Tell a symbol's kind: `string`, `array`, `object`, `absent`, or "" where unknown."""
        if isinstance(symbol, Ref):
            return self._ref_kind(symbol.id)
        if isinstance(symbol, GetAtt):
            return self._attribute_kind(symbol)
        if isinstance(symbol, Pseudo):
            return {"AWS::NotificationARNs": "array", "AWS::NoValue": "absent"}.get(
                symbol.name, "string"
            )
        if isinstance(symbol, Intrinsic):
            name = symbol.name.removeprefix("Fn::")
            return "array" if name in LISTS else "" if name in ANYTHING else "string"
        return "string"

    def _ref_kind(self, id: str) -> str:
        parameter = self.graph.parameters.get(id)
        if parameter is None:
            return "string" if id in self.graph.resources else ""
        given = parameter.type
        return "array" if "List<" in given or given == "CommaDelimitedList" else "string"

    def _attribute_kind(self, symbol: GetAtt) -> str:
        resource = self.graph.resources.get(symbol.id)
        known = schema(resource.type) if resource is not None else None
        kind = known.attributes.get(symbol.attribute, "") if known else ""
        return kind if kind in ("", "array", "object") else "string"
