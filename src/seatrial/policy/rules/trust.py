"""Who may take a role: everyone, or any workflow of any repository."""

from collections.abc import Iterator

from seatrial.policy.plan import Plan
from seatrial.policy.read import many, written
from seatrial.policy.rights import ROLE, Statement
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._principals import everyone, narrowed


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
            if each.allows and everyone(each) and not narrowed(each):
                given = [said for said in plan.rights.of.get(role.id, ()) if said.allows]
                opens = f", and with it {given[0].actions[0]}" if given and given[0].actions else ""
                yield Fault(
                    role.id,
                    f"{each.path}.Principal",
                    f"everyone with an AWS account may take {role.id}{opens}.",
                    "Name the service or the account that must take it.",
                )


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
