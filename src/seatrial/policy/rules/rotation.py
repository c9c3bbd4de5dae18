"""Secrets over time: those that nothing reads, that never change, or whose copies stay."""

from collections.abc import Iterator

from seatrial.graph.values import Secret, Symbol, symbols
from seatrial.policy.containers import SECRET
from seatrial.policy.plan import Plan
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._texts import path_of, texts

ROTATION = "AWS::SecretsManager::RotationSchedule"
ATTACHMENT = "AWS::SecretsManager::SecretTargetAttachment"


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
        for _, text in texts(resource.properties, "")
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
                    path_of(steps),
                    f"it holds the password of {copied} as it was when the stack was made.",
                    "Let the program put the URL together from the rotated secret's keys.",
                    "Leave url=True out: PGUSER and PGPASSWORD come from the secret itself.",
                )


def _copied(symbol: Symbol) -> str:
    return symbol.id if isinstance(symbol, Secret) and symbol.dynamic else ""
