"""Small cases of what random networks have found: where the walk and the reader disagreed.

Each was the reader's mistake by AWS's documentation, whose page it names.
"""

import pytest

from seatrial.graph.values import GetAtt, Ref
from seatrial.reach.ports import text
from tests.reach.drawn import ANYWHERE, ANYWHERE6, Drawn, Rule, every, tcp

OUT = {ANYWHERE: "Gateway"}
BOTH = {ANYWHERE: "Gateway", ANYWHERE6: "Gateway"}


def two_subnets(into: tuple[int, int], out: tuple[int, int]) -> Drawn:
    """Draw a caller and a database; answers leave it by `out` and come to the caller by `into`."""
    drawn = Drawn()
    drawn.subnet("One", "10.0.0.0/28", {})
    drawn.subnet("Other", "10.0.0.16/28", {})
    to, back = ("out", 1, "allow", 3306, 3306, ANYWHERE), ("in", 1, "allow", *into, ANYWHERE)
    drawn.acl("Near", ["One"], [to, back])
    here, answer = ("in", 1, "allow", 3306, 3306, ANYWHERE), ("out", 1, "allow", *out, ANYWHERE)
    drawn.acl("Far", ["Other"], [here, answer])
    drawn.group("Group", [every(ANYWHERE)])
    drawn.instance("Caller", "One", "Group")
    drawn.database("Database", ["Other"], "Group")
    return drawn


@pytest.mark.parametrize(
    ("into", "out", "expected"),
    [
        ((61001, 65535), (32768, 61000), False),
        ((61000, 65535), (32768, 61000), True),
        ((5432, 5432), (61001, 65535), False),
        ((5432, 5432), (1024, 65535), True),
    ],
    ids=["seed 1748", "seed 1748, opened", "seed 3918", "seed 3918, opened"],
)
def test_one_client_port_passes_both_network_acls(
    into: tuple[int, int], out: tuple[int, int], expected: bool
) -> None:
    """vpc/latest/userguide/nacl-basics.html and nacl-ephemeral-ports.html.

    Network ACLs keep no state, and an answer goes to the one port from which it was asked:
    ranges that each let some answers through, and none in common, let none through.
    """
    assert two_subnets(into, out).open("Caller", "Database") is expected


def test_an_address_of_ipv4_that_is_written_leaves_that_of_ipv6() -> None:
    """AWSEC2/latest/UserGuide/using-instance-addressing.html: the subnet still gives one."""
    drawn = Drawn(six=True)
    drawn.subnet("Public", "10.0.0.0/24", {ANYWHERE6: "Gateway"}, six=1)
    drawn.group("Group")
    card = {"SubnetId": Ref("Public"), "GroupSet": [GetAtt("Group", "GroupId")]}
    drawn.add("Server", "EC2::Instance", NetworkInterfaces=[card | {"DeviceIndex": "0"}])
    drawn.add("Other", "EC2::Instance", NetworkInterfaces=[card | {"PrivateIpAddress": "10.0.0.9"}])
    assert drawn.open("Server", "internet:443")
    assert drawn.open("Other", "internet:443")


def two_cards(elastic: int, attached: bool = False) -> Drawn:
    """Draw an instance with two interfaces, the second one written first or attached."""
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/24", OUT, MapPublicIpOnLaunch=True)
    drawn.subnet("Private", "10.0.1.0/24", {})
    drawn.group("Serving", [tcp(443, ANYWHERE)])
    drawn.group("Managing", [tcp(22, ANYWHERE)])
    for name, home, group in (("Card0", "Public", "Serving"), ("Card1", "Public", "Managing")):
        given = {"SubnetId": Ref(home), "GroupSet": [GetAtt(group, "GroupId")]}
        drawn.add(name, "EC2::NetworkInterface", **given)
    drawn.add("Address", "EC2::EIP", NetworkInterfaceId=Ref(f"Card{elastic}"))
    cards = [
        {"DeviceIndex": "1", "NetworkInterfaceId": Ref("Card1")},
        {"DeviceIndex": "0", "NetworkInterfaceId": Ref("Card0")},
    ]
    drawn.add("Server", "EC2::Instance", NetworkInterfaces=cards[1:] if attached else cards)
    if attached:
        both = {"InstanceId": Ref("Server"), **cards[0]}
        drawn.add("Attached", "EC2::NetworkInterfaceAttachment", **both)
    drawn.instance("Beside", "Private", "Serving")
    return drawn


