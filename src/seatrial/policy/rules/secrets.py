"""Secrets: shown where they should not be, read by those who need not, idle, never changed."""

import re
from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.schema.faults import Steps
from seatrial.graph.values import Join, Ref, Secret, Symbol, symbols
from seatrial.policy.containers import SECRET, TASK, containers
from seatrial.policy.plan import Plan
from seatrial.policy.read import many, written
from seatrial.policy.rights import ROLE, Statement, about
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules.identity import covers

READ = "secretsmanager:getsecretvalue"
ROTATION = "AWS::SecretsManager::RotationSchedule"
ATTACHMENT = "AWS::SecretsManager::SecretTargetAttachment"
SHOWN = {
    "AWS::ECS::TaskDefinition": "whoever may describe the task definition reads it",
    "AWS::Lambda::Function": "whoever may read the function's settings reads it",
    "AWS::EC2::Instance": "every program on the machine reads its user data",
    "AWS::EC2::LaunchTemplate": "every program on the machine reads its user data",
    "AWS::SSM::Parameter": "the parameter is kept in plain text",
    "AWS::CodeBuild::Project": "whoever may read the project reads it",
}
"""Type -> who sees what stands in it."""
NAMED = re.compile(r"(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|SECRET_KEY)$")
DYNAMIC = re.compile(r"\{\{resolve:(?:secretsmanager|ssm-secure):")


@rule(
    "ST401",
    "secret-in-plain-sight",
    "error",
    "secrets",
    why="A value that stands in a definition, an output or user data is read by many, kept for "
    "ever, and no secret any more.",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
)
def secret_in_plain_sight(plan: Plan) -> Iterator[Fault]:
    """Find a secret's value, or a parameter that is kept from view, where it can be seen.

    CloudFormation puts the value in the place of `{{resolve:secretsmanager:...}}` when it
    deploys, so in a variable, in user data or in an output it stands as plain text. A
    variable that is named as a secret and has a literal value is found too.

    Bad:
        Key: {Type: AWS::SecretsManager::Secret}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Environment:
                  - Name: DB
                    Value: !Sub "{{resolve:secretsmanager:${Key}:SecretString:password}}"

    Good:
        Key: {Type: AWS::SecretsManager::Secret}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Secrets: [{Name: DB, ValueFrom: !Sub "${Key}:password::"}]
    """
    for resource in plan.of(*SHOWN):
        for symbol, steps in plan.references[resource.id]:
            name = _kept(plan, symbol)
            if name:
                yield _shown(resource, _path(steps), name)
    for resource in plan.of(*SHOWN):
        for path, text in _texts(resource.properties, ""):
            if DYNAMIC.search(text):
                yield _shown(resource, path, "a secret")
    for container in containers(plan):
        for name, (_, value) in container.variables.items():
            if NAMED.search(name.upper()) and isinstance(value, str) and value.strip():
                yield _shown(container.task, container.path_of(name), f"{name}, as a text,")
    for output in plan.graph.outputs.values():
        for symbol in symbols(output.value):
            if name := _kept(plan, symbol):
                what = f"the output {output.id} shows {name} to whoever may describe the stack."
                id = getattr(symbol, "id", "")
                yield Fault(id, f"Outputs.{output.id}", what, "Take the output out.")


def _kept(plan: Plan, symbol: Symbol) -> str:
    """Give the name of what a symbol stands for where its value must be kept from view."""
    if isinstance(symbol, Secret) and symbol.dynamic:
        return symbol.id
    if isinstance(symbol, Ref):
        parameter = plan.graph.parameters.get(symbol.id)
        return symbol.id if parameter and parameter.no_echo else ""
    return ""


def _shown(resource: Resource, path: str, name: str) -> Fault:
    return Fault(
        resource.id,
        path,
        f"{name} stands here in plain text: {SHOWN[resource.type]}.",
        "Name the secret under Secrets, ValueFrom, or read it at run time by its ARN.",
        "Write env={'NAME': Secret('name')}, which ECS injects.",
    )


def _path(steps: Steps) -> str:
    found: list[str] = []
    while steps is not None:
        steps, last = steps
        found.append(str(last))
    return ".".join(reversed(found))


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Give every text inside a value with the way to it; joined ones too."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Join):
        yield path, "".join(each for each in value.parts if isinstance(each, str))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}.{index}")


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
                everything = not there and (text == "*" or text.endswith(":secret:*"))
                if everything or idle:
                    which = "every secret of the account" if everything else ", ".join(idle)
                    yield Fault(
                        statement.resource.id,
                        f"{statement.path}.Resource.{index}",
                        f"it reads {which}, which none of its tasks is given.",
                        "Name the secrets of its own tasks alone.",
                        part=plan.part(plan.graph[id]),
                    )


