"""Cases that AWS's documentation describes: who reaches whom there, and what else would not.

Each names its page, below https://docs.aws.amazon.com/.
"""

import pytest

from seatrial.graph.values import GetAtt, Ref
from seatrial.reach import ports
from seatrial.reach.ports import text
from tests.reach.drawn import ANYWHERE, ANYWHERE6, Drawn, every, tcp

OUT = {ANYWHERE: "Gateway"}


def test_a_vpc_for_a_test_environment() -> None:
    """vpc/latest/userguide/vpc-example-dev-test.html: SSH from one's own network alone."""
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT)
    drawn.group("Group", [tcp(22, "192.0.2.0/24")])
    drawn.instance("Server", "Public", "Group", public=True)
    assert drawn.open("internet", "Server:22")
    assert not drawn.open("internet", "Server:80")
    assert drawn.open("Server", "internet:443")
    way = drawn.ask("internet", "Server:22").way
    assert way is not None
    assert way.legs[0].sender.number == (192 << 24) + (2 << 8)


def test_web_and_database_servers() -> None:
    """vpc/latest/userguide/vpc-example-web-database-servers.html."""
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT)
    drawn.subnet("Private", "10.0.128.0/20", {})
    drawn.group("Web", [tcp(80, ANYWHERE), tcp(443, ANYWHERE), tcp(22, "192.0.2.0/24")])
    drawn.group("Data", [tcp(3306, "Web")])
    drawn.instance("WebServer", "Public", "Web", public=True)
    drawn.instance("DatabaseServer", "Private", "Data")
    assert text(drawn.ask("internet", "WebServer").ports) == "22, 80, 443"
    assert drawn.open("WebServer", "DatabaseServer:3306")
    assert not drawn.open("WebServer", "DatabaseServer:22")
    assert not drawn.open("internet", "DatabaseServer")
    assert not drawn.open("DatabaseServer", "internet")


def private_servers() -> Drawn:
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT)
    drawn.nat("Nat", "Public")
    drawn.subnet("Private", "10.0.128.0/20", {ANYWHERE: "Nat"})
    drawn.group("Balancing", [tcp(80, ANYWHERE)])
    drawn.group("Serving", [tcp(80, "Balancing")])
    drawn.balancer("Balancer", ["Public"], "Balancing")
    drawn.service("Servers", 80, ["Private"], "Serving", targets="BalancerTargets")
    drawn.add("Bucket", "S3::Bucket")
    drawn.endpoint("S3", "s3", VpcEndpointType="Gateway", RouteTableIds=[Ref("PrivateTable")])
    return drawn


def test_servers_in_private_subnets_behind_a_load_balancer() -> None:
    """vpc/latest/userguide/vpc-example-private-subnets-nat.html."""
    drawn = private_servers()
    answer = drawn.ask("internet", "Servers")
    assert answer.yes
    assert answer.way is not None
    assert [leg.target for leg in answer.way.legs] == ["Balancer", "Servers"]
    assert drawn.open("Servers", "internet:443")
    assert not drawn.open("Balancer", "internet")


def test_a_nat_gateway_lets_nobody_in() -> None:
    """vpc/latest/userguide/vpc-nat-gateway.html: it can't receive unsolicited connections."""
    drawn = private_servers()
    drawn.group("Everybody", [every(ANYWHERE)])
    drawn.instance("Server", "Private", "Everybody", public=True)
    answer = drawn.ask("internet", "Server")
    assert not answer.yes
    assert answer.way is not None
    ((_, gate),) = answer.way.shut
    assert gate.kind == "route"
    assert "Nat" in gate.why
    route = {"RouteTableId": Ref("PrivateTable"), "DestinationCidrBlock": "0.0.0.0/0"}
    drawn.graph["PrivateRoute0"].properties = route | {"GatewayId": Ref("Gateway")}
    assert drawn.open("internet", "Server")


@pytest.mark.parametrize(("kind", "expected"), [("private", False), ("public", True)])
def test_a_private_nat_gateway_leads_nowhere_public(kind: str, expected: bool) -> None:
    """vpc/latest/userguide/vpc-nat-gateway.html: the internet gateway drops its traffic."""
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT)
    drawn.nat("Nat", "Public", kind)
    drawn.subnet("Private", "10.0.128.0/20", {ANYWHERE: "Nat"})
    drawn.group("Group")
    drawn.instance("Server", "Private", "Group")
    assert drawn.open("Server", "internet") is expected