@pytest.mark.parametrize("attached", [False, True])
def test_each_interface_of_an_instance_has_its_own_groups_and_address(attached: bool) -> None:
    """AWSEC2/latest/APIReference/API_InstanceNetworkInterfaceSpecification.html.

    A subnet gives a public address to a first interface alone, and to none that was there before.
    """
    for elastic, expected in ((0, "443"), (1, "22")):
        drawn = two_cards(elastic, attached)
        assert text(drawn.ask("internet", "Server").ports) == expected
        assert text(drawn.ask("Beside", "Server").ports) == "22, 443"
        assert drawn.open("Server", "internet")
    assert drawn.open("internet", "Card1")
    assert not drawn.open("internet", "Card0:443")


@pytest.mark.parametrize(("target", "expected"), [("GatewayId", True), ("Peering", False)])
def test_a_route_for_a_block_comes_before_one_for_a_prefix_list(
    target: str, expected: bool
) -> None:
    """vpc/latest/userguide/route-tables-priority.html: of equally long ones, in any order."""
    drawn = Drawn()
    drawn.add("Peering", "EC2::VPCPeeringConnection", VpcId=Ref("Vpc"), PeerVpcId="vpc-1")
    drawn.add("Partners", "EC2::PrefixList", Entries=[{"Cidr": "198.51.100.0/24"}])
    drawn.subnet("Public", "10.0.0.0/20", {})
    to = [{"GatewayId": Ref("Gateway")}, {"VpcPeeringConnectionId": Ref("Peering")}]
    by_block, by_list = to if target == "GatewayId" else reversed(to)
    table = Ref("PublicTable")
    listed = {"DestinationPrefixListId": Ref("Partners"), **by_list}
    drawn.add("Listed", "EC2::Route", RouteTableId=table, **listed)
    block = {"DestinationCidrBlock": "198.51.100.0/24", **by_block}
    drawn.add("Named", "EC2::Route", RouteTableId=table, **block)
    drawn.group("Group", [], [tcp(443, "198.51.100.0/24")])
    drawn.instance("Server", "Public", "Group", public=True)
    assert drawn.open("Server", "internet:443") is expected


@pytest.mark.parametrize(("protocol", "expected"), [("UDP", False), ("TCP", True)])
def test_over_udp_the_clients_address_is_always_kept(protocol: str, expected: bool) -> None:
    """elasticloadbalancing/latest/network/edit-target-group-attributes.html: it can't be off."""
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/24", OUT)
    drawn.group("Group", [every("10.0.0.0/24")])
    drawn.instance("Server", "Public", "Group")
    drawn.balancer("Balancer", ["Public"], network=True, targets=[{"Id": Ref("Server")}])
    off = {"Key": "preserve_client_ip.enabled", "Value": "false"}
    drawn.graph["BalancerTargets"].properties |= {
        "Protocol": protocol,
        "TargetGroupAttributes": [off],
    }
    drawn.graph["BalancerListener"].properties["Protocol"] = protocol
    assert drawn.open("internet", "Server") is expected


def dual(*rules: Rule, network: bool, listens: Rule | None = None) -> Drawn:
    """Draw a load balancer with addresses of both kinds before an instance that has both."""
    drawn = Drawn(six=True)
    drawn.subnet("Public", "10.0.0.0/24", BOTH, six=1)
    drawn.group("Serving", list(rules))
    drawn.group("Balancing", [listens or tcp(80, ANYWHERE6)])
    drawn.instance("Server", "Public", "Serving", public=False)
    targets: list[object] = [{"Id": Ref("Server")}]
    more = {"network": network, "targets": targets, "kind": "instance"}
    drawn.balancer("Balancer", ["Public"], "Balancing", **more)
    drawn.graph["Balancer"].properties["IpAddressType"] = "dualstack"
    return drawn


