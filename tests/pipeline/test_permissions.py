"""What CloudFormation may do: AWS's own list for the types in the graph, on the stack's own."""

import pytest

from seatrial.graph import Graph, Resource
from seatrial.graph.check import check
from seatrial.graph.schema import known_types
from seatrial.pipeline.bootstrap import bootstrap
from seatrial.pipeline.delivery import ORDER, delivery
from seatrial.pipeline.permissions import (
    NOTHING_TO_CALL,
    actions,
    own,
    policies,
    shared,
)
from tests.golden.systems import EXAMPLES, graphs
from tests.pipeline.handlers import TABLE, TYPES, holds, known, table
from tests.pipeline.systems import ACME, DELIVERIES, example
from tests.pipeline.test_roles import allowed, plain

GRAPHS = [
    pytest.param(stage, id=f"{name}-{stage.environment}")
    for name, made in DELIVERIES.items()
    for stage in made().stages
]
# Services whose names AWS makes up (`vpc-0a1b`), or cuts so short that they tell nothing.
UNNAMED = {"ec2", "elasticloadbalancing", "acm", "kms", "application-autoscaling", "cloudfront"}
UNNAMED |= {"route53", "servicediscovery"}


def test_the_table_is_what_the_locked_cfn_lint_says() -> None:
    assert TABLE.read_text() == table()


def test_every_type_says_what_it_needs() -> None:
    types = {each for each in TYPES.read_text().split("\n") if each.startswith("AWS::")}
    assert types <= set(known_types())
    silent = {each for each in types if not actions(each)}
    # CodeBuild belongs to a pipeline and is in no system.
    assert silent == NOTHING_TO_CALL | {"AWS::CodeBuild::Project"}


def test_a_custom_resource_of_any_name_calls_its_function() -> None:
    assert actions("Custom::MskBootstrapBrokers") == ("lambda:InvokeFunction",)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_has_a_bootstrap_stack(example: str) -> None:
    made = graphs(example)
    stages = [made[name] for name in ORDER if name in made]
    assert check(bootstrap(delivery(stages, ACME))) == []


@pytest.mark.parametrize("stage", GRAPHS)
def test_iam_knows_every_action(stage) -> None:
    parts = [*shared([stage.graph]), *own(stage.graph, stage.stack)]
    unknown = {each for each in allowed(parts) if not known(each)}
    assert not unknown


@pytest.mark.parametrize("stage", GRAPHS)
def test_what_can_be_held_to_a_name_is(stage) -> None:
    for each in shared([stage.graph]):
        for action in allowed([each]):
            service, _, name = action.partition(":")
            if each["Resource"] != "*" or name.startswith(("Describe", "List")):
                continue
            assert service in UNNAMED or not holds(action), action
    for each in own(stage.graph, stage.stack):
        resources = each["Resource"]
        for resource in plain(resources if isinstance(resources, list) else [resources]):
            assert resource.split(":", 5)[5].rstrip("*") not in {"", "role/", "secret:"}


@pytest.mark.parametrize("stage", GRAPHS)
def test_no_secret_and_no_object_can_be_read_beyond_the_stack(stage) -> None:
    for each in shared([stage.graph]):
        loose = allowed([each])
        assert not loose & {"s3:GetObject", "secretsmanager:GetSecretValue", "iam:PassRole"}
        assert not {each for each in loose if each.startswith(("ssm:Get", "ec2:Get*"))}
        if "kms:Decrypt" in loose:
            through = {"kms:ViaService": "*.<AWS::Region>.amazonaws.com"}
            assert plain(each["Condition"]) == {"StringLike": through}


def test_a_role_of_the_stack_goes_only_to_what_the_graph_gives_it_to() -> None:
    stage = example().stages[1]
    (passing,) = [e for e in own(stage.graph, stage.stack) if allowed([e]) == {"iam:PassRole"}]
    assert passing["Condition"] == {
        "StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}
    }


def test_a_type_that_is_not_there_brings_nothing() -> None:
    graph = Graph("x", "production", "us-east-1")
    graph.add(Resource("Topic", "AWS::SNS::Topic", {"TopicName": "x-production-alerts"}))
    assert {each.partition(":")[0] for each in allowed([*shared([graph]), *own(graph, "x")])} <= {
        "sns",
        "iam",
        "kms",
    }


def test_a_statement_that_is_too_long_is_shared_out() -> None:
    names = [f"ec2:Describe{'X' * 40}{number}" for number in range(300)]
    made = policies([{"Effect": "Allow", "Action": names, "Resource": "*"}])
    assert len(made) > 2
    assert [a for part in made for each in part for a in each["Action"]] == names
