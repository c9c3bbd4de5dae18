"""What the steps of `delivery.sh` may do, role by role.

Takes a delivery, gives the statements of the roles that build and deploy. Each
action is one that a step calls; a test reads the script to hold the two equal.
"""

from seatrial.graph import Resource
from seatrial.graph.values import ACCOUNT, PARTITION, REGION, Value, join
from seatrial.pipeline.delivery import Delivery, Site, Stage
from seatrial.pipeline.names import stack_role, templates_bucket
from seatrial.pipeline.permissions import allow, made_up

# docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
_PUSH = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
]
_PULL = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
]


def _arn(service: str, what: str) -> Value:
    return join("arn:", PARTITION, f":{service}:", REGION, ":", ACCOUNT, f":{what}")


def role_arn(name: str, account: Value = ACCOUNT, partition: Value = PARTITION) -> Value:
    """Give the ARN of a role of this account."""
    return join("arn:", partition, ":iam::", account, f":role/{name}")


def build_statements(delivery: Delivery) -> list[Value]:
    """Let a build push into the build repositories, and nothing else."""
    repositories = [
        _arn("ecr", f"repository/{delivery.build_repository(image)}") for image in delivery.images
    ]
    return [
        allow("ecr:GetAuthorizationToken", "*"),
        allow(_PUSH, repositories),
    ]


def deploy_statements(delivery: Delivery, stage: Stage) -> list[Value]:
    """Let a delivery change one stack through CloudFormation's own role, and what goes with it."""
    return [
        *_of_images(delivery, stage),
        *_of_stack(delivery, stage),
        *_of_tasks(stage),
        *_of_machines(stage),
        *_of_sites(stage),
    ]


def _of_images(delivery: Delivery, stage: Stage) -> list[Value]:
    built = [
        _arn("ecr", f"repository/{delivery.build_repository(each)}") for each in delivery.images
    ]
    own = [_arn("ecr", f"repository/{each}") for each in stage.repositories.values()]
    return [
        allow("ecr:GetAuthorizationToken", "*"),
        allow(_PULL, built),
        allow(_PUSH, own),
    ]


def _of_stack(delivery: Delivery, stage: Stage) -> list[Value]:
    bucket = join("arn:", PARTITION, ":s3:::", templates_bucket(delivery))
    return [
        allow(
            [
                "cloudformation:CreateChangeSet",
                "cloudformation:DescribeChangeSet",
                "cloudformation:DescribeStacks",
                "cloudformation:ExecuteChangeSet",
                "cloudformation:GetTemplate",
                "cloudformation:GetTemplateSummary",
                "cloudformation:ListStackResources",
            ],
            _arn("cloudformation", f"stack/{stage.stack}/*"),
        ),
        allow(["s3:GetObject", "s3:PutObject"], join(bucket, f"/{stage.stack}/*")),
        # Without it S3 says "forbidden" of an object that is not there.
        allow("s3:ListBucket", bucket, {"StringLike": {"s3:prefix": [f"{stage.stack}/*"]}}),
        allow(
            "iam:PassRole",
            role_arn(stack_role(stage)),
            {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
    ]


def _of_tasks(stage: Stage) -> list[Value]:
    clusters = _clusters(stage)
    made: list[Value] = []
    if stage.counts:
        services = [_arn("ecs", f"service/{each}/*") for each in clusters]
        made.append(allow("ecs:DescribeServices", services))
    if stage.weights:
        # AWS holds this one to no resource.
        made.append(allow("elasticloadbalancing:DescribeRules", "*"))
    if stage.jobs:
        families = [
            f"task-definition/{stage.graph[job.task].properties['Family']}:*" for job in stage.jobs
        ]
        here = {"ArnEquals": {"ecs:cluster": [_arn("ecs", f"cluster/{e}") for e in clusters]}}
        made += [
            # AWS holds this one to no resource.
            allow("ecs:DescribeTaskDefinition", "*"),
            allow("ecs:RegisterTaskDefinition", [_arn("ecs", each) for each in families]),
            allow("ecs:RunTask", [_arn("ecs", each) for each in families], here),
            allow("ecs:DescribeTasks", [_arn("ecs", f"task/{each}/*") for each in clusters]),
            allow(
                "iam:PassRole",
                role_arn(made_up(stage.stack)),
                {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
        ]
    return made


def _clusters(stage: Stage) -> list[str]:
    ids = dict.fromkeys(
        [each.cluster for each in stage.counts] + [each.cluster for each in stage.jobs]
    )
    names = (stage.graph[id].properties.get("ClusterName") for id in ids)
    return [each if isinstance(each, str) else made_up(stage.stack) for each in names]


def _of_machines(stage: Stage) -> list[Value]:
    """Let a delivery run the stack's own commands, on the stack's own machines."""
    if not stage.machines:
        return []
    commands = [id for each in stage.machines for id in (each.deploy, each.run) if id]
    documents = [
        _arn("ssm", f"document/{stage.graph[id].properties['Name']}")
        for id in dict.fromkeys(commands)
    ]
    # A machine's id is made up by AWS; its name is a tag, which AWS looks at.
    names = [_tag(stage.graph[each.id], "Name") for each in stage.machines]
    return [
        allow("ssm:SendCommand", documents),
        allow(
            "ssm:SendCommand",
            _arn("ec2", "instance/*"),
            {"StringEquals": {"ssm:resourceTag/Name": names}},
        ),
        # AWS holds this one to no resource.
        allow("ssm:GetCommandInvocation", "*"),
    ]


def _tag(resource: Resource, key: str) -> Value:
    return next(each["Value"] for each in resource.properties["Tags"] if each["Key"] == key)


def _of_sites(stage: Stage) -> list[Value]:
    if not stage.sites:
        return []
    buckets = [
        join("arn:", PARTITION, f":s3:::{name}")
        for name in dict.fromkeys(_bucket_name(stage, site) for site in stage.sites)
    ]
    files = [join(each, "/*") for each in buckets]
    distributions = join("arn:", PARTITION, ":cloudfront::", ACCOUNT, ":distribution/*")
    return [
        allow(["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], files),
        allow("s3:ListBucket", buckets),
        # The distribution's id is made up by AWS after this role is there.
        allow(["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"], distributions),
    ]


def _bucket_name(stage: Stage, site: Site) -> str:
    name = stage.graph[site.bucket].properties.get("BucketName")
    return name if isinstance(name, str) else made_up(stage.stack.lower())
