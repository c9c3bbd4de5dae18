"""The Compose file of the one machine: what a task definition says, in Compose's words.

Takes the programs as the other environments have them: the same image, command,
variables, user, health check and memory. Gives the file, and the list of
secrets that the machine fetches, by their names. A value of a secret is in
neither. Jobs that run before a version stand in front of it; a job that only a
schedule or a person starts has the profile `jobs`.
"""

from collections.abc import Mapping
from typing import Any

from seatrial.graph.values import REGION, Secret, Value
from seatrial.language import Job, Redis, Service, Tracing
from seatrial.language.machine import COLLECTOR, PROXY, REDIS_MEMORY
from seatrial.language.service import Program
from seatrial.lower import compose_proxy, programs, tracing
from seatrial.lower.compose_text import compose_text, plain
from seatrial.lower.context import Lowering
from seatrial.lower.kind import Given

REDIS_SHARE = 75
"""Percent of Redis's memory for data: a snapshot copies what changes meanwhile."""
IMAGES = "public.ecr.aws/docker/library/redis:{}-alpine", "public.ecr.aws/valkey/valkey:{}-alpine"
REDIS_VERSIONS = {"6": "6.2", "7": "7.2"}
"""ElastiCache's Redis 7.1 is AWS's own: 7.2 is the next that others have."""
AWS_ALONE = "reserved-memory"
"""What the names of ElastiCache's own parameters begin with; Redis knows none of them."""
START = 'exec {engine}-server - "$@" <<END\nrequirepass $PASSWORD\nEND'
"""The password is read, and not an argument, which every process of the machine could see."""
ANSWERS = 'REDISCLI_AUTH="$PASSWORD" {engine}-cli ping | grep -q PONG'
EVERY: dict[str, Value] = {
    "init": True,
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
}
"""What holds for every container."""
ASKED_NOTHING: Value = {"disable": True}
"""An image may bring the health check of the service that it is also built for."""


def file(lowering: Lowering) -> Value:
    """Write the file. `x-before` names the jobs that a new version waits for."""
    services = {each.name: _program(lowering, each) for each in lowering.programs}
    services |= {each.name: _redis(each) for each in lowering.of(Redis)}
    volumes: dict[str, Value] = {each.name: {} for each in lowering.of(Redis)}
    if lowering.web:
        services[PROXY] = _kept({**compose_proxy.service(lowering), **EVERY})
    traced: Tracing | None = lowering.environment.setting("tracing")
    if traced:
        services[COLLECTOR] = _collector(traced)
    whole: dict[str, Value] = {
        "name": lowering.name,
        "x-before": " ".join(each.name for each in before(lowering)),
        "services": services,
        **({"volumes": volumes} if volumes else {}),
    }
    return compose_text(plain(whole))


def before(lowering: Lowering) -> list[Job]:
    """Give the jobs that must succeed before a new version takes traffic."""
    found = [lowering.environment.part(each.before) for each in lowering.services if each.before]
    return list(dict.fromkeys(found))


