"""The stack that is made once by a person, before anything is delivered.

Takes a delivery, gives a graph: GitHub's identity provider and the roles that
its workflows take, the role that CloudFormation works with in each
environment, the repositories that builds are pushed to, the bucket for
templates, the account's trail and a budget. It holds nothing that runs the
system, and never a key or a password.
"""

from collections.abc import Callable
from dataclasses import dataclass

from seatrial.graph import Graph, Output, Resource
from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import ACCOUNT, PARTITION, REGION, Value, join
from seatrial.pipeline import storage, trust
from seatrial.pipeline.delivery import Delivery, Stage
from seatrial.pipeline.names import build_role, camel, deploy_role, stack_role, templates_bucket
from seatrial.pipeline.permissions import NOTHING_TO_CALL, actions, own, policies, shared
from seatrial.pipeline.roles import build_statements, deploy_statements

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Budget:
    """What a month may cost in US dollars, and who is told before it does."""

    dollars: float
    email: str


def bootstrap(
    delivery: Delivery,
    budget: Budget | None = None,
    *,
    github: bool = True,
    provider: bool = True,
    trail: bool = True,
) -> Graph:
    """Give the bootstrap stack.

    Without `github` there are no roles for workflows (CodePipeline brings its own); without
    `provider` or `trail` the account has them already.
    """
    graph = Graph(
        system=delivery.system,
        environment="bootstrap",
        region=delivery.region,
        description=f"{delivery.system}, what delivers it: written by Seatrial",
    )
    storage.bucket(graph, "Templates", "templates", name=templates_bucket(delivery), days=365)
    for image in delivery.images:
        storage.builds(graph, delivery, image)
    for stage in delivery.stages:
        _stack_role(graph, stage)
    _shared(graph, delivery)
    if github:
        _github(graph, delivery, provider=provider)
    if trail:
        _trail(graph)
    if budget:
        _budget(graph, delivery, budget)
    graph.outputs["AccountId"] = Output(
        "AccountId", ACCOUNT, "Goes into the repository's variable AWS_ACCOUNT_ID"
    )
    return graph


def _stack_role(graph: Graph, stage: Stage) -> None:
    """Add what CloudFormation may do in one environment: the types of its graph, its names."""
    missing = sorted(
        {each.type for each in stage.graph if not actions(each.type)} - NOTHING_TO_CALL
    )
    assert not missing, f"actions.tsv says nothing of {missing}"
    id = f"{camel(stage.environment)}StackRole"
    graph.add(
        Resource(
            id,
            "AWS::IAM::Role",
            {
                "RoleName": stack_role(stage),
                "Description": f"CloudFormation makes and changes {stage.stack} with this",
                "AssumeRolePolicyDocument": trusted_by("cloudformation.amazonaws.com"),
            },
        )
    )
    for number, parts in enumerate(policies(own(stage.graph, stage.stack)), 1):
        name = f"{camel(stage.environment)}StackPolicy{number}"
        _managed(graph, name, f"What {stage.stack} is made of, part {number}", parts, [id])


def _shared(graph: Graph, delivery: Delivery) -> None:
    """Add what all environments' CloudFormation needs and AWS holds to no name."""
    roles = [f"{camel(stage.environment)}StackRole" for stage in delivery.stages]
    parts = policies(shared([stage.graph for stage in delivery.stages]))
    for number, statements in enumerate(parts, 1):
        about = f"What AWS holds to no name in {delivery.system}, part {number}"
        _managed(graph, f"StackPolicy{number}", about, statements, roles)


def _managed(graph: Graph, id: str, about: str, parts: list[Value], roles: list[str]) -> None:
    properties: dict[str, Value] = {
        "Description": about,
        "PolicyDocument": {"Version": "2012-10-17", "Statement": parts},
        "Roles": [graph[each].ref for each in roles],
    }
    graph.add(Resource(id, "AWS::IAM::ManagedPolicy", properties))


