"""The CodePipeline: cfn-lint, its buildspecs, and the order of its stages."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from seatrial.graph import Graph
from seatrial.graph.check import check
from seatrial.pipeline.codepipeline import codepipeline
from seatrial.pipeline.roles import build_statements, deploy_statements
from seatrial.template import check_limits, render_json, render_yaml, template
from tests.golden.systems import EXAMPLES
from tests.pipeline.linters import by_cfn_lint, by_shellcheck
from tests.pipeline.systems import DELIVERIES, SUITES, shop
from tests.pipeline.test_github import NODE, PYTHON
from tests.pipeline.test_roles import allowed, plain

AT = "pipeline/delivery.sh"
GRAPHS = {
    **{name: codepipeline(made(), SUITES[name](), AT) for name, made in DELIVERIES.items()},
    "shop": codepipeline(shop(), {"app": PYTHON, "jobs/worker": NODE}, AT),
    "no tests": codepipeline(shop(), {}, AT),
}
SYSTEMS = pytest.mark.parametrize("system", GRAPHS)


def specs(graph: Graph) -> dict[str, Any]:
    """Give each project's buildspec."""
    return {
        each.id: yaml.safe_load(each.properties["Source"]["BuildSpec"])
        for each in graph.of("AWS::CodeBuild::Project")
    }


@SYSTEMS
def test_aws_would_take_it(system: str) -> None:
    assert check(GRAPHS[system]) == []
    for text in (render_json(GRAPHS[system]), render_yaml(GRAPHS[system])):
        check_limits(GRAPHS[system], text)


def test_cfn_lint_finds_nothing(tmp_path: Path) -> None:
    """The examples' own are linted in tests/policy/test_delivery.py."""
    files = []
    for name in GRAPHS.keys() - set(EXAMPLES):
        graph = GRAPHS[name]
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(render_json(graph))
    assert by_cfn_lint(files) == []


# docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
TOP = {"version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"}
ENV = {"shell", "variables", "parameter-store", "exported-variables", "secrets-manager"}
PHASES = ["install", "pre_build", "build", "post_build"]
PHASE = {"run-as", "on-failure", "runtime-versions", "commands", "finally"}
# github.com/aws/aws-codebuild-docker-images: what amazonlinux-x86_64-standard:5.0 has.
RUNTIMES = {"python": {"3.11", "3.12", "3.13"}, "nodejs": {"18", "20", "22"}}


def faults(spec: Any) -> list[str]:
    """Say what of a buildspec is not of CodeBuild's syntax."""
    found = [f"{each} at the top" for each in spec.keys() - TOP]
    found += [f"{each} in env" for each in spec.get("env", {}).keys() - ENV]
    if spec.get("version") != 0.2:
        found.append("another version")
    if spec.get("env", {}).get("shell", "sh") not in {"bash", "sh"}:
        found.append("another shell")
    names = list(spec["phases"])
    if names != [each for each in PHASES if each in names]:
        found.append(f"phases: {names}")
    for name, phase in spec["phases"].items():
        found += [f"{each} in {name}" for each in phase.keys() - PHASE]
        if "runtime-versions" in phase and name != "install":
            found.append(f"runtimes in {name}")
        for language, version in phase.get("runtime-versions", {}).items():
            if version not in RUNTIMES.get(language, ()):
                found.append(f"{language} {version!r}")
        commands = phase.get("commands")
        if not isinstance(commands, list) or not all(isinstance(each, str) for each in commands):
            found.append(f"commands of {name}")
    for key, value in spec.get("env", {}).get("variables", {}).items():
        if not isinstance(value, str):
            found.append(f"{key} is no text")
    return found


@SYSTEMS
def test_buildspecs_are_of_codebuilds_syntax(system: str) -> None:
    for id, spec in specs(GRAPHS[system]).items():
        assert faults(spec) == [], id


