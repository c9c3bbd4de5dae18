"""One EC2 machine that runs a whole environment's programs, by Docker Compose.

Takes an instance type, gives its memory and processor; refuses an environment
that one machine could not run. It knows no resource and adds no part.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from seatrial.language.part import Part
from seatrial.language.redis import Redis
from seatrial.language.service import Job, Program, Service
from seatrial.language.tracing import Tracing
from seatrial.language.vpn import Vpn
from seatrial.mistake import closest

if TYPE_CHECKING:
    from seatrial.language.environment import Environment

SIZES = {
    "micro": 1024,
    "small": 2048,
    "medium": 4096,
    "large": 8192,
    "xlarge": 16_384,
    "2xlarge": 32_768,
}
"""Memory in MiB of a burstable type (https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html)."""
FAMILIES = ("t3", "t3a", "t4g")
PROXY = "proxy"
COLLECTOR = "collector"
RESERVED = (PROXY, COLLECTOR)
"""What Compose calls the containers that belong to no part."""
PROXY_MEMORY = 64
REDIS_MEMORY = 128
"""MiB of the containers that say no memory of their own."""
SYSTEM_MEMORY, CONTAINER_MEMORY = 255, 11
"""MiB kept for kernel and Docker, and beside each container, as EKS's machine image keeps them.

https://github.com/awslabs/amazon-eks-ami (kubeReserved: 255 MiB and 11 MiB a pod)
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """An EC2 instance type: `memory` in MiB, `architecture` as ECS and ECR call it."""

    type: str
    memory: int
    architecture: Literal["X86_64", "ARM64"]


MACHINES = {
    f"{family}.{size}": Machine(
        f"{family}.{size}", memory, "ARM64" if family.endswith("g") else "X86_64"
    )
    for family in FAMILIES
    for size, memory in SIZES.items()
}


def check_type(value: object, wrong: Any) -> None:
    """Refuse what is not the name of a machine; `wrong` makes the mistake."""
    if not isinstance(value, str) or value not in MACHINES:
        raise wrong(f"there is no machine {value!r}.", closest(str(value), MACHINES))


def check_machine(environment: "Environment", machine: Machine) -> None:
    """Refuse what one machine cannot do, at the line that asks for it."""
    if environment.recovery:
        raise environment.recovery.wrong(
            "one machine has no second region.", "Leave it out of this environment."
        )
    for part in environment.parts:
        _check_part(environment, part)
    _check_memory(environment, machine)


def _check_part(environment: "Environment", part: Part) -> None:
    where = f"in environment {environment.name!r}, on one machine,"
    if part.name in RESERVED:
        raise part.wrong(f"{where} a container of this name is there already.", "Take another.")
    if isinstance(part, Service):
        _check_service(environment, part, where)
    if isinstance(part, Redis) and part.nodes > 1:
        raise part.wrong(f"{where} there is one node, not {part.nodes}.", "Give it nodes=1.")
    if isinstance(part, Vpn):
        for access in part.accesses():
            used = environment.part(access.part)
            if isinstance(used, Redis | Program):
                raise part.wrong(f"{where} {used.label()} is not in the network.")


def _check_service(environment: "Environment", service: Service, where: str) -> None:
    if service.public and service not in environment.routes:
        raise service.wrong(
            f"{where} it is reached through a website's routes alone, and none leads to it.",
            f"Give a Website routes={{'/{service.name}/*': ...}}, or the service internal=.",
        )
    if not service.scale.fixed:
        raise service.wrong(
            f"{where} nothing scales by itself.", "Give it a number: tasks=1 in change=."
        )
    if service.rollout.shifts:
        raise service.wrong(
            f"{where} no load balancer shifts traffic, as a {service.rollout.strategy} rollout "
            "asks.",
            "Give it rollout=Rollout() in change=.",
        )


def containers(environment: "Environment") -> dict[str, int]:
    """Give what runs all the time, with the MiB that each may take; jobs are not there."""
    found: dict[str, int] = {}
    for part in environment.parts:
        if isinstance(part, Service):
            for number in range(part.scale.first):
                found[f"{part.name} {number + 1}" if number else part.name] = part.memory
        elif isinstance(part, Redis):
            found[part.name] = REDIS_MEMORY
    if any(each.public for each in environment.services):
        found[PROXY] = PROXY_MEMORY
    tracing: Tracing | None = environment.setting("tracing")
    if tracing:
        found[COLLECTOR] = tracing.memory
    return found


def swap(environment: "Environment") -> int:
    """Give the MiB of swap: as much as the largest job, which runs beside everything else."""
    return max((each.memory for each in environment.parts if isinstance(each, Job)), default=0)


def _check_memory(environment: "Environment", machine: Machine) -> None:
    each = containers(environment)
    kept = SYSTEM_MEMORY + CONTAINER_MEMORY * len(each)
    wanted = sum(each.values()) + kept
    if wanted <= machine.memory:
        return
    sizes = ", ".join(f"{name} {size}" for name, size in each.items())
    family = machine.type.partition(".")[0]
    roomy = [f"{family}.{size}" for size, memory in SIZES.items() if memory >= wanted]
    raise environment.system.wrong(
        f"environment {environment.name!r} does not fit a {machine.type}: {sizes} MiB and {kept} "
        f"for the system are {wanted}, and it has {machine.memory}.",
        f"Take machine={roomy[0]!r}, or give less memory." if roomy else "Give less memory.",
        environment.place,
    )
