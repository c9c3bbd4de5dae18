"""Secrets that stand where they can be seen."""

import re
from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.graph.values import Ref, Secret, Symbol, symbols
from seatrial.policy.containers import containers
from seatrial.policy.plan import Plan
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._texts import path_of, texts

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
                yield _shown(resource, path_of(steps), name)
    for resource in plan.of(*SHOWN):
        for path, text in texts(resource.properties, ""):
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
