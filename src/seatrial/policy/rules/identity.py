"""What roles may do beyond what their parts use, and what they may not though they must."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.containers import TASK
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, is_true
from seatrial.policy.rights import ROLE, Statement, about
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._granted import START, covers, given

LEAST = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"
OWN = {
    "s3": ("AWS::S3::Bucket",),
    "kafka-cluster": ("AWS::MSK::Cluster", "AWS::MSK::ServerlessCluster", "AWS::MSK::Topic"),
    "secretsmanager": ("AWS::SecretsManager::Secret",),
    "sqs": ("AWS::SQS::Queue",),
    "dynamodb": ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"),
    "kinesis": ("AWS::Kinesis::Stream",),
    "rds-db": ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"),
    "elasticache": ("AWS::ElastiCache::ReplicationGroup",),
    "es": ("AWS::OpenSearchService::Domain",),
    "kms": ("AWS::KMS::Key",),
}
"""IAM's prefix of an action -> the types that hold data which it opens."""
CHANGES = (
    "s3:putobject",
    "s3:deleteobject",
    "kafka-cluster:writedata",
    "sqs:sendmessage",
    "dynamodb:putitem",
    "dynamodb:deleteitem",
    "kinesis:putrecord",
)
SHARED = ("AWS::ECR::Repository", "AWS::Logs::LogGroup", "AWS::KMS::Key", ROLE)
"""Types that every part may name: what it runs, and where it writes its log."""


@rule(
    "ST301",
    "rights-on-what-is-not-used",
    "warning",
    "identity",
    why="Whoever takes over one part then has the data of another, which it never needed.",
    source=LEAST,
)
def rights_on_what_is_not_used(plan: Plan) -> Iterator[Fault]:
    """Find a role with rights on another part's resource that its own part does not use.

    The arrows are what `uses` says. A repository, a log group and a key are shared by all.

    Bad:
        Metadata:
          Seatrial:
            Parts: {Role: api, Files: files, Db: db}
            Annotations: [{Kind: Uses, part: api, used: db, access: write}]
        Resources:
          Files: {Type: AWS::S3::Bucket}
          Db: {Type: AWS::RDS::DBInstance}
          Role:
            Type: AWS::IAM::Role
            Properties:
              Policies:
                - PolicyDocument:
                    Statement:
                      - {Effect: Allow, Action: s3:GetObject, Resource: !Sub "${Files.Arn}/*"}

    Good:
        Metadata:
          Seatrial:
            Parts: {Role: api, Files: files}
            Annotations: [{Kind: Uses, part: api, used: files, access: read}]
        Resources:
          Files: {Type: AWS::S3::Bucket}
          Role:
            Type: AWS::IAM::Role
            Properties:
              Policies:
                - PolicyDocument:
                    Statement:
                      - {Effect: Allow, Action: s3:GetObject, Resource: !Sub "${Files.Arn}/*"}
    """
    for role, statement in given(plan) if plan.uses else ():
        mine = role.part
        if not plan.own(mine):
            continue
        for index, value in enumerate(statement.resources):
            for there in about(value, plan.graph.resources):
                other = there.part
                if there.type in SHARED or other == mine or not plan.own(other):
                    continue
                if (mine, other) not in plan.uses:
                    yield Fault(
                        statement.resource.id,
                        f"{statement.path}.Resource.{index}",
                        f"{mine} may {_said(statement)} on {there.id} of {other}, which it does "
                        "not use.",
                        f"Take {there.id} out of the statement.",
                        f"Write uses=[{other}] in {mine} if it does.",
                        part=mine,
                    )


def _said(statement: Statement) -> str:
    actions = statement.actions
    return actions[0] if len(actions) == 1 else f"{actions[0]} and more"


@rule(
    "ST302",
    "rights-wider-than-use",
    "warning",
    "identity",
    why="A stolen task can then delete or read what the part only had to look at.",
    source=LEAST,
)
def rights_wider_than_use(plan: Plan) -> Iterator[Fault]:
    """Find a task's role that may do more than its part's `uses` says.

    Every action of a service on data of this system (`s3:*`); data of a kind that the system
    holds, wherever it lies (`Resource: "*"`); and writing, where the part says that it reads.

    Bad:
        Files: {Type: AWS::S3::Bucket}
        Role:
          Type: AWS::IAM::Role
          Properties:
            Policies:
              - PolicyDocument:
                  Statement: [{Effect: Allow, Action: "s3:*", Resource: !GetAtt Files.Arn}]
        Task: {Type: AWS::ECS::TaskDefinition, Properties: {TaskRoleArn: !GetAtt Role.Arn}}

    Good:
        Files: {Type: AWS::S3::Bucket}
        Role:
          Type: AWS::IAM::Role
          Properties:
            Policies:
              - PolicyDocument:
                  Statement:
                    - {Effect: Allow, Action: s3:GetObject, Resource: !Sub "${Files.Arn}/*"}
        Task: {Type: AWS::ECS::TaskDefinition, Properties: {TaskRoleArn: !GetAtt Role.Arn}}
    """
    for role, statement in given(plan):
        takers = [taker for taker, name in plan.rights.takers.get(role.id, ()) if name != START]
        if not takers or statement.conditions:
            continue
        what = _too_wide(plan, role, statement)
        if what:
            yield Fault(
                statement.resource.id,
                f"{statement.path}.Action",
                what,
                "Name the actions that the code calls, and the resources they are for.",
                "uses=[...] gives a service just these rights; add none by hand.",
                part=role.part,
            )


