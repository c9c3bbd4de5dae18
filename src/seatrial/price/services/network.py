"""The network: NAT gateways, public addresses, endpoints, the way in for administrators."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.quantity import HOURS, ZERO
from seatrial.price.rules import prices
from seatrial.price.traffic import KB_PER_GB

NAT = "AWS::EC2::NatGateway"
ENDPOINT = "AWS::EC2::VPCEndpoint"


@prices(NAT)
def nat_gateway(resource: Resource, estimate: Estimate) -> Lines:
    """Price a NAT gateway's hours; the first one also carries what all of them process."""
    yield estimate.line(resource, "NAT gateway hours", "nat.h", HOURS, "1 x 730 h")
    if resource is next(estimate.of(NAT)):
        yield from _nat_data(resource, estimate)


def _nat_data(resource: Resource, estimate: Estimate) -> Lines:
    """Add up what goes through NAT: what is said, calls to services outside, logs."""
    found = ZERO
    how: list[str] = []
    for name in estimate.usage.names:
        said = estimate.usage.get("nat_gb", name)
        if said:
            found, how = found + said.quantity, [*how, f"{name}: {said.quantity} GB ({said.by})"]
    for name in estimate.outside:
        requests = estimate.quantity("requests", name)
        sent, answered = (estimate.quantity(each, name) for each in ("request_kb", "response_kb"))
        if requests is not None and (sent is not None or answered is not None):
            size = (sent or ZERO) + (answered or ZERO)
            found = found + requests * size / KB_PER_GB
            how.append(f"calls of {name}: {requests} x {size} kB")
    if not _endpoint_of(estimate, "logs"):
        for part in _logging_tasks(estimate):
            logs = estimate.quantity("logs_gb", part)
            if logs is not None:
                found, how = found + logs, [*how, f"logs of {part}: {logs} GB"]
    if not how:
        yield estimate.unknown(
            resource,
            "NAT data",
            "nat.gb",
            "nobody said nat_gb of any part or of the system",
            wants="nat_gb",
        )
        return
    yield estimate.line(resource, "NAT data", "nat.gb", found, " + ".join(how))


def _logging_tasks(estimate: Estimate) -> list[str]:
    parts = {each.label: None for each in estimate.of("AWS::ECS::Service")}
    return list(parts)


def _endpoint_of(estimate: Estimate, service: str) -> bool:
    return any(
        estimate.text(each.properties.get("ServiceName")).endswith(f".{service}")
        for each in estimate.of(ENDPOINT)
    )


@prices("AWS::EC2::EIP")
def address(resource: Resource, estimate: Estimate) -> Lines:
    """Price a public address that is kept, used or not."""
    yield estimate.line(resource, "public IPv4 addresses", "ipv4.h", HOURS, "1 x 730 h")


@prices(ENDPOINT)
def endpoint(resource: Resource, estimate: Estimate) -> Lines:
    """Price an interface endpoint by its zones and data; a gateway endpoint is free."""
    properties = resource.properties
    kind = estimate.text(properties.get("VpcEndpointType"), "Gateway")
    if kind == "Gateway":
        return
    if kind != "Interface":
        yield estimate.unknown(resource, "endpoint", "", f"a {kind} endpoint is not priced here")
        return
    zones = max(1, len(estimate.several(properties.get("SubnetIds"))))
    hours = zones * HOURS
    yield estimate.line(
        resource, "interface endpoint hours", "vpce.h", hours, f"{zones} zones x 730 h"
    )
    if estimate.text(properties.get("ServiceName")).endswith(".logs"):
        parts = _logging_tasks(estimate)
        said = [(part, estimate.quantity("logs_gb", part)) for part in parts]
        known = [(part, quantity) for part, quantity in said if quantity is not None]
        if known:
            total = ZERO
            for _, quantity in known:
                total = total + quantity
            how = " + ".join(f"logs of {part}: {quantity} GB" for part, quantity in known)
            yield estimate.line(resource, "interface endpoint data", "vpce.gb", total, how)
            return
    yield estimate.metered(resource, "interface endpoint data", "vpce.gb", "endpoint_gb", unit="GB")


@prices("AWS::EC2::ClientVpnTargetNetworkAssociation")
def vpn_association(resource: Resource, estimate: Estimate) -> Lines:
    """Price a Client VPN in one subnet; the first one also carries the clients' hours."""
    key = "vpn.client.association_h"
    yield estimate.line(resource, "Client VPN associations", key, HOURS, "1 subnet x 730 h")
    if resource is next(estimate.of(resource.type)):
        key = "vpn.client.connection_h"
        yield estimate.metered(resource, "Client VPN connections", key, "vpn_hours", unit="h")


@prices("AWS::EC2::VPNConnection")
def vpn_connection(resource: Resource, estimate: Estimate) -> Lines:
    """Price a site-to-site VPN by its hours."""
    yield estimate.line(resource, "VPN connection", "vpn.site_h", HOURS, "1 x 730 h")


@prices("AWS::EC2::TransitGatewayAttachment", "AWS::EC2::TransitGatewayVpcAttachment")
def transit_attachment(resource: Resource, estimate: Estimate) -> Lines:
    """Price what is attached to a transit gateway by its hours."""
    key = "tgw.attachment_h"
    yield estimate.line(resource, "transit gateway attachment", key, HOURS, "1 x 730 h")
