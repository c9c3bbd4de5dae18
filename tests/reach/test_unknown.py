"""Whatever a template leaves to others: nothing fails, and what was assumed is said."""

import copy
from random import Random

import pytest

from seatrial.graph import Graph
from seatrial.graph.values import Intrinsic, Ref, Value
from seatrial.reach import Reach
from seatrial.reach.tell import Teller
from tests.golden.systems import graphs
from tests.reach.drawn import ANYWHERE, Drawn, tcp

UNKNOWN = (
    Intrinsic("Fn::ImportValue", "other-stack-value"),
    Intrinsic("Fn::If", ["Condition", Ref("Nothing"), Ref("AWS::NoValue")]),
    Intrinsic("Fn::FindInMap", ["Map", "Key", "Other"]),
    Intrinsic("Fn::Split", [",", Intrinsic("Fn::ImportValue", "list")]),
    Ref("GivenByNobody"),
    None,
    "text",
    [],
    [Ref("GivenByNobody")],
)


def holes(value: Value, dice: Random) -> Value:
    """Give a value with one of its members, at any depth, unknown."""
    if isinstance(value, dict) and value and dice.random() < 0.8:
        name = dice.choice(list(value))
        return {**value, name: holes(value[name], dice)}
    if isinstance(value, list) and value and dice.random() < 0.8:
        index = dice.randrange(len(value))
        return [*value[:index], holes(value[index], dice), *value[index + 1 :]]
    return dice.choice(UNKNOWN)


@pytest.mark.parametrize(
    ("example", "environment"),
    [("analytics", "production"), ("chat", "production"), ("support", "own-model")],
)
def test_nothing_fails(example: str, environment: str) -> None:
    whole = graphs(example)[environment]
    quiet = ("AWS::CloudWatch", "AWS::IAM", "AWS::Logs", "AWS::SNS", "AWS::ApplicationAutoScaling")
    ids = [each.id for each in whole if not each.type.startswith(quiet)]
    for seed in range(40):
        dice = Random(seed)
        graph: Graph = copy.copy(whole)
        graph.resources = dict(whole.resources)
        for id in dice.sample(ids, 12):
            resource = copy.copy(graph[id])
            resource.properties = holes(resource.properties, dice) or {}
            if not isinstance(resource.properties, dict):
                resource.properties = {}
            graph.resources[id] = resource
        try:
            reach = Reach(graph)
            teller = Teller(graph)
            assert teller.table(reach.all)
            for name in list(reach.ways.interfaces)[:4]:
                teller.text(reach.ask("internet", name))
                teller.document(reach.ask(name, "internet"))
        except Exception as error:
            raise AssertionError(f"{example} {environment}, seed {seed}") from error


def test_what_is_given_from_outside_is_taken_to_be_open_and_said() -> None:
    drawn = Drawn()
    subnets, groups = Ref("Subnets"), [Ref("GroupOfOthers")]
    network = {"Subnets": subnets, "SecurityGroups": groups, "AssignPublicIp": "ENABLED"}
    containers = [{"PortMappings": [{"ContainerPort": 80}]}]
    drawn.add("Task", "ECS::TaskDefinition", ContainerDefinitions=containers)
    configuration = {"AwsvpcConfiguration": network}
    drawn.add(
        "Service", "ECS::Service", TaskDefinition=Ref("Task"), NetworkConfiguration=configuration
    )
    answer = drawn.ask("internet", "Service")
    assert answer.yes
    assert any("GroupOfOthers is not in this template" in each for each in answer.assumed)
    assert any("Subnets is not in this template" in each for each in answer.assumed)


def test_a_rule_for_an_unknown_address_is_taken_to_be_for_anybody() -> None:
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", {ANYWHERE: "Gateway"})
    rule = tcp(22, ANYWHERE) | {"CidrIp": Intrinsic("Fn::ImportValue", "office")}
    drawn.group("Group", [rule])
    drawn.instance("Server", "Public", "Group", public=True)
    answer = drawn.ask("internet", "Server")
    assert answer.yes
    assert any("CidrIp is not known" in each for each in answer.assumed)


def test_an_unknown_prefix_list_may_hold_anybody_but_no_private_address() -> None:
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", {ANYWHERE: "Gateway"})
    drawn.group("Group", [tcp(22, "pl-12345678")])
    drawn.instance("Server", "Public", "Group", public=True)
    drawn.instance("Beside", "Public", "Group", public=False)
    assert drawn.open("internet", "Server:22")
    assert not drawn.open("Beside", "Server:22")


def test_a_prefix_list_of_ones_own_is_read() -> None:
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", {ANYWHERE: "Gateway"})
    drawn.add("Offices", "EC2::PrefixList", Entries=[{"Cidr": "198.51.100.0/24"}])
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourcePrefixListId": Ref("Offices")}
    drawn.group("Group", [rule])
    drawn.instance("Server", "Public", "Group", public=True)
    answer = drawn.ask("internet", "Server:22")
    assert answer.yes
    assert answer.way is not None
    assert answer.way.legs[0].sender.number == (198 << 24) + (51 << 16) + (100 << 8)
