"""What a system is asked after a delivery, at the address that its users know.

Takes a graph, gives the paths: a service's health path where the address leads
to it, otherwise a path that does. Behind a website's distribution only routed
paths reach a service; any other would be answered with the site's own page.
It never asks anything itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import Composed
from seatrial.graph.values import GetAtt, Ref, Value, symbols


@dataclass(frozen=True, slots=True)
class Questions:
    """Paths that must answer with success, and paths that a service must answer at all."""

    healthy: tuple[str, ...]
    answered: tuple[str, ...]


def questions(graph: Graph) -> Questions:
    """Give what is asked, each path once, in the order of the services."""
    healthy: list[str] = []
    answered: list[str] = []
    routed = _routed(graph)
    for health, leading in _served(graph):
        paths = [each for each in leading if routed is None or each in routed]
        if not paths:
            continue  # nobody reaches it at the address, e.g. because it has a host of its own
        if any(fnmatchcase(health, each) for each in paths):
            healthy.append(health)
        else:
            answered.append(_inside(min(paths, key=lambda each: "*" in each or "?" in each)))
    return Questions(tuple(dict.fromkeys(healthy)), tuple(dict.fromkeys(answered)))


def _served(graph: Graph) -> Iterator[tuple[str, Sequence[str]]]:
    """Give each service's health path and the paths that lead to it."""
    for service in graph.of("AWS::ECS::Service"):
        for each in service.properties.get("LoadBalancers") or []:
            targets = graph[_id(each["TargetGroupArn"])]
            health = str(targets.properties.get("HealthCheckPath", "/"))
            yield health, [*_paths(graph, targets)]
    for program in graph.annotated(Composed):
        if program.paths:
            yield program.health, program.paths


def _paths(graph: Graph, targets: Resource) -> Iterator[str]:
    """Give the paths that the load balancer sends to a target group at any host."""
    for listener in graph.of("AWS::ElasticLoadBalancingV2::Listener"):
        if any(_leads_to(action, targets) for action in listener.properties["DefaultActions"]):
            yield "/*"
    for rule in graph.of("AWS::ElasticLoadBalancingV2::ListenerRule"):
        if not any(_leads_to(action, targets) for action in rule.properties["Actions"]):
            continue
        conditions = {each["Field"]: each for each in rule.properties["Conditions"]}
        if "host-header" in conditions:
            continue
        # Only the distribution knows the other header that a rule asks for.
        paths = conditions.get("path-pattern", {}).get("PathPatternConfig", {})
        yield from paths.get("Values", ["/*"])


def _leads_to(action: Value, targets: Resource) -> bool:
    return any(isinstance(s, Ref | GetAtt) and s.id == targets.id for s in symbols(action))


def _routed(graph: Graph) -> frozenset[str] | None:
    """Give the paths that distributions send to services; `None` without a distribution."""
    distributions = graph.of("AWS::CloudFront::Distribution")
    if not distributions:
        return None
    found = set()
    for each in distributions:
        made = each.properties["DistributionConfig"]
        services = {
            origin["Id"] for origin in made.get("Origins", []) if "CustomOriginConfig" in origin
        }
        for behaviour in made.get("CacheBehaviors", []):
            if behaviour["TargetOriginId"] in services:
                found.add(behaviour["PathPattern"])
    return frozenset(found)


def _inside(pattern: str) -> str:
    """Give a path that a pattern matches: `/v1/*` has `/v1/` in it."""
    return pattern.replace("*", "").replace("?", "x")


def _id(value: Value) -> str:
    return next(s.id for s in symbols(value) if isinstance(s, Ref | GetAtt))
