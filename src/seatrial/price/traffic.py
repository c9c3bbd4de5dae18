"""What travels where: requests and GB of each part, through balancers and the edge.

Takes the estimate, gives traffic as somebody said it; what nobody said is None.
A kB is 1024 bytes and a GB 1024^3, as AWS counts what it bills by GB.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from seatrial.graph import Resource
from seatrial.graph.check.view import LISTENER, LOAD_BALANCER, TARGET_GROUP
from seatrial.price.estimate import Estimate
from seatrial.price.quantity import ZERO, Quantity

KB_PER_GB = 1024.0 * 1024.0
DISTRIBUTION = "AWS::CloudFront::Distribution"


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests a month, and the GB that come in with them and go out as answers.

    None is what nobody said. `how` says where each figure is from.
    """

    requests: Quantity | None = None
    in_gb: Quantity | None = None
    out_gb: Quantity | None = None
    new_connections: Quantity | None = None
    active_connections: Quantity | None = None
    how: tuple[str, ...] = field(default=())

    @property
    def unsaid(self) -> bool:
        """Tell whether nobody said anything."""
        return self.requests is None and self.out_gb is None and self.in_gb is None

    @property
    def bytes(self) -> Quantity:
        """Give all GB, in and out; what nobody said counts nothing."""
        return (self.in_gb or ZERO) + (self.out_gb or ZERO)


def of(estimate: Estimate, *names: str) -> Traffic:
    """Give the traffic that is said of the first of these names that has each measure."""
    said = {
        measure: estimate.quantity(measure, *names)
        for measure in ("requests", "request_kb", "response_kb", "out_gb")
    }
    requests, sent, answered = said["requests"], said["request_kb"], said["response_kb"]
    in_gb = requests * sent / KB_PER_GB if requests is not None and sent is not None else None
    out_gb, how = said["out_gb"], []
    if requests is not None:
        how.append(f"{requests} requests")
    if out_gb is None and requests is not None and answered is not None:
        out_gb = requests * answered / KB_PER_GB
        how.append(f"answers of {answered} kB")
    elif out_gb is not None:
        how.append(f"{out_gb} GB out")
    if in_gb is not None:
        how.append(f"requests of {sent} kB")
    return Traffic(
        requests,
        in_gb,
        out_gb,
        estimate.quantity("new_connections", *names),
        estimate.quantity("active_connections", *names),
        (f"{names[-1]}: {', '.join(how)}",) if how else (),
    )


def together(several: Iterable[Traffic]) -> Traffic:
    """Add traffic up; what nobody said stays unsaid unless somebody else said it."""
    found = Traffic()
    for each in several:
        found = Traffic(
            _sum(found.requests, each.requests),
            _sum(found.in_gb, each.in_gb),
            _sum(found.out_gb, each.out_gb),
            _sum(found.new_connections, each.new_connections),
            _sum(found.active_connections, each.active_connections),
            found.how + each.how,
        )
    return found


def _sum(one: Quantity | None, other: Quantity | None) -> Quantity | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other


def served(estimate: Estimate, balancer: Resource) -> list[str]:
    """Name the parts behind a load balancer, each once."""
    groups: dict[str, None] = {}
    for listener in estimate.of(LISTENER):
        if estimate.named(listener.properties.get("LoadBalancerArn"), LOAD_BALANCER) is balancer:
            ways = [listener, *estimate.rules_of.get(listener.id, ())]
            for way in ways:
                actions = [way.properties.get(name) for name in ("DefaultActions", "Actions")]
                groups.update((each.id, None) for each in estimate.all_named(actions, TARGET_GROUP))
    parts: dict[str, None] = {}
    for service in estimate.of("AWS::ECS::Service"):
        named = estimate.all_named(service.properties.get("LoadBalancers"), TARGET_GROUP)
        if any(each.id in groups for each in named):
            parts[service.label] = None
    for id in groups:
        owner = estimate.graph[id].label
        if owner != id:
            parts.setdefault(owner)
    return list(parts)


def through(estimate: Estimate, balancer: Resource) -> Traffic:
    """Give the traffic of a load balancer: its own word, else that of the parts behind it."""
    own = of(estimate, balancer.id)
    if not own.unsaid:
        return own
    return together(of(estimate, each) for each in served(estimate, balancer))


def edges(estimate: Estimate, part: str) -> list[str]:
    """Name the websites whose distribution stands before a part."""
    fronts = {each.label for each in estimate.of(DISTRIBUTION)}
    return [
        each.part
        for each in estimate.used_by.get(part, ())
        if each.access == "call" and each.part in fronts
    ]


def behind_edge(estimate: Estimate, balancer: Resource) -> bool:
    """Tell whether a distribution has a load balancer as an origin."""
    return any(
        estimate.named(origin.get("DomainName"), LOAD_BALANCER) is balancer
        for distribution in estimate.of(DISTRIBUTION)
        for origin in estimate.maps(
            estimate.map(distribution.properties.get("DistributionConfig")).get("Origins")
        )
    )


def edge(estimate: Estimate, distribution: Resource) -> Traffic:
    """Give the traffic of a distribution: its website's files and the services behind it."""
    part = distribution.label
    own = of(estimate, distribution.id, part)
    routed = [
        of(estimate, each.used)
        for each in estimate.using.get(part, ())
        if each.access == "call" and part in edges(estimate, each.used)
    ]
    return together([own, *routed])