@pytest.mark.parametrize(
    ("missing", "kind"),
    [("route", "route"), ("address", "address"), ("attachment", "route"), ("nothing", "")],
)
def test_what_the_internet_needs(missing: str, kind: str) -> None:
    """vpc/latest/userguide/VPC_Internet_Gateway.html: a gateway, a route, a public address."""
    drawn = Drawn(gateway=missing != "attachment")
    if missing == "attachment":
        drawn.add("Gateway", "EC2::InternetGateway")
    drawn.subnet("Public", "10.0.0.0/20", {} if missing == "route" else OUT)
    drawn.group("Group", [tcp(80, ANYWHERE)])
    drawn.instance("Server", "Public", "Group", public=missing != "address")
    answer = drawn.ask("internet", "Server:80")
    assert answer.yes is (missing == "nothing")
    assert drawn.open("Server", "internet") is (missing == "nothing")
    assert answer.way is not None
    assert [gate.kind for _, gate in answer.way.shut] == ([kind] if kind else [])


def test_a_subnet_without_a_table_has_the_main_one() -> None:
    """vpc/latest/userguide/subnet-route-tables.html: it has the local route alone."""
    drawn = Drawn()
    drawn.subnet("One", "10.0.0.0/20")
    drawn.subnet("Other", "10.0.16.0/20")
    drawn.group("Group", [every(ANYWHERE)])
    drawn.instance("Server", "One", "Group", public=True)
    drawn.instance("Neighbour", "Other", "Group", public=True)
    assert not drawn.open("internet", "Server")
    assert not drawn.open("Server", "internet")
    assert drawn.open("Server", "Neighbour:22")


def test_the_most_specific_route_wins() -> None:
    """vpc/latest/userguide/route-tables-priority.html: 172.31.0.0/16 goes to the peering."""
    drawn = Drawn()
    drawn.add("Peering", "EC2::VPCPeeringConnection", VpcId=Ref("Vpc"), PeerVpcId="vpc-1")
    drawn.subnet("Public", "10.0.0.0/20", {ANYWHERE: "Gateway", "198.51.100.0/24": "Peering"})
    drawn.group("Anything", [], [every(ANYWHERE)])
    drawn.group("Partner", [], [tcp(443, "198.51.100.0/24")])
    drawn.instance("Free", "Public", "Anything", public=True)
    drawn.instance("Bound", "Public", "Partner", public=True)
    assert drawn.open("Free", "internet")
    answer = drawn.ask("Bound", "internet:443")
    assert not answer.yes
    assert answer.way is not None
    assert "not known" in answer.way.shut[0][1].why


def test_an_egress_only_gateway_lets_out_and_not_in() -> None:
    """vpc/latest/userguide/egress-only-internet-gateway.html: IPv6 out, nobody in."""
    drawn = Drawn(six=True)
    drawn.add("OutOnly", "EC2::EgressOnlyInternetGateway", VpcId=Ref("Vpc"))
    drawn.subnet("Private", "10.0.0.0/20", {ANYWHERE6: "OutOnly"}, six=1)
    drawn.group("Group", [every(ANYWHERE), every(ANYWHERE6)], [every(ANYWHERE6)])
    drawn.instance("Server", "Private", "Group")
    assert drawn.open("Server", "internet:443")
    assert not drawn.open("internet", "Server")


def test_ipv6_needs_no_public_address() -> None:
    """vpc/latest/userguide/vpc-ip-addressing.html: IPv6 addresses are public by nature."""
    drawn = Drawn(six=True)
    drawn.subnet("Public", "10.0.0.0/20", {ANYWHERE6: "Gateway"}, six=1)
    drawn.group("Group", [tcp(443, ANYWHERE6)])
    drawn.group("Four", [tcp(443, ANYWHERE)])
    drawn.instance("Server", "Public", "Group", public=False)
    drawn.instance("Other", "Public", "Four", public=False)
    assert drawn.open("internet", "Server:443")
    assert not drawn.open("internet", "Other:443")