@pytest.mark.parametrize(
    "change",
    [
        {"phase": {}},
        {"version": 0.1},
        {"env": {"variable": {}}},
        {"env": {"variables": {"A": 1}}},
        {"phases": {"build": {}, "install": {"commands": ["true"]}}},
        {"phases": {"build": {"commands": "true"}}},
        {"phases": {"build": {"commands": ["true"], "runtime-versions": {"python": "3.13"}}}},
        {"phases": {"install": {"commands": ["true"], "runtime-versions": {"python": 3.13}}}},
    ],
)
def test_a_wrong_buildspec_would_be_seen(change: dict[str, Any]) -> None:
    good = {"version": 0.2, "phases": {"build": {"commands": ["true"]}}}
    assert faults(good) == []
    assert faults(good | change)


@SYSTEMS
def test_shellcheck_finds_nothing_in_any_phase(system: str) -> None:
    for spec in specs(GRAPHS[system]).values():
        # One shell runs a buildspec's commands; what the environment gives is told here.
        given = "".join(
            f"export {each}=x\n"
            for each in (
                "COMMIT",
                "CODEBUILD_BUILD_SUCCEEDING",
                "CODEBUILD_SRC_DIR_FrontendSite",
                "HOME",
            )
        )
        lines = [line for phase in spec["phases"].values() for line in phase["commands"]]
        assert by_shellcheck(given + "\n".join(lines) + "\n") == []


def test_the_stages_of_the_seed_are_all_there_in_order() -> None:
    stages = GRAPHS["shop"]["Pipeline"].properties["Stages"]
    assert [each["Name"] for each in stages] == [
        "Source",
        "Build",
        "Test",
        "Staging",
        "Approval",
        "Production",
    ]
    build = {each["Name"]: each["RunOrder"] for each in stages[1]["Actions"]}
    assert build == {"Tests": 1, "Images": 2, "ImagesArm": 2}
    (person,) = stages[4]["Actions"]
    assert person["ActionTypeId"]["Provider"] == "Manual"
    assert GRAPHS["shop"]["Pipeline"].properties["ExecutionMode"] == "QUEUED"


def test_an_image_is_named_by_the_commit_that_the_pipeline_took() -> None:
    stages = GRAPHS["shop"]["Pipeline"].properties["Stages"]
    for stage in stages:
        for action in stage["Actions"]:
            if action["ActionTypeId"]["Provider"] == "CodeBuild":
                (told,) = json.loads(action["Configuration"]["EnvironmentVariables"])
                assert told["value"] == "#{Source.CommitId}"
    for id, spec in specs(GRAPHS["shop"]).items():
        if id != "Tests":
            assert 'export IMAGE_TAG="${COMMIT:0:7}"' in spec["phases"]["pre_build"]["commands"]


def test_what_ran_before_comes_back_where_codebuild_still_runs() -> None:
    spec = specs(GRAPHS["shop"])["DeliverProduction"]
    assert spec["phases"]["pre_build"]["commands"][-1].endswith(" migrate")
    assert spec["phases"]["build"]["commands"] == [
        f"bash {AT} {each}" for each in ("update", "smoke", "site", "page")
    ]
    (undo,) = spec["phases"]["post_build"]["commands"]
    assert "CODEBUILD_BUILD_SUCCEEDING" in undo
    assert "rollback" in undo


def test_each_project_may_do_what_its_buildspec_does() -> None:
    graph = GRAPHS["shop"]
    every = {"logs:CreateLogStream", "logs:PutLogEvents", "s3:GetObject", "s3:GetObjectVersion"}
    wanted = {
        "Tests": every,
        "Images": every | allowed(build_statements(shop())),
        "ImagesArm": every | allowed(build_statements(shop())),
    }
    for stage in shop().stages:
        name = f"Deliver{stage.environment.capitalize()}"
        wanted[name] = every | allowed(deploy_statements(shop(), stage))
    for id, actions in wanted.items():
        (policy,) = graph[f"{id}Role"].properties["Policies"]
        assert allowed(policy["PolicyDocument"]["Statement"]) == actions
    assert {each.id for each in graph.of("AWS::CodeBuild::Project")} == wanted.keys()


