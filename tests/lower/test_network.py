"""The network: as many zones as asked, private where it must be, one way out of each."""

from ipaddress import ip_network
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.graph.check import check
from seatrial.graph.values import Ref, Zone
from tests.lower.systems import graph_of

NATS = {"each zone": 3, "one": 1, "none": 0}


def text(zones: int, nat: str, cidr: str = "10.0.0.0/16") -> str:
    return (
        'api = Service("api", "app", ["run"], port=80)\n'
        f'system = System("shop", api, zones={zones}, nat={nat!r}, cidr={cidr!r})'
    )


@settings(deadline=None, max_examples=30)
@given(st.sampled_from([2, 3]), st.integers(0, 255))
def test_the_subnets_lie_in_the_network_and_never_overlap(zones: int, block: int) -> None:
    graph = graph_of(text(zones, "one", f"10.{block}.0.0/16"))
    subnets = graph.of("AWS::EC2::Subnet")
    assert len(subnets) == 2 * zones
    networks = [ip_network(each.properties["CidrBlock"]) for each in subnets]
    assert all(each.subnet_of(ip_network(f"10.{block}.0.0/16")) for each in networks)
    assert not any(one.overlaps(other) for one, other in combinations(networks, 2))
    for kind in ("Public", "Private"):
        found = [each.properties["AvailabilityZone"] for each in subnets if each.id[:5] == kind[:5]]
        assert found == [Zone(index) for index in range(zones)]


def test_each_private_subnet_goes_out_through_its_own_zone() -> None:
    graph = graph_of(text(3, "each zone"))
    for zone in (1, 2, 3):
        route = graph[f"PrivateDefaultRoute{zone}"].properties
        assert route["NatGatewayId"].id == f"NatGateway{zone}"
        assert route["RouteTableId"].id == f"PrivateRouteTable{zone}"
        assert graph[f"NatGateway{zone}"].properties["SubnetId"].id == f"PublicSubnet{zone}"


def test_the_number_of_nat_gateways_is_the_asked_one() -> None:
    for nat, count in NATS.items():
        graph = graph_of(text(3, nat))
        assert len(graph.of("AWS::EC2::NatGateway")) == len(graph.of("AWS::EC2::EIP")) == count
        routes = [each for each in graph.of("AWS::EC2::Route") if "Private" in each.id]
        assert len(routes) == (3 if count else 0)


def test_no_private_subnet_routes_to_the_internet_gateway() -> None:
    graph = graph_of(text(2, "none"))
    by_gateway = [each for each in graph.of("AWS::EC2::Route") if "GatewayId" in each.properties]
    assert [each.properties["RouteTableId"].id for each in by_gateway] == ["PublicRouteTable"]
    private = {
        each.properties["RouteTableId"].id
        for each in graph.of("AWS::EC2::SubnetRouteTableAssociation")
        if each.properties["SubnetId"].id.startswith("Private")
    }
    assert private == {"PrivateRouteTable1", "PrivateRouteTable2"}


def test_the_acls_number_each_rule_once_and_cover_each_subnet() -> None:
    graph = graph_of(text(3, "one"))
    numbers = [
        (each.properties["NetworkAclId"].id, each.properties.get("Egress", False), number)
        for each in graph.of("AWS::EC2::NetworkAclEntry")
        for number in [each.properties["RuleNumber"]]
    ]
    assert len(numbers) == len(set(numbers))
    covered = {
        e.properties["SubnetId"].id for e in graph.of("AWS::EC2::SubnetNetworkAclAssociation")
    }
    assert covered == {each.id for each in graph.of("AWS::EC2::Subnet")}


def test_databases_and_brokers_have_subnets_that_nothing_leads_out_of() -> None:
    graph = graph_of(
        'db = Postgres("db", version="15", size="db.r5.large", proxy=True)\n'
        'kafka = Kafka("kafka", brokers=3)\n'
        'api = Service("api", "app", ["run"], port=80, uses=[db, kafka.topic("t").write])\n'
        'system = System("shop", api, zones=3, data_subnets=True)\n'
    )
    assert check(graph) == []
    data = [Ref(f"DataSubnet{zone}") for zone in (1, 2, 3)]
    assert [graph[each.id].properties["CidrBlock"] for each in data] == [
        "10.0.21.0/24",
        "10.0.22.0/24",
        "10.0.23.0/24",
    ]
    assert graph["DbSubnets"].properties["SubnetIds"] == data
    assert graph["DbProxy"].properties["VpcSubnetIds"] == data
    assert graph["KafkaCluster"].properties["BrokerNodeGroupInfo"]["ClientSubnets"] == data
    service = graph["ApiService"].properties["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert Ref("PrivateSubnet1") in service["Subnets"]
    routes = graph.of("AWS::EC2::Route")
    assert "DataRouteTable" not in [each.properties["RouteTableId"].id for each in routes]
    entries = [each for each in graph.of("AWS::EC2::NetworkAclEntry") if "DataAcl" in each.id]
    assert {each.id for each in entries} == {"DataAclFromVpc", "DataAclOut"}
