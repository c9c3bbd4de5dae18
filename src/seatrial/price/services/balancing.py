"""Load balancers: their hours, their capacity units, and their public addresses."""

from seatrial.graph import Resource
from seatrial.graph.check.view import LISTENER, LOAD_BALANCER
from seatrial.price.estimate import SECONDS, Estimate, Lines
from seatrial.price.line import Line
from seatrial.price.quantity import HOURS, ZERO, Quantity, plain
from seatrial.price.rules import prices
from seatrial.price.traffic import Traffic, of, through

# One capacity unit (LCU) of an Application Load Balancer is the largest of four:
# https://aws.amazon.com/elasticloadbalancing/pricing/
NEW = 25.0  # new connections a second
ACTIVE = 3000.0  # connections a minute
BYTES = 1.0  # GB an hour to instances, addresses and containers
EVALUATIONS = 1000.0  # rules processed beyond the first ten, times requests, a second
FREE_RULES = 10
IDLE = 60.0  # idle_timeout.timeout_seconds unless it is set

_NETWORK = (800.0, 100_000.0, 1.0)  # the same for TCP on a Network Load Balancer
"""New connections a second, active ones, GB an hour."""


def capacity(
    new: Quantity, active: Quantity, gb_an_hour: Quantity, rules: float, requests: Quantity
) -> dict[str, Quantity]:
    """Give the capacity units that each of the four dimensions asks for.

    `new` and `requests` are a second; `rules` are those that one request is held against.
    """
    return {
        "new connections": new / NEW,
        "active connections": active / ACTIVE,
        "processed bytes": gb_an_hour / BYTES,
        "rule evaluations": requests * (max(0.0, rules - FREE_RULES) / EVALUATIONS),
    }


@prices(LOAD_BALANCER)
def load_balancer(resource: Resource, estimate: Estimate) -> Lines:
    """Price a load balancer by its type."""
    kind = estimate.text(resource.properties.get("Type"), "application")
    short = {"application": "alb", "network": "nlb"}.get(kind)
    if short is None:
        yield estimate.unknown(resource, "hours", "", f"a {kind} load balancer is not priced here")
        return
    yield estimate.line(resource, "load balancer hours", f"{short}.h", HOURS, "1 x 730 h")
    yield _units(resource, estimate, short)
    if estimate.text(resource.properties.get("Scheme"), "internet-facing") == "internet-facing":
        yield _addresses(resource, estimate)


def _addresses(resource: Resource, estimate: Estimate) -> Line:
    properties = resource.properties
    zones = estimate.several(properties.get("Subnets")) or estimate.several(
        properties.get("SubnetMappings")
    )
    count = max(1, len(zones))
    return estimate.line(
        resource,
        "public IPv4 addresses",
        "ipv4.h",
        count * HOURS,
        f"{count} zones x 730 h",
        note="one address a zone at the least; a balancer that grows takes more",
    )


def _units(resource: Resource, estimate: Estimate, short: str) -> Line:
    traffic = through(estimate, resource)
    if traffic.unsaid and traffic.new_connections is None:
        return estimate.unknown(
            resource,
            "capacity units",
            f"{short}.lcu_h",
            "nobody said the requests of what is behind it",
            wants="requests",
        )
    assumed = ["traffic is even over the month; each hour pays for its own peak"]
    requests = (traffic.requests or ZERO) / SECONDS
    new = traffic.new_connections
    if new is None:
        new = requests
        assumed.append("each request opens a connection, which is the most it can be")
    active = traffic.active_connections
    if active is None:
        idle = _idle(resource, estimate)
        active = new * idle
        assumed.append(f"each connection stays open for the idle timeout of {plain(idle)} s")
    if traffic.out_gb is None or (traffic.requests is not None and traffic.in_gb is None):
        assumed.append("bytes that nobody said are not counted")
    asked = _asked(resource, estimate, short, traffic, (new, active, requests))
    units = ZERO
    for each in asked.values():
        units = units.at_least(each)
    largest = max(asked, key=lambda name: asked[name].expected)
    return estimate.line(
        resource,
        "capacity units",
        f"{short}.lcu_h",
        units * HOURS,
        f"{units} LCU by {largest} x 730 h ({'; '.join(traffic.how) or 'said of it'})",
        assumed=assumed,
    )


def _asked(
    resource: Resource,
    estimate: Estimate,
    short: str,
    traffic: Traffic,
    connections: tuple[Quantity, Quantity, Quantity],
) -> dict[str, Quantity]:
    new, active, requests = connections
    gb_an_hour = traffic.bytes / HOURS
    if short == "nlb":
        most = _NETWORK
        return {
            "new connections": new / most[0],
            "active connections": active / most[1],
            "processed bytes": gb_an_hour / most[2],
        }
    return capacity(new, active, gb_an_hour, _rules(resource, estimate), requests)


def _rules(resource: Resource, estimate: Estimate) -> float:
    """Count the rules of the listener that has the most: a request may be held against all."""
    return max(
        (
            len(estimate.rules_of.get(listener.id, ()))
            for listener in estimate.of(LISTENER)
            if estimate.follow(listener.properties.get("LoadBalancerArn")) is resource
        ),
        default=0,
    )


def _idle(resource: Resource, estimate: Estimate) -> float:
    for each in estimate.maps(resource.properties.get("LoadBalancerAttributes")):
        if each.get("Key") == "idle_timeout.timeout_seconds":
            return estimate.number(each.get("Value"), IDLE)
    return IDLE


@prices("AWS::ElasticLoadBalancing::LoadBalancer")
def classic(resource: Resource, estimate: Estimate) -> Lines:
    """Price a Classic Load Balancer by its hours and by what goes through it."""
    yield estimate.line(resource, "load balancer hours", "elb.h", HOURS, "1 x 730 h")
    traffic = of(estimate, resource.id, resource.label)
    if traffic.unsaid:
        why = "nobody said the requests of what is behind it"
        yield estimate.unknown(resource, "data processed", "elb.gb", why, wants="requests")
    else:
        how = "; ".join(traffic.how)
        yield estimate.line(resource, "data processed", "elb.gb", traffic.bytes, how)
    if estimate.text(resource.properties.get("Scheme"), "internet-facing") == "internet-facing":
        yield _addresses(resource, estimate)