def _github(graph: Graph, delivery: Delivery, *, provider: bool) -> None:
    for parameter in (trust.OWNER_ID, trust.REPOSITORY_ID):
        graph.parameters[parameter.id] = parameter
    needed: tuple[str, ...] = ()
    if provider:
        # AWS checks GitHub's certificate by its own list of authorities: no thumbprint to keep.
        made = Resource(
            "GitHub",
            "AWS::IAM::OIDCProvider",
            {"Url": f"https://{trust.HOST}", "ClientIdList": [trust.AUDIENCE]},
        )
        needed = (graph.add(made).id,)
    take: Callable[[str | None], Value] = lambda environment: trust.from_github(  # noqa: E731
        delivery.repository, delivery.branch, environment
    )
    _role(graph, "BuildRole", build_role(delivery), take(None), build_statements(delivery), needed)
    for stage in delivery.stages:
        _role(
            graph,
            f"{camel(stage.environment)}DeployRole",
            deploy_role(stage),
            take(stage.environment),
            deploy_statements(delivery, stage),
            needed,
        )


def _role(
    graph: Graph, id: str, name: str, trusted: Value, parts: list[Value], needed: tuple[str, ...]
) -> None:
    graph.add(
        Resource(
            id,
            "AWS::IAM::Role",
            {
                "RoleName": name,
                "AssumeRolePolicyDocument": trusted,
                "MaxSessionDuration": 2 * HOUR,
                "Policies": [
                    {
                        "PolicyName": "deliver",
                        "PolicyDocument": {"Version": "2012-10-17", "Statement": parts},
                    }
                ],
            },
            depends_on=needed,
        )
    )


def _trail(graph: Graph) -> None:
    """Add the account's one trail: every region, every call that changes something."""
    name = "account-audit"
    arn = join("arn:", PARTITION, ":cloudtrail:", REGION, ":", ACCOUNT, f":trail/{name}")
    from_trail = {"aws:SourceArn": arn}
    service = {"Service": "cloudtrail.amazonaws.com"}
    bucket = storage.bucket(
        graph,
        "TrailLogs",
        "archive-then-expire",
        days=400,
        archive=90,
        more=lambda own: [
            {
                "Effect": "Allow",
                "Principal": service,
                "Action": "s3:GetBucketAcl",
                "Resource": own,
                "Condition": {"StringEquals": from_trail},
            },
            {
                "Effect": "Allow",
                "Principal": service,
                "Action": "s3:PutObject",
                "Resource": join(own, "/AWSLogs/", ACCOUNT, "/*"),
                "Condition": {
                    "StringEquals": from_trail | {"s3:x-amz-acl": "bucket-owner-full-control"}
                },
            },
        ],
    )
    graph.add(
        Resource(
            "Trail",
            "AWS::CloudTrail::Trail",
            {
                "TrailName": name,
                "S3BucketName": bucket.ref,
                "IsLogging": True,
                "IsMultiRegionTrail": True,
                "IncludeGlobalServiceEvents": True,
                "EnableLogFileValidation": True,
            },
            depends_on=(f"{bucket.id}Policy",),
        )
    )


def _budget(graph: Graph, delivery: Delivery, budget: Budget) -> None:
    def told(kind: str, percent: int) -> Value:
        return {
            "Notification": {
                "NotificationType": kind,
                "ComparisonOperator": "GREATER_THAN",
                "Threshold": percent,
                "ThresholdType": "PERCENTAGE",
            },
            "Subscribers": [{"SubscriptionType": "EMAIL", "Address": budget.email}],
        }

    graph.add(
        Resource(
            "Budget",
            "AWS::Budgets::Budget",
            {
                "Budget": {
                    "BudgetName": f"{delivery.system}-monthly",
                    "BudgetType": "COST",
                    "TimeUnit": "MONTHLY",
                    "BudgetLimit": {"Amount": budget.dollars, "Unit": "USD"},
                },
                "NotificationsWithSubscribers": [told("ACTUAL", 80), told("FORECASTED", 100)],
            },
        )
    )