def test_the_projects_docker_is_only_where_images_are() -> None:
    privileged = {
        each.id
        for each in GRAPHS["shop"].of("AWS::CodeBuild::Project")
        if each.properties["Environment"]["PrivilegedMode"]
    }
    assert "Tests" not in privileged
    machine = GRAPHS["shop"]["ImagesArm"].properties["Environment"]
    assert machine["Type"] == "ARM_CONTAINER"


@SYSTEMS
def test_services_act_for_this_account_and_no_resource_is_a_star(system: str) -> None:
    whole = template(GRAPHS[system])
    for role in GRAPHS[system].of("AWS::IAM::Role"):
        (statement,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
        assert "aws:SourceAccount" in statement["Condition"]["StringEquals"]
        for policy in role.properties["Policies"]:
            for each in policy["PolicyDocument"]["Statement"]:
                if each["Resource"] == "*":
                    assert allowed([each]) <= {
                        "ecr:GetAuthorizationToken",
                        "ecs:DescribeTaskDefinition",
                        "elasticloadbalancing:DescribeRules",
                        "ssm:GetCommandInvocation",
                    }
    bucket = whole["Resources"]["Artifacts"]["Properties"]
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]


def test_what_a_stage_must_be_told_is_a_parameter() -> None:
    assert "ProductionHostedZoneId" in GRAPHS["fastapi-app"].parameters
    told = GRAPHS["fastapi-app"]["DeliverProduction"].properties["Environment"]
    names = {each["Name"] for each in told["EnvironmentVariables"]}
    assert names == {"TEMPLATES", "STACK_ROLE", "PARAMETER_HostedZoneId"}


def test_a_website_is_built_once_and_the_same_goes_everywhere() -> None:
    graph = GRAPHS["assistant"]
    stages = {each["Name"]: each["Actions"] for each in graph["Pipeline"].properties["Stages"]}
    (made,) = [each for each in stages["Build"] if each["Name"] == "BuildFrontend"]
    assert made["OutputArtifacts"] == [{"Name": "FrontendSite"}]
    spec = specs(graph)["BuildFrontend"]
    assert spec["artifacts"] == {
        "base-directory": "examples/assistant/frontend/build",
        "files": ["**/*"],
    }
    order = str(spec["phases"])
    assert order.index("npm install") < order.index("npm test") < order.index("npm run build")
    for name in ("Staging", "Production"):
        (action,) = stages[name]
        assert action["InputArtifacts"] == [{"Name": "Code"}, {"Name": "FrontendSite"}]
        assert action["Configuration"]["PrimarySource"] == "Code"
        told = specs(graph)[f"Deliver{name}"]["phases"]["pre_build"]["commands"]
        assert (
            'export SITES="$CODEBUILD_SRC_DIR_FrontendSite|FrontendBucket|FrontendDistribution"'
            in told
        )
    (policy,) = graph["BuildFrontendRole"].properties["Policies"]
    assert allowed(policy["PolicyDocument"]["Statement"]) == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:PutObject",
    }


def test_a_project_shows_no_secret() -> None:
    graph = GRAPHS["assistant"]
    assert not [each for each in graph.parameters if "Pager" in each]
    told = graph["DeliverProduction"].properties["Environment"]["EnvironmentVariables"]
    (pager,) = [each for each in told if each["Name"] == "PARAMETER_PagerAddress"]
    name = "assistant-delivery/production/PagerAddress"
    assert pager == {"Name": pager["Name"], "Type": "SECRETS_MANAGER", "Value": name}
    (policy,) = graph["DeliverProductionRole"].properties["Policies"]
    (read,) = [
        each
        for each in policy["PolicyDocument"]["Statement"]
        if allowed([each]) == {"secretsmanager:GetSecretValue"}
    ]
    assert [plain(each).endswith(f":secret:{name}-??????") for each in read["Resource"]] == [True]