def given(lowering: Lowering, program: Program) -> Given:
    """Give what a program gets, with what Fargate would have told it by itself."""
    gets = programs.given(lowering, program)
    traced: Tracing | None = lowering.environment.setting("tracing")
    more: dict[str, Value] = {"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}
    statements = list(gets.statements)
    if traced and isinstance(program, Service):
        more |= tracing.variables(traced, program)
        more["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://{COLLECTOR}:4317"
        statements.append(tracing.STATEMENT)
    variables = dict(sorted({**more, **gets.variables}.items()))
    return Given(variables, gets.secrets, statements)


def secrets(lowering: Lowering) -> Value:
    """List what each container reads: its name, the variable, the secret's name, the key or `-`."""
    found: dict[str, Mapping[str, Value]] = {
        each.name: given(lowering, each).secrets for each in lowering.programs
    }
    for redis in lowering.of(Redis):
        found[redis.name] = {"PASSWORD": Secret(lowering.id(redis, "Password"))}
    if lowering.web:
        found[PROXY] = compose_proxy.secrets()
    lines = [
        f"{container} {variable} {_name(lowering, secret)} {secret.key or '-'}"
        for container, theirs in found.items()
        for variable, secret in theirs.items()
    ]
    return "".join(f"{line}\n" for line in lines) or "\n"


def _name(lowering: Lowering, secret: Secret) -> str:
    name = lowering.graph[secret.id].properties["Name"]
    assert isinstance(name, str)
    return name


def _program(lowering: Lowering, program: Program) -> dict[str, Value]:
    gets = given(lowering, program)
    service: dict[str, Value] = {
        "image": programs.image(lowering, program),
        "command": [programs.at_task(lowering, program, each) for each in program.command],
        "environment": gets.variables,
        "user": f"{programs.USER}:{programs.USER}",
        **EVERY,
        "volumes": ["/tmp"],  # noqa: S108 - the container's own
        "mem_limit": f"{program.memory}m",
        "cpu_shares": program.cpu,
    }
    waits = _waits(lowering, program)
    if waits:
        service["depends_on"] = waits
    if isinstance(program, Service):
        return _kept({**service, **_serving(program)})
    service["healthcheck"] = ASKED_NOTHING
    return service if program in before(lowering) else {**service, "profiles": ["jobs"]}


def _kept(service: dict[str, Value]) -> dict[str, Value]:
    return {**service, "restart": "unless-stopped"}


def _serving(service: Service) -> dict[str, Value]:
    """Give what makes a container a service: how many, how it ends, its health and its name."""
    found: dict[str, Value] = {"stop_grace_period": f"{service.stop_timeout}s"}
    if service.scale.first != 1:
        found["scale"] = service.scale.first
    found["healthcheck"] = ASKED_NOTHING
    if service.port is not None:
        found["healthcheck"] = _health(programs.container_health(service))
    if service.internal:
        found["networks"] = {"default": {"aliases": [service.internal]}}
    return found


def _health(asked: Mapping[str, Any]) -> Value:
    """Say ECS's health check in Compose's words."""
    return {
        "test": list(asked["Command"]),
        "interval": f"{asked['Interval']}s",
        "timeout": f"{asked['Timeout']}s",
        "retries": asked["Retries"],
        "start_period": f"{asked['StartPeriod']}s",
    }


def _waits(lowering: Lowering, program: Program) -> dict[str, Value]:
    """Give what must be there first, as the order of the stack has it elsewhere."""
    found: dict[str, Value] = {}
    for access in program.accesses():
        used = lowering.environment.part(access.part)
        if isinstance(used, Redis):
            found[used.name] = {"condition": "service_healthy"}
        elif isinstance(used, Service) and used is not program:
            found[used.name] = {"condition": "service_started"}
    if isinstance(program, Service) and program.before:
        job = lowering.environment.part(program.before)
        found[job.name] = {"condition": "service_completed_successfully"}
    return found


def _redis(redis: Redis) -> dict[str, Value]:
    major = redis.version.partition(".")[0]
    version = REDIS_VERSIONS.get(major, redis.version) if redis.engine == "redis" else redis.version
    image = IMAGES[redis.engine == "valkey"].format(version)
    settings: dict[str, str] = {
        "maxmemory": f"{REDIS_MEMORY * REDIS_SHARE // 100}mb",
        "maxmemory-policy": redis.eviction,
        "appendonly": "yes",
        **{key: each for key, each in redis.parameters.items() if not key.startswith(AWS_ALONE)},
    }
    arguments = [word for key, each in settings.items() for word in (f"--{key}", each)]
    return _kept(
        {
            "image": image,
            "command": ["sh", "-c", START.format(engine=redis.engine), redis.engine, *arguments],
            "user": redis.engine,
            **EVERY,
            "volumes": [f"{redis.name}:/data"],
            "mem_limit": f"{REDIS_MEMORY}m",
            "healthcheck": _health(
                {
                    "Command": ["CMD-SHELL", ANSWERS.format(engine=redis.engine)],
                    "Interval": 10,
                    "Timeout": 5,
                    "Retries": 3,
                    "StartPeriod": 30,
                }
            ),
        }
    )


def _collector(traced: Tracing) -> dict[str, Value]:
    return _kept(
        {
            "image": tracing.IMAGE,
            "environment": {
                "AOT_CONFIG_CONTENT": tracing.configuration(traced.memory, "0.0.0.0"),  # noqa: S104 - Docker's own network
                "AWS_REGION": REGION,
            },
            "user": f"{programs.USER}:{programs.USER}",
            **EVERY,
            "mem_limit": f"{traced.memory}m",
        }
    )
