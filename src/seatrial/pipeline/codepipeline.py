"""A CodePipeline with its CodeBuild projects, as a graph of its own.

Takes a delivery, gives the graph: the source on GitHub, tests, images, each
environment in its order, the suites that ask the first one, a person's approval
before production. Every project has a role of its own that may do what its
buildspec does. It relies on the bootstrap stack by name, and never holds a key.
"""

import json
from collections.abc import Mapping

from seatrial.graph import Graph, Output, Parameter, Ref, Resource
from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import ACCOUNT, PARTITION, REGION, Value, join
from seatrial.pipeline import buildspec, storage
from seatrial.pipeline.delivery import Delivery, Image, Stage
from seatrial.pipeline.deployed import URL, suites_after
from seatrial.pipeline.names import camel, stack_role, templates_bucket
from seatrial.pipeline.permissions import allow
from seatrial.pipeline.roles import build_statements, deploy_statements, role_arn
from seatrial.pipeline.script import script
from seatrial.pipeline.source import Suite

SCRIPT = "delivery.sh"
LOG_DAYS = 30
# docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
MACHINES = {
    "X86_64": ("LINUX_CONTAINER", "aws/codebuild/amazonlinux-x86_64-standard:5.0"),
    "ARM64": ("ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:3.0"),
}
COMMIT = json.dumps([{"name": "COMMIT", "value": "#{Source.CommitId}", "type": "PLAINTEXT"}])

__all__ = ["SCRIPT", "codepipeline", "script"]


def codepipeline(delivery: Delivery, suites: Mapping[str, Suite], at: str) -> Graph:
    """Give the pipeline's graph; `at` is the script's place in the repository."""
    graph = Graph(
        system=delivery.system,
        environment="pipeline",
        region=delivery.region,
        description=f"{delivery.system}, its CodePipeline: written by Seatrial",
    )
    storage.bucket(graph, "Artifacts", "expire", days=30)
    _connection(graph, delivery)
    build: list[Value] = []
    if spec := buildspec.tests(delivery, suites):
        _project(graph, delivery, "Tests", spec, [])
        build.append(_action("Tests", 1))
    for architecture in dict.fromkeys(each.architecture for each in delivery.images):
        wanted = [each for each in delivery.images if each.architecture == architecture]
        id = f"Images{'' if architecture == 'X86_64' else 'Arm'}"
        _images(graph, delivery, id, wanted, at)
        build.append(_action(id, 2))
    for site in delivery.sites:
        if site.build:
            spec = buildspec.site(delivery, site, suites.get(site.folder))
            id = f"Build{camel(site.part)}"
            _project(graph, delivery, id, spec, [], keeps=True)
            build.append(_action(id, 2, makes=buildspec.artifact(site)))
    stages: list[Value] = [_source(delivery), {"Name": "Build", "Actions": build}]
    for stage in delivery.stages:
        if delivery.asks_before(stage):
            stages.append(_approval(delivery, stage))
        id = f"Deliver{camel(stage.environment)}"
        asking = suites_after(delivery, stage, suites)
        _stage(graph, delivery, id, stage, at, tells=bool(asking))
        actions = [_deliver(id, stage, tells=bool(asking))]
        for order, (folder, suite) in enumerate(asking.items(), start=2):
            project = f"{camel(folder.replace('_', '-'))}Tests"
            spec = buildspec.deployed(delivery, stage, folder, suite)
            _project(graph, delivery, project, spec, [])
            actions.append(_ask(project, order, id))
        stages.append({"Name": camel(stage.environment), "Actions": actions})
    _pipeline(graph, delivery, stages)
    return graph


def _connection(graph: Graph, delivery: Delivery) -> None:
    made = graph.add(
        Resource(
            "Connection",
            "AWS::CodeConnections::Connection",
            {"ConnectionName": f"{delivery.system}-github"[:32], "ProviderType": "GitHub"},
        )
    )
    graph.outputs["Connection"] = Output(
        "Connection", made.ref, "Waits until somebody allows it, once, in the console"
    )


def _images(graph: Graph, delivery: Delivery, id: str, wanted: list[Image], at: str) -> None:
    spec = buildspec.images(delivery, wanted, at)
    _project(
        graph,
        delivery,
        id,
        spec,
        build_statements(delivery),
        docker=True,
        architecture=wanted[0].architecture,
    )


