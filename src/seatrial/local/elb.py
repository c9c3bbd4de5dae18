"""The Application Load Balancer: target groups checked here, traffic carried by Envoy.

Checks each target as the target group asks, lets `control.health` decide, and
tells Envoy who is routable. Requests never pass through this process.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from seatrial.control.health import HealthRule, State, TargetHealth, routable
from seatrial.graph import Graph, Resource
from seatrial.graph.values import Secret
from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import (
    Action,
    FixedResponse,
    Forward,
    HttpListener,
    Redirect,
    Rule,
    TargetGroup,
)
from seatrial.local.pace import Pace
from seatrial.local.probe import ProbeResult, until_next

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
FIRST_LOOK = 0.1
"""Seconds between looks at a target that starts, where the pace is above 1."""


class Proxy(Protocol):
    """What carries the traffic."""

    async def set_targets(self, group: str, addresses: Sequence[Address]) -> None:
        """Route the group's requests to exactly these."""
        ...

    async def drained(self, group: str, address: Address, timeout: float) -> bool:
        """Wait until a removed target serves nothing more."""
        ...


Probe = Callable[[Address, str, float, str], Awaitable[ProbeResult]]


@dataclass(frozen=True, slots=True)
class GroupDefinition:
    """One target group; `drain` is the deregistration delay in seconds, never shortened."""

    id: str
    path: str
    rule: HealthRule
    drain: float
    algorithm: str


@dataclass
class Target:
    """One registered target and the task that checks it."""

    address: Address
    health: TargetHealth
    checking: asyncio.Task[None] | None = None


class LoadBalancer:
    """The target groups of one system.

    `changed` is called when a target's state changed, `refused` with words when
    the proxy would not take a change.
    """

    def __init__(
        self,
        proxy: Proxy,
        probe: Probe,
        pace: Pace,
        changed: Callable[[], None],
        refused: Callable[[str], object] = print,
    ) -> None:
        self._proxy = proxy
        self._probe = probe
        self._pace = pace
        self._changed = changed
        self._refused = refused
        self._untold: set[str] = set()
        self._groups: dict[str, GroupDefinition] = {}
        self._targets: dict[str, dict[str, Target]] = {}
        self._routed: dict[str, asyncio.Lock] = {}

    def define(self, groups: Sequence[GroupDefinition]) -> None:
        """Take on the target groups of a graph; those that stay keep their targets."""
        self._groups = {each.id: each for each in groups}
        for each in groups:
            self._targets.setdefault(each.id, {})
            self._routed.setdefault(each.id, asyncio.Lock())

    def register(self, group: str, target: str, address: Address, *, healthy: bool) -> None:
        """Begin to check a target; one that was healthy before a restart stays so at first."""
        if target in self._targets[group]:
            return
        rule = self._groups[group].rule
        health = TargetHealth(rule, "healthy", "") if healthy else TargetHealth(rule)
        registered = Target(address, health)
        self._targets[group][target] = registered
        loop = asyncio.get_running_loop()
        registered.checking = loop.create_task(self._check(group, registered))
        if healthy:
            loop.create_task(self.route(group))  # noqa: RUF006 - the lock holds it

    async def deregister(self, group: str, target: str) -> None:
        """Stop sending to a target; return when it serves nothing, or the delay is over."""
        found = self._targets[group].get(target)
        if found is None:
            return
        found.health.drain()
        await self.route(group)
        delay = self._groups[group].drain if group in self._groups else 0.0
        await self._proxy.drained(group, found.address, delay)
        self.remove(group, target)

    def remove(self, group: str, target: str) -> None:
        """Forget a target whose process is gone."""
        found = self._targets[group].pop(target, None)
        if found is None:
            return
        if found.checking:
            found.checking.cancel()
        asyncio.get_running_loop().create_task(self.route(group))

    def health(self, group: str, target: str) -> tuple[State, str]:
        """Give a target's state and reason."""
        found = self._targets[group].get(target)
        return (found.health.state, found.health.reason) if found else ("initial", "")

    def counts(self, group: str) -> tuple[int, int]:
        """Give HealthyHostCount and UnHealthyHostCount."""
        states = [each.health.state for each in self._targets[group].values()]
        return states.count("healthy"), states.count("unhealthy")

    async def route(self, group: str) -> None:
        """Tell the proxy which targets get requests now."""
        async with self._routed[group]:
            targets = self._targets[group]
            names = routable({name: each.health.state for name, each in targets.items()})
            await self._proxy.set_targets(group, [targets[name].address for name in names])

    async def route_all(self) -> None:
        """Tell the proxy everything, as after its restart."""
        for group in self._groups:
            await self.route(group)

    async def _check(self, group: str, target: Target) -> None:
        loop = asyncio.get_running_loop()
        while True:
            definition = self._groups[group]
            rule = target.health.rule = definition.rule
            interval = self._pace.timer(rule.interval)
            result = await self._probe(target.address, definition.path, rule.timeout, rule.matcher)
            starting = target.health.state == "initial"
            # A program starts in its own time, whatever the pace: checks that come 60 times as
            # often must not call it unhealthy 60 times as soon.
            too_soon = starting and not result.healthy and self._pace.factor > 1
            reason = str(result.reason or "")
            changed = not too_soon and target.health.observe(result.healthy, reason)
            if changed or group in self._untold:
                await self._follow(group)
            soon = starting and self._pace.factor > 1
            # All checks fall due together: one waking serves them all.
            pause = FIRST_LOOK if soon else until_next(interval, loop.time())
            await asyncio.sleep(min(pause, interval))

    async def _follow(self, group: str) -> None:
        """Tell the proxy that a target's state changed; one that refuses is told again."""
        try:
            await self.route(group)
            self._untold.discard(group)
        except Exception as error:
            self._untold.add(group)
            self._refused(f"{type(error).__name__}: {error}")
        self._changed()

    def close(self) -> None:
        """Stop checking."""
        for group in self._targets.values():
            for target in group.values():
                if target.checking:
                    target.checking.cancel()


