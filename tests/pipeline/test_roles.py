"""What the roles may do, held against what the script calls: no less and no more."""

import re
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from seatrial.graph.values import Symbol, render
from seatrial.pipeline.bootstrap import bootstrap
from seatrial.pipeline.codepipeline import codepipeline
from seatrial.pipeline.names import camel
from seatrial.pipeline.permissions import LARGEST, _size, own
from seatrial.pipeline.roles import build_statements, deploy_statements
from seatrial.pipeline.script import steps
from tests.pipeline.handlers import holds
from tests.pipeline.systems import DELIVERIES, example, of_example, shop

SCRIPT = Path(__file__).parents[2] / "src/seatrial/pipeline/delivery.sh"
PUSH = ["BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload"]
PUSH += ["InitiateLayerUpload", "PutImage", "UploadLayerPart"]
# What each call asks AWS for: the CLI's reference, and its source for `cloudformation deploy`.
CALLS = {
    "aws sts get-caller-identity": [],
    "aws ecr get-login-password": ["ecr:GetAuthorizationToken"],
    "aws ecr describe-images": ["ecr:DescribeImages"],
    "aws cloudformation describe-stacks": ["cloudformation:DescribeStacks"],
    "aws cloudformation get-template": ["cloudformation:GetTemplate"],
    "aws cloudformation list-stack-resources": ["cloudformation:ListStackResources"],
    "aws cloudformation deploy": [
        "cloudformation:CreateChangeSet",
        "cloudformation:DescribeChangeSet",
        "cloudformation:DescribeStacks",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:GetTemplateSummary",
        "iam:PassRole",
        "s3:GetObject",
        "s3:PutObject",
    ],
    "aws elbv2 describe-rules": ["elasticloadbalancing:DescribeRules"],
    "aws ecs describe-services": ["ecs:DescribeServices"],
    "aws ecs describe-task-definition": ["ecs:DescribeTaskDefinition"],
    "aws ecs register-task-definition": ["ecs:RegisterTaskDefinition", "iam:PassRole"],
    "aws ecs run-task": ["ecs:RunTask", "iam:PassRole"],
    "aws ecs wait": ["ecs:DescribeTasks"],
    "aws ecs describe-tasks": ["ecs:DescribeTasks"],
    # Of an object that is not there, S3 says so only to who may list.
    "aws ssm send-command": ["ssm:SendCommand"],
    "aws ssm get-command-invocation": ["ssm:GetCommandInvocation"],
    "aws s3 cp": ["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
    "aws s3 sync": ["s3:GetObject", "s3:ListBucket"],
    "aws s3 rm": ["s3:DeleteObject"],
    "aws cloudfront create-invalidation": ["cloudfront:CreateInvalidation"],
    "aws cloudfront wait": ["cloudfront:GetInvalidation"],
    "docker login": [],
    "docker push": [f"ecr:{each}" for each in PUSH],
    "docker buildx build": [],
    "docker buildx imagetools": [f"ecr:{each}" for each in (*PUSH, "GetDownloadUrlForLayer")],
}
CALL = re.compile(r"\b(aws [a-z0-9]+ [a-z0-9-]+|docker (?:buildx )?[a-z]+)")


def functions() -> dict[str, str]:
    """Give the body of each of the script's functions."""
    text = re.sub(r"^\s*#.*$", "", SCRIPT.read_text(), flags=re.MULTILINE)
    starts = [*re.finditer(r"^(\w+)\(\) \{$", text, re.MULTILINE)]
    ends = [*(each.start() for each in starts[1:]), text.index("\ncase ${1:-}")]
    return {each[1]: text[each.end() : end] for each, end in zip(starts, ends, strict=True)}


def actions_of(*steps: str) -> set[str]:
    """Give every action that steps and the functions that they call ask for."""
    bodies = functions()
    waiting, seen = list(steps), set()
    called: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        body = bodies[name]
        called |= {each for call in CALL.findall(body) for each in CALLS[call]}
        waiting += [each for each in bodies if re.search(rf"\b{each}\b", body)]
    return called


def allowed(statements: list[Any]) -> set[str]:
    """Give the actions of statements."""
    return {
        action
        for each in statements
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }


def plain(value: Any) -> Any:
    """Give a value with its symbols as texts."""

    def text(symbol: Symbol) -> str:
        if hasattr(symbol, "parts"):
            return "".join(str(plain(each)) for each in symbol.parts)
        return f"<{getattr(symbol, 'id', getattr(symbol, 'name', ''))}>"

    return render(value, text)


def test_every_call_of_the_script_is_known() -> None:
    found = set(CALL.findall(re.sub(r"^\s*#.*$", "", SCRIPT.read_text(), flags=re.MULTILINE)))
    assert found == CALLS.keys()


def test_a_build_may_do_what_it_does() -> None:
    assert allowed(build_statements(shop())) == actions_of("build")


@pytest.mark.parametrize("system", DELIVERIES)
def test_a_delivery_may_do_what_its_steps_do(system: str) -> None:
    delivery = DELIVERIES[system]()
    for stage in delivery.stages:
        may = allowed(deploy_statements(delivery, stage))
        change, after = steps(stage)
        needed = actions_of("template", *change, *after)
        # The functions of `update` run jobs and ask for shares of traffic,
        # but only where there are some.
        if not stage.jobs:
            needed -= {"ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition", "ecs:RunTask"}
            needed -= {"ecs:DescribeTasks"}
        if not stage.counts:
            needed -= {"ecs:DescribeServices"}
        if not stage.weights:
            needed -= {"elasticloadbalancing:DescribeRules"}
        # The one object that every stack has beside its template is the website's list.
        assert may - {"s3:ListBucket"} == needed - {"s3:ListBucket"}


def test_roles_name_what_can_be_named() -> None:
    loose = set()
    chat = of_example("chat")
    for delivery, stage in [
        *((shop(), each) for each in shop().stages),
        *((chat, each) for each in chat.stages),
    ]:
        for each in [*deploy_statements(delivery, stage), *build_statements(delivery)]:
            if each["Resource"] == "*":
                loose |= allowed([each])
    assert loose == {
        "ecr:GetAuthorizationToken",
        "ecs:DescribeTaskDefinition",
        "elasticloadbalancing:DescribeRules",
    }
    assert not any(holds(each) for each in loose)


def test_no_stage_reaches_into_another() -> None:
    for here, other in pairwise([*shop().stages, shop().stages[0]]):
        text = str(plain(deploy_statements(shop(), here)))
        assert other.stack not in text
        assert other.stack.lower() not in text


def test_the_only_roles_passed_are_cloudformations_and_the_tasks() -> None:
    stage = example().stages[0]
    passed = {
        (plain(each["Resource"]), each["Condition"]["StringEquals"]["iam:PassedToService"])
        for each in deploy_statements(example(), stage)
        if "iam:PassRole" in allowed([each])
    }
    role = "arn:<AWS::Partition>:iam::<AWS::AccountId>:role"
    assert passed == {
        (f"{role}/stack-fastapi-app-staging", "cloudformation.amazonaws.com"),
        (f"{role}/fastapi-app-staging-*", "ecs-tasks.amazonaws.com"),
    }


@pytest.mark.parametrize("system", DELIVERIES)
def test_cloudformation_cannot_change_who_delivers(system: str) -> None:
    delivery = DELIVERIES[system]()
    graph = bootstrap(delivery)
    roles = [role.properties["RoleName"] for role in graph.of("AWS::IAM::Role")]
    for stage in delivery.stages:
        for each in own(stage.graph, stage.stack):
            if not any(action.startswith("iam:") for action in allowed([each])):
                continue
            where = plain(each["Resource"])
            for pattern in where if isinstance(where, list) else [where]:
                name = pattern.rpartition("/")[2]
                assert not [role for role in roles if fnmatchcase(role, name)]


@pytest.mark.parametrize("system", DELIVERIES)
def test_policies_fit_into_what_aws_takes(system: str) -> None:
    delivery = DELIVERIES[system]()
    graphs = [bootstrap(delivery), codepipeline(delivery, {}, "pipeline/delivery.sh")]
    for graph in graphs:
        attached: dict[str, int] = {}
        for each in graph.of("AWS::IAM::ManagedPolicy"):
            assert _size(each.properties["PolicyDocument"]["Statement"]) <= LARGEST
            for role in each.properties["Roles"]:
                attached[role.id] = attached.get(role.id, 0) + 1
        # AWS attaches at most 10 managed policies to a role.
        assert all(count <= 10 for count in attached.values())
        for role in graph.of("AWS::IAM::Role"):
            inline = role.properties.get("Policies", [])
            # At most 10,240 characters of a role's own policies together.
            assert sum(_size(p["PolicyDocument"]["Statement"]) for p in inline) < 10_000
            assert len(role.properties.get("RoleName", "")) <= 64
    stages = [f"{camel(each.environment)}StackRole" for each in delivery.stages]
    assert attached.keys() == set() or set(attached) == set(stages)
