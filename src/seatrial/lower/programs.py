"""What services and jobs share: a task definition, its roles, its environment.

The execution role lets ECS pull this image, write this log and read just the
secrets that the task names. The task role may do what `uses` says, and nothing else.
"""

from collections.abc import Mapping, Sequence

from seatrial.graph import Resource
from seatrial.graph.annotations import Source
from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import REGION, AtRun, GetAtt, Ref, Secret, Value, join
from seatrial.language import Reference, Service, Tracing
from seatrial.language import Secret as SecretPart
from seatrial.language.access import AtTask
from seatrial.language.service import Program
from seatrial.lower import registry, tracing
from seatrial.lower.context import Lowering
from seatrial.lower.kind import Given
from seatrial.lower.kinds import kind_of

USER = 10001
"""Who runs in a container: the user of the images that `seatrial dockerfile` describes."""
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
WRITE = ["logs:CreateLogStream", "logs:PutLogEvents"]


def task_definition(lowering: Lowering, program: Program) -> Resource:
    """Add a program's task definition with its roles and its source folder."""
    gets = given(lowering, program)
    traced: Tracing | None = lowering.environment.setting("tracing")
    if not isinstance(program, Service):
        traced = None
    if traced:
        found = dict(sorted(({**tracing.variables(traced, program), **gets.variables}).items()))
        gets = Given(found, gets.secrets, [*gets.statements, tracing.STATEMENT])
        if program.memory <= traced.memory:
            raise program.wrong(
                f"memory={program.memory} leaves nothing beside the collector's {traced.memory}.",
                "Give it more, or Tracing less.",
            )
    execution = _execution_role(lowering, program, gets.secrets)
    role = lowering.add(
        program,
        "TaskRole",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("ecs-tasks.amazonaws.com"),
            "Policies": [policy("uses", gets.statements)] if gets.statements else None,
        },
    )
    container: dict[str, Value] = {
        "Name": program.name,
        "Image": image(lowering, program),
        "Essential": True,
        "User": f"{USER}:{USER}",
        "Memory": program.memory - (traced.memory if traced else 0),
        "Command": [at_task(lowering, program, each) for each in program.command],
        "Environment": [{"Name": key, "Value": value} for key, value in gets.variables.items()],
        "Secrets": [{"Name": key, "ValueFrom": value} for key, value in gets.secrets.items()],
        "ReadonlyRootFilesystem": True,
        "MountPoints": [{"SourceVolume": "tmp", "ContainerPath": "/tmp", "ReadOnly": False}],  # noqa: S108 - the container's own
        "LinuxParameters": {"InitProcessEnabled": True},
        "LogConfiguration": {
            "LogDriver": "awslogs",
            "Options": {
                "awslogs-group": Ref("Logs"),
                "awslogs-region": REGION,
                "awslogs-stream-prefix": program.name,
            },
        },
    }
    if isinstance(program, Service):
        container["StopTimeout"] = program.stop_timeout
        if program.port is not None:
            container["PortMappings"] = [{"ContainerPort": program.port, "Protocol": "tcp"}]
            container["HealthCheck"] = container_health(program)
    containers = [container, tracing.collector(traced, program)] if traced else [container]
    task = lowering.add(
        program,
        "Task",
        "AWS::ECS::TaskDefinition",
        {
            "Family": f"{lowering.name}-{program.name}",
            "RequiresCompatibilities": ["FARGATE"],
            "NetworkMode": "awsvpc",
            "Cpu": str(program.cpu),
            "Memory": str(program.memory),
            "RuntimePlatform": {
                "CpuArchitecture": registry.architecture(lowering, program),
                "OperatingSystemFamily": "LINUX",
            },
            "ExecutionRoleArn": execution.att("Arn"),
            "TaskRoleArn": role.att("Arn"),
            "Volumes": [{"Name": "tmp"}],
            "ContainerDefinitions": containers,
        },
    )
    lowering.annotate(Source(task.id, program.source))
    return task


def image(lowering: Lowering, program: Program) -> Value:
    """Give the image: the repository of the source folder, at the tag being deployed."""
    owner = registry.owner(lowering, program)
    return join(GetAtt(lowering.id(owner, "Repository"), "RepositoryUri"), ":", Ref("ImageTag"))


