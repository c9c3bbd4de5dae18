"""What leaves to the internet, and what crosses from one zone to another.

Takes the estimate; gives lines that belong to no single resource. What CloudFront
fetches is free, and what it sends is on the distribution's lines.
"""

from seatrial.graph import Resource
from seatrial.graph.check.view import LOAD_BALANCER
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.quantity import ZERO, Quantity, plain
from seatrial.price.traffic import KB_PER_GB, behind_edge, edges, of, served

EGRESS = "data to the internet"
CROSSING = "data between zones"


def lines(estimate: Estimate) -> Lines:
    """Give every line of transfer."""
    yield from _answers(estimate)
    yield from _calls(estimate)
    yield from _between_zones(estimate)


def _public(balancer: Resource, estimate: Estimate) -> bool:
    scheme = estimate.text(balancer.properties.get("Scheme"), "internet-facing")
    return scheme == "internet-facing"


def _answers(estimate: Estimate) -> Lines:
    """Price answers that go straight to the internet, not through a distribution."""
    told: set[str] = set()
    for balancer in estimate.of(LOAD_BALANCER):
        if not _public(balancer, estimate):
            continue
        parts = [each for each in served(estimate, balancer) if not edges(estimate, each)]
        own = of(estimate, balancer.id)
        if not own.unsaid and balancer.id not in told:
            told.add(balancer.id)
            if not behind_edge(estimate, balancer) and own.out_gb is not None:
                how = "; ".join(own.how)
                yield estimate.line(balancer, EGRESS, "egress.gb", own.out_gb, how)
            continue
        for part in parts:
            if part not in told:
                told.add(part)
                yield from _of_part(part, estimate)
    for resource in estimate.of("AWS::S3::Bucket", "AWS::EC2::Instance"):
        part = resource.label
        if part in told or part in _edge_parts(estimate):
            continue
        said = estimate.usage.get("out_gb", resource.id, part)
        if said is not None:
            told.add(part)
            how = f"{said.quantity} GB ({said.by})"
            yield estimate.line(resource, EGRESS, "egress.gb", said.quantity, how)


def _edge_parts(estimate: Estimate) -> set[str]:
    return {each.label for each in estimate.of("AWS::CloudFront::Distribution")}


def _of_part(part: str, estimate: Estimate) -> Lines:
    traffic = of(estimate, part)
    if traffic.out_gb is None:
        why = f"nobody said out_gb, or requests and response_kb, of {part}"
        yield estimate.unknown(part, EGRESS, "egress.gb", why, wants="out_gb")
        return
    yield estimate.line(part, EGRESS, "egress.gb", traffic.out_gb, "; ".join(traffic.how))


def _calls(estimate: Estimate) -> Lines:
    """Price what is sent to services outside; what they answer comes in free."""
    for name in estimate.outside:
        requests = estimate.quantity("requests", name)
        sent = estimate.quantity("request_kb", name)
        if requests is not None and sent is not None:
            how = f"{requests} calls x {sent} kB"
            quantity = requests * sent / KB_PER_GB
            yield estimate.line(name, EGRESS, "egress.gb", quantity, how)


def _between_zones(estimate: Estimate) -> Lines:
    """Price what tasks and machines send to or get from other zones, each GB once.

    AWS bills each direction at the instance's or task's side; a load balancer's own
    traffic to its targets, copies of RDS and of MSK's brokers cross zones for nothing.
    https://aws.amazon.com/ec2/pricing/on-demand/
    """
    told = False
    for name in estimate.usage.names:
        said = estimate.usage.get("cross_zone_gb", name)
        if said is not None:
            told = True
            how = f"{said.quantity} GB sent and got ({said.by})"
            yield estimate.line(name, CROSSING, "cross_az.gb", said.quantity, how)
    for cluster in estimate.of("AWS::MSK::Cluster"):
        part = cluster.label
        crossing = _kafka(cluster, estimate)
        if crossing is not None and estimate.quantity("cross_zone_gb", part) is None:
            quantity, how = crossing
            assumed = ("clients and brokers are spread evenly over the zones",)
            yield estimate.line(cluster, CROSSING, "cross_az.gb", quantity, how, assumed=assumed)
    runs = [*estimate.of("AWS::ECS::Service"), *estimate.of("AWS::EC2::Instance")]
    if not told and estimate.zones > 1 and runs:
        why = "nobody said cross_zone_gb of any part"
        yield estimate.unknown(
            estimate.graph.system, CROSSING, "cross_az.gb", why, wants="cross_zone_gb"
        )


def _kafka(cluster: Resource, estimate: Estimate) -> tuple[Quantity, str] | None:
    """Give what producers and consumers move across zones; None where nobody said in_gb."""
    arriving = estimate.said("in_gb", cluster)
    if arriving is None:
        return None
    group = estimate.map(cluster.properties.get("BrokerNodeGroupInfo"))
    zones = len(estimate.several(group.get("ClientSubnets")))
    if zones < 2:
        return ZERO, "one zone"
    users = estimate.used_by.get(cluster.label, ())
    readers = sum(1 for each in users if each.access == "read")
    share = (zones - 1) / zones
    how = (
        f"{arriving.quantity} GB x (1 producer + {readers} consumers)"
        f" x {plain(share)} in another zone"
    )
    return arriving.quantity * ((1 + readers) * share), how