def custom_acl(answers: tuple[int, int] = (32768, 65535)) -> Drawn:
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT)
    drawn.acl(
        "Acl",
        ["Public"],
        [
            ("in", 100, "allow", 80, 80, ANYWHERE),
            ("in", 110, "allow", 443, 443, ANYWHERE),
            ("in", 120, "allow", 22, 22, "192.0.2.0/24"),
            ("in", 130, "allow", 3389, 3389, "192.0.2.0/24"),
            ("in", 140, "allow", 32768, 65535, ANYWHERE),
            ("out", 100, "allow", 80, 80, ANYWHERE),
            ("out", 110, "allow", 443, 443, ANYWHERE),
            ("out", 120, "allow", 1024, 65535, "192.0.2.0/24"),
            ("out", 140, "allow", *answers, ANYWHERE),
        ],
    )
    drawn.group("Group", [every(ANYWHERE)])
    drawn.instance("Server", "Public", "Group", public=True)
    return drawn


def test_the_custom_network_acl() -> None:
    """vpc/latest/userguide/custom-network-acl.html: its table, rule by rule."""
    drawn = custom_acl()
    assert text(drawn.ask("internet", "Server").ports) == "22, 80, 443, 3389, 32768-65535"
    assert not drawn.open("internet", "Server:139")
    way = drawn.ask("internet", "Server:22").way
    assert way is not None
    assert way.legs[0].sender.number == (192 << 24) + (2 << 8)
    assert drawn.open("Server", "internet:443")
    assert not drawn.open("Server", "internet:25")


def test_answers_need_a_rule_of_their_own() -> None:
    """vpc/latest/userguide/nacl-ephemeral-ports.html: a network ACL keeps no state."""
    drawn = custom_acl(answers=(81, 90))
    answer = drawn.ask("internet", "Server:80")
    assert answer.yes  # for 192.0.2.0/24, whose answers rule 120 lets out
    assert answer.way is not None
    assert answer.way.legs[0].sender.number == (192 << 24) + (2 << 8)
    del drawn.graph.resources["AclOut120"]
    answer = drawn.ask("internet", "Server:80")
    assert not answer.yes
    assert answer.way is not None
    assert [gate.kind for _, gate in answer.way.shut] == ["answers out"]


def test_the_lowest_number_of_a_network_acl_decides() -> None:
    """vpc/latest/userguide/nacl-rules.html: rules are asked in order, the first match counts."""
    drawn = custom_acl()
    drawn.add(
        "AclIn90",
        "EC2::NetworkAclEntry",
        NetworkAclId=Ref("Acl"),
        RuleNumber=90,
        RuleAction="deny",
        Protocol=6,
        PortRange={"From": 80, "To": 80},
        CidrBlock=ANYWHERE,
    )
    answer = drawn.ask("internet", "Server:80")
    assert not answer.yes
    assert answer.way is not None
    assert answer.way.shut[0][1].shut.resource == "AclIn90"
    assert drawn.open("internet", "Server:443")


def test_a_network_acl_sees_nothing_inside_a_subnet() -> None:
    """vpc/latest/userguide/vpc-network-acls.html: it judges what enters or leaves a subnet."""
    drawn = Drawn()
    drawn.subnet("One", "10.0.0.0/20")
    drawn.subnet("Other", "10.0.16.0/20")
    drawn.acl("Acl", ["One"], [])
    drawn.group("Group", [every("10.0.0.0/16")])
    for name, home in (("Server", "One"), ("Beside", "One"), ("Far", "Other")):
        drawn.instance(name, home, "Group")
    assert drawn.open("Server", "Beside:80")
    assert not drawn.open("Far", "Server:80")


def test_the_default_security_group() -> None:
    """vpc/latest/userguide/default-security-group.html: its members reach each other, and out."""
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT)
    drawn.instance("Server", "Public", public=True)
    drawn.instance("Beside", "Public", public=True)
    drawn.group("Group")
    drawn.instance("Other", "Public", "Group", public=True)
    assert drawn.open("Server", "Beside:22")
    assert drawn.open("Server", "internet")
    assert not drawn.open("Other", "Server")
    assert not drawn.open("internet", "Server")