def _stage(
    graph: Graph, delivery: Delivery, id: str, stage: Stage, at: str, *, tells: bool
) -> None:
    told: dict[str, Value] = {
        "TEMPLATES": templates_bucket(delivery),
        "STACK_ROLE": role_arn(stack_role(stage)),
    }
    statements = deploy_statements(delivery, stage)
    secrets: dict[str, Value] = {}
    for name in stage.parameters:
        kept = stage.graph.parameters[name]
        if kept.no_echo:
            # A project shows its variables to whoever may look at it.
            secrets[f"PARAMETER_{name}"] = f"{delivery.system}-delivery/{stage.environment}/{name}"
            continue
        parameter = Parameter(
            f"{camel(stage.environment)}{name}",
            "String",
            f"{stage.environment}: {kept.description}",
            allowed_pattern=kept.allowed_pattern,
        )
        graph.parameters[parameter.id] = parameter
        told[f"PARAMETER_{name}"] = Ref(parameter.id)
    if secrets:
        arn = join("arn:", PARTITION, ":secretsmanager:", REGION, ":", ACCOUNT, ":secret:")
        # AWS adds six characters of its own to a secret's name.
        where: list[Value] = [join(arn, f"{each}-??????") for each in secrets.values()]
        statements.append(allow("secretsmanager:GetSecretValue", where))
        graph.outputs[f"{camel(stage.environment)}Secrets"] = Output(
            f"{camel(stage.environment)}Secrets",
            " ".join(secrets.values()),
            f"Secrets that a person makes before {stage.environment} is delivered to",
        )
    _project(
        graph,
        delivery,
        id,
        buildspec.stage(delivery, stage, at, tells=tells),
        statements,
        told,
        secrets,
        docker=True,
        minutes=120,
    )


def _project(
    graph: Graph,
    delivery: Delivery,
    id: str,
    spec: str,
    may: list[Value],
    told: Mapping[str, Value] | None = None,
    secrets: Mapping[str, Value] | None = None,
    *,
    docker: bool = False,
    keeps: bool = False,
    architecture: str = "X86_64",
    minutes: int = 30,
) -> None:
    """Add a project with its log and its role.

    `docker` where images are built or copied; `keeps` where an artifact is left.
    """
    name = f"{delivery.system}-{id}"
    logs = graph.add(
        Resource(
            f"{id}Logs",
            "AWS::Logs::LogGroup",
            {"LogGroupName": f"/codebuild/{name}", "RetentionInDays": LOG_DAYS},
            deletion_policy="Delete",
            update_replace_policy="Delete",
        )
    )
    artifacts = join(graph["Artifacts"].att("Arn"), "/*")
    statements = [
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], logs.att("Arn")),
        allow(
            ["s3:GetObject", "s3:GetObjectVersion", *(["s3:PutObject"] if keeps else [])],
            artifacts,
        ),
        *may,
    ]
    role = graph.add(
        Resource(
            f"{id}Role",
            "AWS::IAM::Role",
            {
                "AssumeRolePolicyDocument": trusted_by("codebuild.amazonaws.com", here=True),
                "Policies": [_policy(statements)],
            },
        )
    )
    kind, image = MACHINES[architecture]
    environment: dict[str, Value] = {
        "Type": kind,
        "Image": image,
        "ComputeType": "BUILD_GENERAL1_SMALL",
        "PrivilegedMode": docker,
    }
    if told:
        environment["EnvironmentVariables"] = [
            *({"Name": name, "Value": value} for name, value in told.items()),
            *(
                {"Name": name, "Type": "SECRETS_MANAGER", "Value": value}
                for name, value in (secrets or {}).items()
            ),
        ]
    graph.add(
        Resource(
            id,
            "AWS::CodeBuild::Project",
            {
                "Name": name,
                "ServiceRole": role.att("Arn"),
                "Source": {"Type": "CODEPIPELINE", "BuildSpec": spec},
                "Artifacts": {"Type": "CODEPIPELINE"},
                "Environment": environment,
                "TimeoutInMinutes": minutes,
                "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": logs.ref}},
            },
        )
    )