def _too_wide(plan: Plan, role: Resource, statement: Statement) -> str:
    data = {type_ for types in OWN.values() for type_ in types}
    named = [
        each
        for value in statement.resources
        for each in about(value, plan.graph.resources)
        if each.type in data
    ]
    for action in statement.actions:
        prefix, _, verb = action.partition(":")
        held = [each for type_ in OWN.get(prefix, ()) for each in plan.of(type_)]
        if action == "*":
            return "it may do everything that its resources allow."
        if held and statement.everything:
            return (
                f"{action} is allowed on every resource of the account, not on {held[0].id} alone."
            )
        if verb == "*" and any(each.type in OWN.get(prefix, ()) for each in named):
            return f"{action} on {named[0].id} also deletes it and changes who may use it."
    mine = role.part
    for each in named:
        modes = plan.access.get((mine, each.part), set())
        writes = statement.may(*CHANGES)
        if modes == {"read"} and writes:
            return f"{mine} reads {each.part} alone, and may {writes[0]}."
    return ""


NEEDED = {
    ("AWS::S3::Bucket", "read"): "s3:getobject",
    ("AWS::S3::Bucket", "write"): "s3:putobject",
    ("AWS::MSK::Topic", "read"): "kafka-cluster:readdata",
    ("AWS::MSK::Topic", "write"): "kafka-cluster:writedata",
    ("AWS::SQS::Queue", "read"): "sqs:receivemessage",
    ("AWS::SQS::Queue", "write"): "sqs:sendmessage",
}


@rule(
    "ST303",
    "use-without-right",
    "error",
    "identity",
    why="AWS denies what no statement allows: the part's first call fails.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
)
def use_without_right(plan: Plan) -> Iterator[Fault]:
    """Find a part that uses a bucket, queue or topic, and whose task role may not.

    Buckets and queues count where the task is told their names, topics where the brokers
    take IAM as the login. A statement whose resource is a
    text that names nothing in this template is taken to cover it.

    Bad:
        Metadata:
          Seatrial:
            Parts: {Task: api, Files: files}
            Annotations: [{Kind: Uses, part: api, used: files, access: write}]
        Resources:
          Files: {Type: AWS::S3::Bucket}
          Role: {Type: AWS::IAM::Role}
          Task:
            Type: AWS::ECS::TaskDefinition
            Properties:
              TaskRoleArn: !GetAtt Role.Arn
              ContainerDefinitions: [{Environment: [{Name: S3_BUCKET, Value: !Ref Files}]}]

    Good:
        Metadata:
          Seatrial:
            Parts: {Task: api, Files: files}
            Annotations: [{Kind: Uses, part: api, used: files, access: write}]
        Resources:
          Files: {Type: AWS::S3::Bucket}
          Role:
            Type: AWS::IAM::Role
            Properties:
              Policies:
                - PolicyDocument:
                    Statement:
                      - {Effect: Allow, Action: s3:PutObject, Resource: !Sub "${Files.Arn}/*"}
          Task:
            Type: AWS::ECS::TaskDefinition
            Properties:
              TaskRoleArn: !GetAtt Role.Arn
              ContainerDefinitions: [{Environment: [{Name: S3_BUCKET, Value: !Ref Files}]}]
    """
    for (part, used), modes in sorted(plan.access.items()):
        for task in (each for each in plan.parts.get(part, ()) if each.type == TASK):
            role = plan.named(task.properties.get("TaskRoleArn"), ROLE)
            if role is None or role.properties.get("ManagedPolicyArns"):
                continue
            for target in plan.parts.get(used, ()):
                if target.type != "AWS::MSK::Topic" and target.id not in plan.needs[task.id]:
                    continue
                for mode in sorted(modes):
                    action = NEEDED.get((target.type, mode))
                    if action and _by_iam(plan, target) and not _may(plan, role, action, target):
                        yield Fault(
                            role.id,
                            "Policies",
                            f"{part} uses {used} ({mode}), and its task may not {action} there.",
                            f"Allow {action} on {target.id}.",
                            part=part,
                        )


def _by_iam(plan: Plan, target: Resource) -> bool:
    if target.type != "AWS::MSK::Topic":
        return True
    cluster = plan.named(target.properties.get("ClusterArn"), "AWS::MSK::Cluster")
    login = ("ClientAuthentication", "Sasl", "Iam", "Enabled")
    return cluster is not None and is_true(at(cluster.properties, *login))


def _may(plan: Plan, role: Resource, action: str, target: Resource) -> bool:
    return any(
        each.allows and each.may(action) and covers(plan, each, target)
        for each in plan.rights.of.get(role.id, ())
    )