def test_a_security_group_keeps_state() -> None:
    """vpc/latest/userguide/vpc-security-groups.html: answers pass, whatever the rules out say."""
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT)
    drawn.group("Group", [tcp(22, ANYWHERE)], [tcp(443, "10.0.0.1/32")])
    drawn.instance("Server", "Public", "Group", public=True)
    assert drawn.open("internet", "Server:22")
    assert not drawn.open("Server", "internet")


@pytest.mark.parametrize(("inside", "expected"), [(False, True), (True, False)])
def test_rules_beside_a_group_leave_its_default_way_out(inside: bool, expected: bool) -> None:
    """AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html.

    A group without a rule of its own for what goes out lets everything out.
    """
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT)
    drawn.group("Group", [], [tcp(80, ANYWHERE)] if inside else [])
    given = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}
    group = GetAtt("Group", "GroupId")
    drawn.add("GroupOut", "EC2::SecurityGroupEgress", GroupId=group, **given)
    drawn.instance("Server", "Public", "Group", public=True)
    assert drawn.open("Server", "internet:22") is expected


def test_a_gateway_endpoint_leads_to_s3_alone() -> None:
    """vpc/latest/privatelink/vpc-endpoints-s3.html."""
    drawn = Drawn()
    drawn.subnet("Private", "10.0.0.0/20", {})
    drawn.endpoint("S3", "s3", VpcEndpointType="Gateway", RouteTableIds=[Ref("PrivateTable")])
    drawn.group("Group")
    drawn.instance("Server", "Private", "Group")
    drawn.add("Bucket", "S3::Bucket")
    drawn.add("Table", "DynamoDB::Table")
    assert drawn.open("Server", "Bucket")
    assert not drawn.open("Server", "Table")
    assert not drawn.open("Server", "internet")


@pytest.mark.parametrize(("peer", "expected"), [("10.0.0.0/16", True), ("10.9.0.0/16", False)])
def test_an_interface_endpoint_has_a_security_group(peer: str, expected: bool) -> None:
    """vpc/latest/privatelink/create-interface-endpoint.html: it must let in 443 from the VPC."""
    drawn = Drawn()
    drawn.subnet("Private", "10.0.0.0/20", {})
    drawn.group("Group")
    drawn.group("Endpoints", [tcp(443, peer)])
    subnets, groups = [Ref("Private")], [GetAtt("Endpoints", "GroupId")]
    more = {"VpcEndpointType": "Interface", "SubnetIds": subnets, "SecurityGroupIds": groups}
    drawn.endpoint("Secrets", "secretsmanager", **more)
    drawn.add("Secret", "SecretsManager::Secret")
    drawn.instance("Server", "Private", "Group")
    assert drawn.open("Server", "Secrets:443") is expected
    assert drawn.open("Server", "Secret") is expected


def test_a_load_balancers_own_rules() -> None:
    """elasticloadbalancing/latest/application/load-balancer-update-security-groups.html.

    It must let in the listener's port, and out the targets'.
    """
    for egress, expected in ([tcp(80, "Serving")], True), ([tcp(8080, "Serving")], False):
        drawn = Drawn()
        drawn.subnet("Public", "10.0.0.0/20", OUT)
        drawn.subnet("Private", "10.0.128.0/20", {})
        drawn.group("Serving", [tcp(80, "Balancing")])
        drawn.group("Balancing", [tcp(443, ANYWHERE)], egress)
        drawn.balancer("Balancer", ["Public"], "Balancing", port=443)
        drawn.service("Servers", 80, ["Private"], "Serving", targets="BalancerTargets")
        assert drawn.open("internet", "Servers") is expected
        assert drawn.open("internet", "Balancer:443")
        assert not drawn.open("internet", "Balancer:80")


def test_an_internal_load_balancer() -> None:
    """elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html.

    Its nodes have private addresses alone: it is reached from inside the VPC.
    """
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT)
    drawn.group("Group", [every(ANYWHERE)])
    drawn.balancer("Balancer", ["Public"], "Group", internal=True)
    drawn.service("Servers", 80, ["Public"], "Group", targets="BalancerTargets")
    drawn.instance("Inside", "Public", "Group", public=True)
    assert not drawn.open("internet", "Servers")
    assert drawn.open("Inside", "Balancer:80")