def _policy(statements: list[Value]) -> Value:
    return {
        "PolicyName": "deliver",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
    }


def _kind(category: str, provider: str, owner: str = "AWS") -> Value:
    return {"Category": category, "Owner": owner, "Provider": provider, "Version": "1"}


def _source(delivery: Delivery) -> Value:
    return {
        "Name": "Source",
        "Actions": [
            {
                "Name": "GitHub",
                "Namespace": "Source",
                "ActionTypeId": _kind("Source", "CodeStarSourceConnection"),
                "Configuration": {
                    "ConnectionArn": Ref("Connection"),
                    "FullRepositoryId": str(delivery.repository),
                    "BranchName": delivery.branch,
                },
                "OutputArtifacts": [{"Name": "Code"}],
                "RunOrder": 1,
            }
        ],
    }


def _action(project: str, order: int, makes: str = "") -> Value:
    action: dict[str, Value] = {
        "Name": project,
        "ActionTypeId": _kind("Build", "CodeBuild"),
        "Configuration": {"ProjectName": Ref(project), "EnvironmentVariables": COMMIT},
        "InputArtifacts": [{"Name": "Code"}],
        "RunOrder": order,
    }
    if makes:
        action["OutputArtifacts"] = [{"Name": makes}]
    return action


def _ask(project: str, order: int, delivered: str) -> Value:
    """Give the action of a suite, which is told the address that a delivery found."""
    told = [{"name": URL, "value": f"#{{{delivered}.{URL}}}", "type": "PLAINTEXT"}]
    action = _action(project, order)
    action["ActionTypeId"] = _kind("Test", "CodeBuild")
    action["Configuration"]["EnvironmentVariables"] = json.dumps(told)
    return action


def _deliver(project: str, stage: Stage, *, tells: bool) -> Value:
    """Give the action of an environment, with the code and what was built of websites."""
    action = _action(project, 1)
    if tells:
        action["Namespace"] = project
    built = [{"Name": buildspec.artifact(each)} for each in stage.sites if each.build]
    if built:
        action["InputArtifacts"] += built
        action["Configuration"]["PrimarySource"] = "Code"
    return action


def _approval(delivery: Delivery, stage: Stage) -> Value:
    asked = f"Deliver {delivery.system} to {stage.environment}?"
    return {
        "Name": "Approval",
        "Actions": [
            {
                "Name": "Person",
                "ActionTypeId": _kind("Approval", "Manual"),
                "Configuration": {"CustomData": asked},
                "RunOrder": 1,
            }
        ],
    }


def _pipeline(graph: Graph, delivery: Delivery, stages: list[Value]) -> None:
    bucket = graph["Artifacts"]
    projects = [each.att("Arn") for each in graph.of("AWS::CodeBuild::Project")]
    own = join("arn:", PARTITION, ":codepipeline:", REGION, ":", ACCOUNT, ":", delivery.system)
    trusted = trusted_by("codepipeline.amazonaws.com", here=True)
    trusted["Statement"][0]["Condition"]["StringEquals"]["aws:SourceArn"] = own
    role = graph.add(
        Resource(
            "PipelineRole",
            "AWS::IAM::Role",
            {
                "AssumeRolePolicyDocument": trusted,
                "Policies": [
                    _policy(
                        [
                            # The connection's ARN has either service's name, by its age.
                            allow(
                                [
                                    "codeconnections:UseConnection",
                                    "codestar-connections:UseConnection",
                                ],
                                Ref("Connection"),
                            ),
                            allow(["codebuild:BatchGetBuilds", "codebuild:StartBuild"], projects),
                            allow("s3:GetBucketVersioning", bucket.att("Arn")),
                            allow(
                                ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
                                join(bucket.att("Arn"), "/*"),
                            ),
                        ]
                    )
                ],
            },
        )
    )
    graph.add(
        Resource(
            "Pipeline",
            "AWS::CodePipeline::Pipeline",
            {
                "Name": delivery.system,
                "PipelineType": "V2",
                # One after the other: a later commit never overtakes one that waits for approval.
                "ExecutionMode": "QUEUED",
                "RoleArn": role.att("Arn"),
                "ArtifactStore": {"Type": "S3", "Location": bucket.ref},
                "Stages": stages,
            },
        )
    )