@rule(
    "ST404",
    "idle-secret",
    "note",
    "secrets",
    why="It costs 0.40 USD a month, and one day someone takes it for the one that counts.",
    source="https://aws.amazon.com/secrets-manager/pricing/",
)
def idle_secret(plan: Plan) -> Iterator[Fault]:
    """Find a secret that nothing in the template reads.

    A task, a role, another secret, a database, an output or a text that holds its name
    reads it.

    Bad:
        Old: {Type: AWS::SecretsManager::Secret, Properties: {Name: shop/old}}

    Good:
        Key: {Type: AWS::SecretsManager::Secret, Properties: {Name: shop/key}}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties: {ContainerDefinitions: [{Secrets: [{Name: KEY, ValueFrom: !Ref Key}]}]}
    """
    told = {
        symbol.id
        for output in plan.graph.outputs.values()
        for symbol in symbols(output.value)
        if hasattr(symbol, "id")
    }
    own = (ROTATION, ATTACHMENT, "AWS::SecretsManager::ResourcePolicy")
    idle = [
        secret
        for secret in plan.of(SECRET)
        if secret.id not in told
        and not any(each.type not in own for each in plan.users.get(secret.id, ()))
    ]
    named = _every_text(plan) if idle else ""
    for secret in idle:
        name = secret.properties.get("Name")
        if not isinstance(name, str) or name not in named:
            yield Fault(secret.id, "", "nothing reads it.", "Take it out.")


def _every_text(plan: Plan) -> str:
    """Give every text of the graph but the secrets' own, to look for names in."""
    return "\n".join(
        text
        for resource in plan.graph
        if resource.type != SECRET
        for _, text in _texts(resource.properties, "")
    )


@rule(
    "ST405",
    "database-password-never-changes",
    "note",
    "secrets",
    why="Who once read the password has the database as long as it stays the same.",
    source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
)
def database_password_never_changes(plan: Plan) -> Iterator[Fault]:
    """Find a database's credentials that could be rotated, and are not.

    Secrets Manager rotates what is attached to a database. Tasks read a secret when they
    start, so a rotation goes with a new deployment, or with a second user.

    Bad:
        Key: {Type: AWS::SecretsManager::Secret}
        Db: {Type: AWS::RDS::DBInstance}
        Attachment:
          Type: AWS::SecretsManager::SecretTargetAttachment
          Properties: {SecretId: !Ref Key, TargetId: !Ref Db, TargetType: AWS::RDS::DBInstance}

    Good:
        Key: {Type: AWS::SecretsManager::Secret}
        Db: {Type: AWS::RDS::DBInstance}
        Attachment:
          Type: AWS::SecretsManager::SecretTargetAttachment
          Properties: {SecretId: !Ref Key, TargetId: !Ref Db, TargetType: AWS::RDS::DBInstance}
        Rotation:
          Type: AWS::SecretsManager::RotationSchedule
          Properties: {SecretId: !Ref Attachment, RotationRules: {AutomaticallyAfterDays: 30}}
    """
    rotated = _rotated(plan)
    for attachment in plan.of(ATTACHMENT):
        secret = plan.named(attachment.properties.get("SecretId"), SECRET)
        if secret is not None and secret.id not in rotated:
            yield Fault(
                secret.id,
                "",
                "it is attached to a database and no rotation changes it.",
                "Add an AWS::SecretsManager::RotationSchedule for it.",
            )


def _rotated(plan: Plan) -> set[str]:
    found = set()
    for schedule in plan.of(ROTATION):
        secret = plan.named(schedule.properties.get("SecretId"), SECRET)
        attachment = plan.named(schedule.properties.get("SecretId"), ATTACHMENT)
        if attachment:
            secret = plan.named(attachment.properties.get("SecretId"), SECRET)
        if secret:
            found.add(secret.id)
    return found


@rule(
    "ST406",
    "rotation-leaves-copy-behind",
    "error",
    "secrets",
    why="The copy keeps the old password, and whoever reads it is locked out after the first "
    "rotation.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html",
)
def rotation_leaves_copy_behind(plan: Plan) -> Iterator[Fault]:
    """Find a secret that is rotated, and whose password was copied when the stack was made.

    A connection URL in a secret of its own is such a copy: CloudFormation reads the password
    once. The database's own password property is not one.

    Bad:
        Key: {Type: AWS::SecretsManager::Secret}
        Rotation: {Type: AWS::SecretsManager::RotationSchedule, Properties: {SecretId: !Ref Key}}
        Url:
          Type: AWS::SecretsManager::Secret
          Properties:
            SecretString: !Sub "postgresql://app:{{resolve:secretsmanager:${Key}:SecretString:password}}@db"

    Good:
        Key: {Type: AWS::SecretsManager::Secret}
        Rotation: {Type: AWS::SecretsManager::RotationSchedule, Properties: {SecretId: !Ref Key}}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions: [{Secrets: [{Name: PGPASSWORD, ValueFrom: !Sub "${Key}:password::"}]}]
    """  # noqa: E501 - a secret's text is read in one line
    rotated = _rotated(plan)
    for resource in plan.graph if rotated else ():
        if "MasterUserPassword" in resource.properties:
            continue
        for symbol, steps in plan.references[resource.id]:
            copied = _copied(symbol)
            if copied in rotated:
                yield Fault(
                    resource.id,
                    _path(steps),
                    f"it holds the password of {copied} as it was when the stack was made.",
                    "Let the program put the URL together from the rotated secret's keys.",
                    "Leave url=True out: PGUSER and PGPASSWORD come from the secret itself.",
                )


def _copied(symbol: Symbol) -> str:
    return symbol.id if isinstance(symbol, Secret) and symbol.dynamic else ""