@pytest.mark.parametrize(
    ("kind", "peer", "expected"),
    [
        ("instance", ANYWHERE, True),
        ("instance", "10.0.0.0/20", False),
        ("ip", "10.0.0.0/20", True),
    ],
)
def test_a_network_load_balancer_keeps_the_clients_address(
    kind: str, peer: str, expected: bool
) -> None:
    """elasticloadbalancing/latest/network/edit-target-group-attributes.html.

    For instances it is kept by default, for IP targets over TCP it is not: the target's rules
    must name the client or the load balancer.
    """
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT)
    drawn.subnet("Private", "10.0.128.0/20", {})
    drawn.group("Group", [tcp(80, peer)])
    drawn.instance("Server", "Private", "Group")
    target: dict[str, object] = {"Id": Ref("Server"), "Port": 80}
    drawn.balancer("Balancer", ["Public"], network=True, targets=[target], kind=kind)
    assert drawn.open("internet", "Server:80") is expected


@pytest.mark.parametrize(("public", "expected"), [(True, True), (False, False), (None, True)])
def test_a_database_in_public_subnets(public: bool | None, expected: bool) -> None:
    """AmazonRDS/latest/UserGuide/USER_VPC.Scenarios.html and API_CreateDBInstance.html.

    Without PubliclyAccessible it is public where the VPC has an internet gateway.
    """
    drawn = Drawn()
    drawn.subnet("One", "10.0.0.0/20", OUT)
    drawn.subnet("Other", "10.0.16.0/20", OUT)
    drawn.group("Group", [tcp(3306, "203.0.113.0/24")])
    drawn.database("Database", ["One", "Other"], "Group", public=public)
    assert drawn.open("internet", "Database") is expected
    assert drawn.open("internet", "Database:3306") is expected
    assert not drawn.open("internet", "Database:22")


def test_a_function_in_a_public_subnet_has_no_way_out() -> None:
    """lambda/latest/dg/configuration-vpc-internet.html: it needs NAT, a public subnet won't do."""
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT, MapPublicIpOnLaunch=True)
    drawn.nat("Nat", "Public")
    drawn.subnet("Private", "10.0.128.0/20", {ANYWHERE: "Nat"})
    drawn.group("Group")
    for name, home in (("Inner", "Private"), ("Outer", "Public")):
        config = {"SubnetIds": [Ref(home)], "SecurityGroupIds": [GetAtt("Group", "GroupId")]}
        drawn.add(name, "Lambda::Function", VpcConfig=config)
    assert drawn.open("Inner", "internet:443")
    assert not drawn.open("Outer", "internet:443")


def test_tasks_on_fargate() -> None:
    """AmazonECS/latest/developerguide/fargate-task-networking.html: a public address, or NAT."""
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT)
    drawn.group("Group", [tcp(80, ANYWHERE)])
    drawn.service("Open", 80, ["Public"], "Group", public=True)
    drawn.service("Hidden", 80, ["Public"], "Group")
    assert drawn.open("internet", "Open")
    assert drawn.open("Open", "internet:443")
    assert not drawn.open("internet", "Hidden")
    assert not drawn.open("Hidden", "internet:443")


def test_an_origin_that_lets_cloudfront_in_alone() -> None:
    """AmazonCloudFront/latest/DeveloperGuide/LocationsOfEdgeServers.html: the prefix list."""
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", OUT)
    drawn.group("Balancing", [tcp(80, "pl-3b927c52")])
    drawn.group("Serving", [tcp(80, "Balancing")])
    drawn.balancer("Balancer", ["Public"], "Balancing")
    drawn.service("Servers", 80, ["Public"], "Serving", targets="BalancerTargets")
    assert drawn.open("internet", "Servers")  # a list that nobody knows may hold anybody
    origin = {
        "Id": "servers",
        "DomainName": GetAtt("Balancer", "DNSName"),
        "CustomOriginConfig": {"OriginProtocolPolicy": "http-only"},
    }
    drawn.add("Edge", "CloudFront::Distribution", DistributionConfig={"Origins": [origin]})
    answer = drawn.ask("internet", "Servers")
    assert answer.way is not None
    assert [leg.source for leg in answer.way.legs] == ["internet", "Edge", "Balancer"]
    origin["CustomOriginConfig"] = {"OriginProtocolPolicy": "https-only"}
    assert not drawn.open("internet", "Servers")


