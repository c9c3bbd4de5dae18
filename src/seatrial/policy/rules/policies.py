"""Who is let in by the policies of resources: everyone, or a service on behalf of anyone."""

from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, is_true, many, written
from seatrial.policy.rights import Statement, statements
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._principals import everyone, narrowed

POLICIES = {
    "AWS::S3::BucketPolicy": ("PolicyDocument", "Bucket"),
    "AWS::SNS::TopicPolicy": ("PolicyDocument", "Topics"),
    "AWS::SQS::QueuePolicy": ("PolicyDocument", "Queues"),
    "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy", "SecretId"),
    "AWS::MSK::ClusterPolicy": ("Policy", "ClusterArn"),
    "AWS::ECR::Repository": ("RepositoryPolicyText", ""),
    "AWS::KMS::Key": ("KeyPolicy", ""),
    "AWS::OpenSearchService::Domain": ("AccessPolicies", ""),
    "AWS::Backup::BackupVault": ("AccessPolicy", ""),
}
"""Type -> where its policy stands, and what it is the policy of; "" where of itself."""


@rule(
    "ST308",
    "resource-open-to-strangers",
    "error",
    "identity",
    why="What lies there is read, changed or filled by anyone with an AWS account, or without.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html",
)
def resource_open_to_strangers(plan: Plan) -> Iterator[Fault]:
    """Find a bucket, topic, queue, secret, key or domain whose policy lets everyone in.

    A bucket whose public access is restricted stays closed, and a policy that AWS calls
    public is then refused when it is put in place, which is told too. A search domain inside
    a network is guarded by its users, and the bucket of a website is there for everyone to
    read: neither is found.

    Bad:
        Queue: {Type: AWS::SQS::Queue}
        Policy:
          Type: AWS::SQS::QueuePolicy
          Properties:
            Queues: [!Ref Queue]
            PolicyDocument:
              Statement: [{Effect: Allow, Principal: "*", Action: sqs:SendMessage, Resource: "*"}]

    Good:
        Queue: {Type: AWS::SQS::Queue}
        Policy:
          Type: AWS::SQS::QueuePolicy
          Properties:
            Queues: [!Ref Queue]
            PolicyDocument:
              Statement:
                - Effect: Allow
                  Principal: {Service: sns.amazonaws.com}
                  Action: sqs:SendMessage
                  Resource: "*"
                  Condition: {ArnEquals: {aws:SourceArn: !Ref Topic}}
    """
    for owner, each, targets in _policies(plan):
        inside = owner.type.endswith("::Domain") and "VPCOptions" in owner.properties
        if inside or not each.allows or not everyone(each) or narrowed(each):
            continue
        if targets and set(each.actions) <= READING and all(map(_is_website, targets)):
            continue
        blocked = any(map(_blocks, targets))
        names = ", ".join(target.id for target in targets) or owner.id
        what = "AWS refuses this policy: public access is blocked" if blocked else "everyone may"
        yield Fault(
            owner.id,
            f"{each.path}.Principal",
            f"{what}: {', '.join(each.actions[:2])} on {names}.",
            "Name the account, role or service that needs it.",
        )


READING = {"s3:getobject", "s3:getobjectversion"}


def _is_website(bucket: Resource) -> bool:
    """Tell whether a bucket answers browsers itself, which it does only for what all may read.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteAccessPermissionsReqd.html
    """
    return "WebsiteConfiguration" in bucket.properties and not _blocks(bucket)


def _blocks(bucket: Resource) -> bool:
    blocking = bucket.properties.get("PublicAccessBlockConfiguration")
    return is_true(at(blocking, "BlockPublicPolicy"))


def _policies(plan: Plan) -> Iterator[tuple[Resource, Statement, list[Resource]]]:
    """Give each statement of a resource's policy, where it stands and what it is about."""
    for type_, (name, of) in POLICIES.items():
        for owner in plan.of(type_):
            document = owner.properties.get(name)
            targets = [*_targets(plan, owner.properties.get(of))] if of else [owner]
            for each in statements(owner, document, name):
                yield owner, each, targets


def _targets(plan: Plan, value: Any) -> Iterator[Resource]:
    for each in many(value):
        id = getattr(each, "id", "")
        if id in plan.graph.resources:
            yield plan.graph[id]


ANSWERS_ALL = {
    "AWS::S3::BucketPolicy": ("cloudfront.", "cloudtrail.", "logging.s3.", "delivery.logs."),
    "AWS::SNS::TopicPolicy": ("cloudwatch.", "events.", "s3.", "budgets."),
    "AWS::SQS::QueuePolicy": ("sns.", "events.", "s3."),
}
"""Policy -> services that act for all of their customers, and say for whom in a condition."""


@rule(
    "ST309",
    "service-acts-for-anyone",
    "warning",
    "identity",
    why="The service acts for all its customers: anyone's distribution then reads the bucket, "
    "anyone's rule fills the queue.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
)
def service_acts_for_anyone(plan: Plan) -> Iterator[Fault]:
    """Find a policy that lets a service in without saying on whose behalf.

    Bad:
        Site: {Type: AWS::S3::Bucket}
        Policy:
          Type: AWS::S3::BucketPolicy
          Properties:
            Bucket: !Ref Site
            PolicyDocument:
              Statement:
                - Effect: Allow
                  Principal: {Service: cloudfront.amazonaws.com}
                  Action: s3:GetObject
                  Resource: !Sub "${Site.Arn}/*"

    Good:
        Site: {Type: AWS::S3::Bucket}
        Policy:
          Type: AWS::S3::BucketPolicy
          Properties:
            Bucket: !Ref Site
            PolicyDocument:
              Statement:
                - Effect: Allow
                  Principal: {Service: cloudfront.amazonaws.com}
                  Action: s3:GetObject
                  Resource: !Sub "${Site.Arn}/*"
                  Condition: {StringEquals: {aws:SourceArn: !Sub "arn:aws:cloudfront::1:x/${Edge}"}}
        Edge: {Type: AWS::CloudFront::Distribution}
    """
    for owner, each, targets in _policies(plan):
        services = [written(one) for one in each.principals("Service")]
        acting = [one for one in services if one.startswith(ANSWERS_ALL.get(owner.type, ("\0",)))]
        if each.allows and acting and not narrowed(each):
            names = ", ".join(target.id for target in targets)
            yield Fault(
                owner.id,
                f"{each.path}.Condition",
                f"{acting[0]} may {_first(each)} on {names} for any of its customers.",
                "Add a condition on aws:SourceArn or aws:SourceAccount.",
            )


def _first(statement: Statement) -> str:
    return statement.actions[0] if statement.actions else "act"
