"""Roles that reach beyond their part: shared ones, and those that pass stronger ones."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from seatrial.graph import Resource
from seatrial.policy.containers import TASK
from seatrial.policy.plan import Plan
from seatrial.policy.read import written
from seatrial.policy.rights import ROLE, about
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._granted import START, given


@rule(
    "ST304",
    "task-has-starters-role",
    "warning",
    "identity",
    why="The role that starts a task reads its secrets and pulls its image; given to the code "
    "inside, everyone who takes over the code has both.",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-ecs-iam-role-overview.html",
)
def task_has_starters_role(plan: Plan) -> Iterator[Fault]:
    """Find a task whose code has the execution role, or the role of another part.

    Bad:
        Role: {Type: AWS::IAM::Role}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties: {TaskRoleArn: !GetAtt Role.Arn, ExecutionRoleArn: !GetAtt Role.Arn}

    Good:
        Starter: {Type: AWS::IAM::Role}
        Role: {Type: AWS::IAM::Role}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties: {TaskRoleArn: !GetAtt Role.Arn, ExecutionRoleArn: !GetAtt Starter.Arn}
    """
    owners: dict[str, Resource] = {}
    starters = {
        role.id: task
        for task in plan.of(TASK)
        if (role := plan.named(task.properties.get(START), ROLE))
    }
    for task in plan.of(TASK):
        role = plan.named(task.properties.get("TaskRoleArn"), ROLE)
        if role is None:
            continue
        first = owners.setdefault(role.id, task)
        if role.id in starters:
            what = f"its code has {role.id}, by which {starters[role.id].id} is started."
        elif first.part != task.part:
            what = f"its code has {role.id}, which is that of {first.id} too."
        else:
            continue
        yield Fault(task.id, "TaskRoleArn", what, "Give each task a role of its own.")


CREATES = (
    "ecs:runtask",
    "ecs:registertaskdefinition",
    "lambda:createfunction",
    "ec2:runinstances",
    "cloudformation:createstack",
    "glue:createjob",
    "sagemaker:createtrainingjob",
)


@rule(
    "ST305",
    "role-can-pass-stronger-role",
    "error",
    "identity",
    why="Who may hand a stronger role to a task or function that it starts has that role.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
)
def role_can_pass_stronger_role(plan: Plan) -> Iterator[Fault]:
    """Find a role that may pass any role, or one that may do everything.

    A condition on `iam:PassedToService` narrows it to a service; then it is not found here.

    Bad:
        Deployer:
          Type: AWS::IAM::Role
          Properties:
            Policies:
              - PolicyDocument:
                  Statement:
                    - {Effect: Allow, Action: [iam:PassRole, ecs:RunTask], Resource: "*"}

    Good:
        TaskRole: {Type: AWS::IAM::Role}
        Deployer:
          Type: AWS::IAM::Role
          Properties:
            Policies:
              - PolicyDocument:
                  Statement:
                    - {Effect: Allow, Action: iam:PassRole, Resource: !GetAtt TaskRole.Arn}
                    - {Effect: Allow, Action: ecs:RunTask, Resource: "*"}
    """
    creators = {role.id for role, each in given(plan) if each.may(*CREATES)}
    for role, statement in given(plan):
        if not statement.may("iam:passrole") or role.id not in creators:
            continue
        if "iam:passedtoservice" in statement.conditions:
            continue
        stronger = [
            each
            for value in statement.resources
            for each in about(value, plan.graph.resources)
            if each.type == ROLE and each is not role and _does_everything(plan, each)
        ]
        anyone = any(_every_role(written(value)) for value in statement.resources)
        if anyone or stronger:
            what = f"{stronger[0].id}, which may do everything" if stronger else "any role"
            yield Fault(
                statement.resource.id,
                f"{statement.path}.Resource",
                f"{role.id} may start something and hand it {what}.",
                "Name the roles that it must pass, and add iam:PassedToService.",
                part=role.part,
            )


def _every_role(text: str) -> bool:
    return text == "*" or fnmatchcase(text, "arn:*:role/[*]")


def _does_everything(plan: Plan, role: Resource) -> bool:
    managed = role.properties.get("ManagedPolicyArns")
    named = managed if isinstance(managed, list) else []
    return any(written(each).endswith("/AdministratorAccess") for each in named) or any(
        each.allows and "*" in each.actions and each.everything
        for each in plan.rights.of.get(role.id, ())
    )