def test_a_vpc_origin_may_be_private() -> None:
    """AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html."""
    drawn = Drawn()
    drawn.subnet("Private", "10.0.0.0/20", {})
    drawn.group("Balancing", [tcp(80, "pl-3b927c52")])
    drawn.group("Serving", [tcp(80, "Balancing")])
    drawn.balancer("Balancer", ["Private"], "Balancing", internal=True)
    drawn.service("Servers", 80, ["Private"], "Serving", targets="BalancerTargets")
    config = {"Arn": Ref("Balancer"), "OriginProtocolPolicy": "http-only"}
    drawn.add("Origin", "CloudFront::VpcOrigin", VpcOriginEndpointConfig=config)
    origin = {
        "Id": "servers",
        "DomainName": GetAtt("Balancer", "DNSName"),
        "VpcOriginConfig": {"VpcOriginId": Ref("Origin")},
    }
    drawn.add("Edge", "CloudFront::Distribution", DistributionConfig={"Origins": [origin]})
    assert drawn.open("internet", "Servers")
    del drawn.graph.resources["Edge"]
    assert not drawn.open("internet", "Servers")


def test_clients_of_a_vpn() -> None:
    """vpn/latest/clientvpn-admin/scenario-vpc.html: they come from the endpoint's interfaces."""
    drawn = Drawn()
    drawn.subnet("Private", "10.0.0.0/20", {})
    drawn.group("Clients")
    drawn.group("Data", [tcp(3306, "Clients")])
    drawn.database("Database", ["Private"], "Data")
    groups = [GetAtt("Clients", "GroupId")]
    drawn.add("Vpn", "EC2::ClientVpnEndpoint", SecurityGroupIds=groups, VpcId=Ref("Vpc"))
    here = {"ClientVpnEndpointId": Ref("Vpn"), "SubnetId": Ref("Private")}
    drawn.add("VpnHere", "EC2::ClientVpnTargetNetworkAssociation", **here)
    assert drawn.open("Vpn", "Database")
    assert not drawn.open("internet", "Database")


@pytest.mark.parametrize(("peer", "expected"), [("10.0.0.0/30", False), ("10.0.0.0/29", True)])
def test_aws_keeps_the_first_four_addresses(peer: str, expected: bool) -> None:
    """vpc/latest/userguide/subnet-sizing.html: and the last; none of a subnet's own has them."""
    drawn = Drawn()
    drawn.subnet("Private", "10.0.0.0/28", {})
    drawn.group("Group")
    drawn.group("Data", [tcp(3306, peer)])
    drawn.instance("Server", "Private", "Group")
    drawn.database("Database", ["Private"], "Data")
    assert drawn.open("Server", "Database") is expected


def test_two_vpcs_do_not_meet() -> None:
    """vpc/latest/userguide/what-is-amazon-vpc.html: a VPC is isolated from the others."""
    drawn = Drawn()
    drawn.add("Vpc2", "EC2::VPC", CidrBlock="10.1.0.0/16")
    drawn.subnet("One", "10.0.0.0/20", {})
    drawn.subnet("Other", "10.1.0.0/20", {}, vpc="Vpc2")
    drawn.group("Group", [every(ANYWHERE)])
    drawn.instance("Server", "One", "Group")
    drawn.instance("Far", "Other", "Group")
    answer = drawn.ask("Server", "Far:80")
    assert not answer.yes
    assert answer.way is not None
    assert answer.way.shut[0][1].why == "is not Vpc2, where Far is"
    assert ports.text(answer.ports) == "none"
    drawn.instance("Near", "One", "Group")
    assert drawn.open("Server", "Near:80")


def test_each_case_names_its_page() -> None:
    cases = {name: case for name, case in globals().items() if name.startswith("test_")}
    del cases["test_each_case_names_its_page"]
    assert len(cases) >= 20
    for name, case in cases.items():
        page = (case.__doc__ or "").split(maxsplit=1)[0].rstrip(".:")
        assert page.count("/") >= 2, name
        assert page.endswith(".html"), name