def given(lowering: Lowering, program: Program) -> Given:
    """Give what a program gets: its variables, its secrets and what its task role may do."""
    variables: dict[str, Value] = {}
    secrets: dict[str, Value] = {}
    statements: list[Value] = []
    if isinstance(program, Service) and program.port is not None:
        variables["HOST"] = AtRun("HOST", "0.0.0.0")  # noqa: S104 - inside an awsvpc task
        variables["PORT"] = AtRun("PORT", str(program.port))
    for access in program.accesses():
        used = lowering.environment.part(access.part)
        kind = kind_of(lowering, used)
        if kind is None:
            continue
        more = kind.given(lowering, used, access)
        statements += [each for each in more.statements if each not in statements]
        if _only_named(program, access.part):
            continue
        # What two topics of one cluster or two folders of one bucket both say is said once; a
        # second part's own is prefixed.
        taken = variables | secrets
        theirs = {**more.variables, **more.secrets}
        is_second = any(taken.get(key, value) != value for key, value in theirs.items())
        prefix = used.name.upper().replace("-", "_") + "_" if is_second else ""
        variables |= {prefix + key: value for key, value in more.variables.items()}
        secrets |= {prefix + key: value for key, value in more.secrets.items()}
    for name, value in program.env.items():
        # What a person names wins over what comes by itself, and a name stands in one place.
        variables.pop(name, None)
        secrets.pop(name, None)
        if isinstance(value, SecretPart):
            secrets[name] = Secret(lowering.id(value, "Secret"))
            continue
        said = at_task(lowering, program, value)
        (secrets if isinstance(said, Secret) else variables)[name] = said
    return Given(dict(sorted(variables.items())), dict(sorted(secrets.items())), statements)


def _only_named(program: Program, part: object) -> bool:
    """Say whether only `env` speaks of a part, so that it brings no variables of its own."""
    return all(getattr(each, "part", each) is not part for each in program.uses)


def _reference(lowering: Lowering, value: Reference) -> Value:
    part = lowering.environment.part(value.part)
    kind = kind_of(lowering, part)
    assert kind
    named: Value = kind.value(lowering, part, value.field)
    return named


def at_task(lowering: Lowering, program: Program, value: str | int | AtTask | Reference) -> Value:
    """Give what a word of the command or of `env` is in a container."""
    if isinstance(value, Reference):
        return _reference(lowering, value)
    if not isinstance(value, AtTask):
        return str(value)
    if value.name == "HOST":
        return AtRun("HOST", "0.0.0.0")  # noqa: S104 - inside an awsvpc task
    return AtRun("PORT", str(getattr(program, "port", None) or ""))


def container_health(service: Service) -> Value:
    """Ask the task itself, with the Python that is in the image anyway."""
    probe = service.probe
    code = (
        "import urllib.request as r;"
        f"r.urlopen('http://127.0.0.1:{service.port}{probe.path}',timeout={probe.timeout})"
    )
    return {
        "Command": ["CMD", "python", "-c", code],
        "Interval": probe.interval,
        "Timeout": probe.timeout,
        "Retries": probe.unhealthy,
        "StartPeriod": min(probe.grace, 300),
    }


def _execution_role(lowering: Lowering, program: Program, secrets: Mapping[str, Value]) -> Resource:
    owner = registry.owner(lowering, program)
    statements: list[Value] = [
        allow("ecr:GetAuthorizationToken", "*"),
        allow(PULL, GetAtt(lowering.id(owner, "Repository"), "Arn")),
        allow(WRITE, GetAtt("Logs", "Arn")),
    ]
    named = dict.fromkeys(each.id for each in secrets.values())
    if named:
        statements.append(allow("secretsmanager:GetSecretValue", [Ref(id) for id in named]))
    return lowering.add(
        program,
        "ExecutionRole",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("ecs-tasks.amazonaws.com"),
            "Policies": [policy("start", statements)],
        },
    )


def policy(name: str, statements: Sequence[Value]) -> Value:
    """Give an inline policy of a role."""
    document: Value = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"PolicyName": name, "PolicyDocument": document}


def allow(actions: str | list[str], resources: Value) -> Value:
    """Give the statement that allows actions on resources."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources}
