"""Who reads secrets: tasks that cannot, and roles that read those of others."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.containers import SECRET, TASK, containers
from seatrial.policy.plan import Plan
from seatrial.policy.read import many, written
from seatrial.policy.rights import ROLE, Statement, about
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._granted import covers

READ = "secretsmanager:getsecretvalue"


@rule(
    "ST402",
    "secret-cannot-be-read",
    "error",
    "secrets",
    why="ECS reads the secret as the execution role before it starts the task: without the "
    "right the task never starts.",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
)
def secret_cannot_be_read(plan: Plan) -> Iterator[Fault]:
    """Find a task that is given a secret which its execution role may not read.

    Bad:
        Key: {Type: AWS::SecretsManager::Secret}
        Starter: {Type: AWS::IAM::Role}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ExecutionRoleArn: !GetAtt Starter.Arn
            ContainerDefinitions: [{Secrets: [{Name: KEY, ValueFrom: !Ref Key}]}]

    Good:
        Key: {Type: AWS::SecretsManager::Secret}
        Starter:
          Type: AWS::IAM::Role
          Properties:
            Policies:
              - PolicyDocument:
                  Statement:
                    - {Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: !Ref Key}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ExecutionRoleArn: !GetAtt Starter.Arn
            ContainerDefinitions: [{Secrets: [{Name: KEY, ValueFrom: !Ref Key}]}]
    """
    for container in containers(plan):
        role = plan.named(container.task.properties.get("ExecutionRoleArn"), ROLE)
        if role is None or _unknown_rights(role):
            continue
        statements = _reading(plan, role)
        for name, (index, secret) in container.secrets.items():
            if secret is None or any(covers(plan, each, secret) for each in statements):
                continue
            yield Fault(
                container.task.id,
                f"{container.path}.Secrets.{index}.ValueFrom",
                f"{role.id} may not read {secret.id}, which becomes {name}.",
                f"Allow {role.id} secretsmanager:GetSecretValue on {secret.id}.",
            )


def _unknown_rights(role: Resource) -> bool:
    """Tell whether a role has policies that stand elsewhere; ECS's own reads no secrets."""
    known = ("AmazonECSTaskExecutionRolePolicy", "AmazonEC2ContainerRegistryReadOnly")
    return any(
        not written(each).endswith(known) for each in many(role.properties.get("ManagedPolicyArns"))
    )


def _reading(plan: Plan, role: Resource) -> list[Statement]:
    there = plan.rights.of.get(role.id, ())
    return [each for each in there if each.allows and each.may(READ)]


@rule(
    "ST403",
    "reads-secrets-of-others",
    "warning",
    "secrets",
    why="Whoever changes one task definition can put any secret that the role reads into it.",
    source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html",
)
def reads_secrets_of_others(plan: Plan) -> Iterator[Fault]:
    """Find an execution role that reads secrets which none of its tasks is given.

    Bad:
        Starter:
          Type: AWS::IAM::Role
          Properties:
            Policies:
              - PolicyDocument:
                  Statement:
                    - {Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: "*"}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties: {ExecutionRoleArn: !GetAtt Starter.Arn}

    Good:
        Key: {Type: AWS::SecretsManager::Secret}
        Starter:
          Type: AWS::IAM::Role
          Properties:
            Policies:
              - PolicyDocument:
                  Statement:
                    - {Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: !Ref Key}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ExecutionRoleArn: !GetAtt Starter.Arn
            ContainerDefinitions: [{Secrets: [{Name: KEY, ValueFrom: !Ref Key}]}]
    """
    given: dict[str, set[str]] = {}
    for task in plan.of(TASK):
        if role := plan.named(task.properties.get("ExecutionRoleArn"), ROLE):
            given.setdefault(role.id, set()).update(plan.needs[task.id])
    for id, wanted in given.items():
        for statement in _reading(plan, plan.graph[id]):
            for index, value in enumerate(statement.resources):
                there = [each for each in about(value, plan.graph.resources) if each.type == SECRET]
                idle = [each.id for each in there if each.id not in wanted]
                text = written(value)
                wide = not there and (text == "*" or text.endswith(":secret:*"))
                everything = wide and not statement.conditions  # a tag may say whose they are
                if everything or idle:
                    which = "every secret of the account" if everything else ", ".join(idle)
                    yield Fault(
                        statement.resource.id,
                        f"{statement.path}.Resource.{index}",
                        f"it reads {which}, which none of its tasks is given.",
                        "Name the secrets of its own tasks alone.",
                        part=plan.graph[id].part,
                    )