def read_groups(graph: Graph) -> list[GroupDefinition]:
    """Read every target group of the graph."""
    return [_group(each) for each in graph.of(GROUP)]


def _group(resource: Resource) -> GroupDefinition:
    properties = resource.properties
    attributes = {
        each["Key"]: each["Value"] for each in properties.get("TargetGroupAttributes", ())
    }
    return GroupDefinition(
        resource.id,
        properties.get("HealthCheckPath", "/"),
        HealthRule(
            interval=properties.get("HealthCheckIntervalSeconds", 30),
            timeout=properties.get("HealthCheckTimeoutSeconds", 5),
            healthy_threshold=properties.get("HealthyThresholdCount", 5),
            unhealthy_threshold=properties.get("UnhealthyThresholdCount", 2),
            matcher=properties.get("Matcher", {}).get("HttpCode", "200"),
        ),
        float(attributes.get("deregistration_delay.timeout_seconds", 300)),
        attributes.get("load_balancing.algorithm.type", "round_robin"),
    )


def read_listeners(
    graph: Graph,
    address: Callable[[int], Address],
    read: Callable[[Secret], str] = str,
) -> tuple[tuple[HttpListener, ...], tuple[TargetGroup, ...]]:
    """Read listeners, rules and groups as the proxy takes them.

    An HTTPS listener speaks plain HTTP here: the certificate is AWS's alone. `read`
    gives a secret that a rule compares a header with.
    """
    listeners = []
    for each in graph.of(LISTENER):
        rules = tuple(
            _rule(rule, address, read)
            for rule in graph.of(RULE)
            if getattr(rule.properties["ListenerArn"], "id", None) == each.id
        )
        listeners.append(
            HttpListener(
                name=each.id,
                address=address(each.properties["Port"]),
                default=_action(each.properties["DefaultActions"], address),
                rules=rules,
            )
        )
    groups = tuple(
        TargetGroup(
            each.id,
            algorithm=_algorithm(each),  # type: ignore[arg-type]  # checked against AWS's enum
        )
        for each in graph.of(GROUP)
    )
    return tuple(listeners), groups


def _algorithm(resource: Resource) -> str:
    attributes = resource.properties.get("TargetGroupAttributes", ())
    named = [a["Value"] for a in attributes if a["Key"] == "load_balancing.algorithm.type"]
    return named[0] if named else "round_robin"


def _rule(
    resource: Resource, address: Callable[[int], Address], read: Callable[[Secret], str]
) -> Rule:
    headers: list[tuple[str, tuple[str, ...]]] = []
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    for condition in resource.properties["Conditions"]:
        if condition["Field"] == "host-header":
            hosts = tuple(condition["HostHeaderConfig"]["Values"])
        if condition["Field"] == "path-pattern":
            paths = tuple(condition["PathPatternConfig"]["Values"])
        if condition["Field"] == "http-header":
            wanted = condition["HttpHeaderConfig"]
            texts = [read(v) if isinstance(v, Secret) else str(v) for v in wanted["Values"]]
            headers.append((wanted["HttpHeaderName"], tuple(texts)))
    return Rule(
        priority=resource.properties["Priority"],
        action=_action(resource.properties["Actions"], address),
        hosts=hosts,
        paths=paths,
        headers=tuple(headers),
    )


def _action(actions: Sequence[Mapping[str, Any]], address: Callable[[int], Address]) -> Action:
    action = actions[-1]
    if action["Type"] == "redirect":
        target = action["RedirectConfig"]
        port = address(int(target["Port"])).port if target.get("Port", "").isdigit() else None
        # The listener it leads to speaks plain HTTP here.
        moved = target["StatusCode"] == "HTTP_301"
        return Redirect(protocol="HTTP", port=port, status_code=301 if moved else 302)
    if action["Type"] == "fixed-response":
        answer = action["FixedResponseConfig"]
        return FixedResponse(
            int(answer["StatusCode"]),
            answer.get("ContentType", "text/plain"),
            answer.get("MessageBody", ""),
        )
    return Forward(action["TargetGroupArn"].id)
