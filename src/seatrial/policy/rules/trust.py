"""Who is let in by policies: roles that strangers take, resources that strangers use."""

import re
from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, is_true, many, written
from seatrial.policy.rights import ROLE, Statement, statements
from seatrial.policy.rule import Fault, rule

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
NARROW = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:principalorgid",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceip",
    "kms:calleraccount",
    "sts:externalid",
    "sns:endpoint",
)
"""Conditions that make everyone someone."""
NOBODY = re.compile(r"0\.0\.0\.0/0|^\*$")


def _narrowed(statement: Statement) -> bool:
    return any(
        key in NARROW and not any(NOBODY.search(written(each)) for each in many(value))
        for key, (_, value) in statement.conditions.items()
    )


@rule(
    "ST306",
    "role-anyone-may-take",
    "error",
    "identity",
    why="Every AWS account in the world may become this role and do what it does.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
)
def role_anyone_may_take(plan: Plan) -> Iterator[Fault]:
    """Find a role that everyone may take, and say what it opens.

    A condition on the organisation, the account, the source or an external id narrows it.

    Bad:
        Role:
          Type: AWS::IAM::Role
          Properties:
            AssumeRolePolicyDocument:
              Statement: [{Effect: Allow, Principal: {AWS: "*"}, Action: sts:AssumeRole}]

    Good:
        Role:
          Type: AWS::IAM::Role
          Properties:
            AssumeRolePolicyDocument:
              Statement:
                - Effect: Allow
                  Principal: {Service: ecs-tasks.amazonaws.com}
                  Action: sts:AssumeRole
    """
    for role in plan.of(ROLE):
        for each in plan.rights.trust(role):
            if each.allows and _everyone(each) and not _narrowed(each):
                given = [said for said in plan.rights.of.get(role.id, ()) if said.allows]
                opens = f", and with it {given[0].actions[0]}" if given and given[0].actions else ""
                yield Fault(
                    role.id,
                    f"{each.path}.Principal",
                    f"everyone with an AWS account may take {role.id}{opens}.",
                    "Name the service or the account that must take it.",
                )


def _everyone(statement: Statement) -> bool:
    if "NotPrincipal" in statement.said:
        return True
    named = statement.principals("AWS") + statement.principals("Service")
    return any(written(each) == "*" for each in named)


@rule(
    "ST307",
    "wide-token-trust",
    "error",
    "identity",
    why="Whoever can run a workflow in any repository that matches deploys to this account.",
    source="https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services",
)
def wide_token_trust(plan: Plan) -> Iterator[Fault]:
    """Find a role for tokens of GitHub or GitLab that does not say for which repository.

    The condition on `sub` must name owner and repository. GitHub's newer form has ids in it
    (`repo:OWNER@ID/REPOSITORY@ID:...`), where a star may stand for the id.

    Bad:
        Role:
          Type: AWS::IAM::Role
          Properties:
            AssumeRolePolicyDocument:
              Statement:
                - Effect: Allow
                  Principal: {Federated: arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com}
                  Action: sts:AssumeRoleWithWebIdentity
                  Condition:
                    StringLike: {token.actions.githubusercontent.com:sub: "repo:acme/*"}

    Good:
        Role:
          Type: AWS::IAM::Role
          Properties:
            AssumeRolePolicyDocument:
              Statement:
                - Effect: Allow
                  Principal: {Federated: arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com}
                  Action: sts:AssumeRoleWithWebIdentity
                  Condition:
                    StringLike: {token.actions.githubusercontent.com:sub: "repo:acme/shop:*"}
    """  # noqa: E501 - a principal is read in one line
    for role in plan.of(ROLE):
        for each in plan.rights.trust(role):
            if not each.allows or not _of_pipeline(plan, each):
                continue
            said = [value for key, value in each.conditions.items() if key.endswith(":sub")]
            subjects = [written(one) for _, value in said for one in many(value)]
            if not said or any(map(_wide, subjects)):
                told = ", ".join(filter(None, subjects)) or "nothing"
                yield Fault(
                    role.id,
                    f"{each.path}.Condition",
                    f"its condition on `sub` says {told}.",
                    "Name owner and repository: repo:OWNER/REPOSITORY:environment:NAME.",
                )


def _of_pipeline(plan: Plan, statement: Statement) -> bool:
    for each in statement.principals("Federated"):
        provider = plan.named(each, "AWS::IAM::OIDCProvider")
        address = written(provider.properties.get("Url") if provider else each)
        if "token.actions.githubusercontent.com" in address or "gitlab" in address:
            return True
    return False


def _wide(subject: str) -> bool:
    """Tell whether a star stands where the owner or the repository must."""
    if not subject:
        return False
    if subject.startswith("${"):
        return False
    kind, _, rest = subject.partition(":")
    named = rest.partition(":")[0].replace("@*", "")
    return "*" in kind or "?" in kind or "*" in named or "?" in named or not named


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
    a network is guarded by its users, and not found.

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
        if inside or not each.allows or not _everyone(each) or _narrowed(each):
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
        if each.allows and acting and not _narrowed(each):
            names = ", ".join(target.id for target in targets)
            yield Fault(
                owner.id,
                f"{each.path}.Condition",
                f"{acting[0]} may {_first(each)} on {names} for any of its customers.",
                "Add a condition on aws:SourceArn or aws:SourceAccount.",
            )


def _first(statement: Statement) -> str:
    return statement.actions[0] if statement.actions else "act"
