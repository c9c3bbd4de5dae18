"""Security groups: nothing is open that no part asked for."""

from hypothesis import given

from seatrial.graph import Graph
from seatrial.graph.annotations import Uses
from seatrial.graph.values import GetAtt
from tests.lower.systems import Described, few, graph_of, part_of, systems

INGRESS = "AWS::EC2::SecurityGroupIngress"
ANYWHERE = "0.0.0.0/0"


def opened(graph: Graph, group: str) -> set[tuple[str, int]]:
    """Give who may come into a group, by part (or the load balancer's group), and on which port."""
    found = set()
    for each in graph.of(INGRESS):
        if each.properties["GroupId"] != GetAtt(group, "GroupId"):
            continue
        source = each.properties["SourceSecurityGroupId"]
        assert isinstance(source, GetAtt)
        assert each.properties["FromPort"] == each.properties["ToPort"]
        named = "LoadBalancer" if source.id == "LoadBalancerGroup" else part_of(graph[source.id])
        found.add((named, each.properties["FromPort"]))
    return found


@few
@given(systems())
def test_a_database_lets_in_exactly_the_programs_that_use_it(described: Described) -> None:
    graph = described.graph()
    for instance in graph.of("AWS::RDS::DBInstance"):
        database = part_of(instance)
        users = {each.part for each in graph.annotated(Uses) if each.used == database}
        for group in instance.properties["VPCSecurityGroups"]:
            assert opened(graph, group.id) == {(user, 5432) for user in users}
        assert instance.properties["PubliclyAccessible"] is False


@few
@given(systems())
def test_a_task_is_reached_by_the_load_balancer_alone_and_on_its_port(described: Described) -> None:
    graph = described.graph()
    for service in graph.of("AWS::ECS::Service"):
        network = service.properties["NetworkConfiguration"]["AwsvpcConfiguration"]
        (group,) = network["SecurityGroups"]
        (container,) = graph[service.properties["TaskDefinition"].id].properties[
            "ContainerDefinitions"
        ]
        ports = [each["ContainerPort"] for each in container.get("PortMappings", ())]
        assert opened(graph, group.id) == {("LoadBalancer", port) for port in ports}
        assert network["AssignPublicIp"] == "DISABLED"
        assert all(each.id.startswith("PrivateSubnet") for each in network["Subnets"])


@few
@given(systems())
def test_only_the_load_balancer_is_open_to_the_internet(described: Described) -> None:
    graph = described.graph()
    for group in graph.of("AWS::EC2::SecurityGroup"):
        sources = {e["CidrIp"] for e in group.properties.get("SecurityGroupIngress", ())}
        assert sources == ({ANYWHERE} if group.id == "LoadBalancerGroup" else set())
        # Without a rule AWS would let everything out.
        assert group.properties["SecurityGroupEgress"]
    for rule in graph.of(INGRESS):
        assert "CidrIp" not in rule.properties


@few
@given(systems())
def test_the_load_balancer_reaches_each_of_its_services_and_nothing_else(
    described: Described,
) -> None:
    graph = described.graph()
    out = {
        (
            part_of(graph[each.properties["DestinationSecurityGroupId"].id]),
            each.properties["ToPort"],
        )
        for each in graph.of("AWS::EC2::SecurityGroupEgress")
    }
    targets = {
        (part_of(each), each.properties["Port"])
        for each in graph.of("AWS::ElasticLoadBalancingV2::TargetGroup")
    }
    assert out == targets


def test_two_programs_that_use_each_others_database_form_no_circle() -> None:
    graph = graph_of(
        'a = Postgres("adb", version="15", size="db.t3.micro")\n'
        'b = Postgres("bdb", version="15", size="db.t3.micro")\n'
        'one = Service("one", "app", ["run"], uses=[a, b])\n'
        'two = Service("two", "app", ["run"], uses=[b, a])\n'
        'system = System("shop", one, two)\n'
    )
    assert opened(graph, "AdbGroup") == opened(graph, "BdbGroup") == {("one", 5432), ("two", 5432)}