def through(drawn: Drawn) -> bool:
    return drawn.open("internet", "Balancer") and drawn.open("Balancer", "Server:80")


@pytest.mark.parametrize("network", [False, True])
@pytest.mark.parametrize(("peer", "expected"), [("10.0.0.0/24", True), ("2600:1f00::/56", False)])
def test_an_ipv4_target_group_is_asked_by_ipv4(network: bool, peer: str, expected: bool) -> None:
    """elasticloadbalancing/latest/network/edit-target-group-attributes.html.

    Whoever asks by IPv6, an IPv4 target sees an IPv4 address of the load balancer.
    """
    drawn = dual(tcp(80, peer), network=network)
    assert through(drawn) is expected
    assert drawn.open("internet", "Server:80") is expected


def test_an_endpoint_has_no_address_of_ipv6() -> None:
    """vpc/latest/privatelink/create-interface-endpoint.html: unless it is asked for one."""
    drawn = Drawn(six=True)
    drawn.subnet("Public", "10.0.0.0/24", BOTH, six=1)
    drawn.group("Group", [tcp(443, ANYWHERE6)], [tcp(443, ANYWHERE6)])
    homes, groups = [Ref("Public")], [GetAtt("Group", "GroupId")]
    more = {"VpcEndpointType": "Interface", "SubnetIds": homes, "SecurityGroupIds": groups}
    drawn.endpoint("Secrets", "secretsmanager", **more)
    drawn.instance("Server", "Public", "Group", public=False)
    assert not drawn.open("Server", "Secrets")
    assert not drawn.open("internet", "Secrets")
    assert drawn.open("Server", "internet:443")


def strangers(peer: str, out: Rule) -> Drawn:
    """Draw two VPCs: what goes between them goes by the internet."""
    drawn = Drawn(six=True)
    drawn.subnet("Public", "10.0.0.0/24", BOTH, six=1)
    drawn.group("Serving", [tcp(22, peer, 443)], [tcp(9, "10.0.0.0/24")])
    drawn.instance("Server", "Public", "Serving", public=True)
    drawn.add("Vpc2", "EC2::VPC", CidrBlock="10.1.0.0/16")
    drawn.add("Six2", "EC2::VPCCidrBlock", VpcId=Ref("Vpc2"), AmazonProvidedIpv6CidrBlock=True)
    drawn.add("Gateway2", "EC2::InternetGateway")
    at = {"VpcId": Ref("Vpc2"), "InternetGatewayId": Ref("Gateway2")}
    drawn.add("Attachment2", "EC2::VPCGatewayAttachment", **at)
    routes = {ANYWHERE: "Gateway2", ANYWHERE6: "Gateway2"}
    drawn.subnet("Far", "10.1.0.0/24", routes, six=1, vpc="Vpc2")
    drawn.group("Calling", [], [out])
    drawn.instance("Caller", "Far", "Calling", public=True)
    return drawn


@pytest.mark.parametrize(
    ("peer", "out", "expected"),
    [
        (ANYWHERE, tcp(80, ANYWHERE), "80"),
        (ANYWHERE6, tcp(80, ANYWHERE6), "80"),
        (ANYWHERE6, tcp(80, ANYWHERE), "none"),
        (ANYWHERE, tcp(80, ANYWHERE6), "none"),
    ],
)
def test_out_and_in_again_is_one_connection(peer: str, out: Rule, expected: str) -> None:
    """vpc/latest/userguide/VPC_Internet_Gateway.html: of one family, on one port."""
    assert text(strangers(peer, out).ask("Caller", "Server").ports) == expected
