"""What ECS refuses of a task definition."""

from typing import Any

from seatrial.graph.check.rule import Found, inside, integer, items, rule, text
from seatrial.graph.check.view import View
from seatrial.graph.graph import Resource
from seatrial.graph.schema import facts

GUIDE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
TASK = "AWS::ECS::TaskDefinition"


def is_fargate(task: Resource) -> bool:
    """Tell whether a task definition says that it runs on Fargate."""
    return "FARGATE" in items(task.properties.get("RequiresCompatibilities"))


def containers(task: Resource) -> list[tuple[str, dict[str, Any]]]:
    """Give a task definition's containers with their paths."""
    named = enumerate(items(task.properties.get("ContainerDefinitions")))
    return [(f"ContainerDefinitions[{i}]", each) for i, each in named if isinstance(each, dict)]


def units(value: Any, word: str) -> int | None:
    """Read CPU units or MiB, also as `1 vCPU` and `2 GB`; None for a symbol."""
    number, _, unit = text(value).partition(" ")
    if unit.strip().lower() == word:
        try:
            return int(float(number) * 1024)
        except (ValueError, OverflowError):
            return None
    return integer(value)


@rule("fargate-size", TASK, source=GUIDE + "task-cpu-memory-error.html")
def fargate_size(task: Resource, _: View) -> Found:
    """Refuse sizes of CPU and memory that Fargate does not have."""
    if not is_fargate(task):
        return
    for name in ("Cpu", "Memory"):
        if name not in task.properties:
            yield name, "is missing: Fargate needs the task's size", ""
    cpu = units(task.properties.get("Cpu"), "vcpu")
    memory = units(task.properties.get("Memory"), "gb")
    for name, read, example in (("Cpu", cpu, "256"), ("Memory", memory, "512")):
        given = task.properties.get(name)
        if read is None and isinstance(given, str):
            yield name, f"is {given!r}, which is not a size", f"Write it as {example!r}."
    if cpu is None:
        return
    sizes = facts.fargate_memory(cpu)
    if not sizes:
        known = ", ".join(map(str, facts.fargate_cpus()))
        yield "Cpu", f"is {cpu}, which Fargate does not have", f"Fargate has {known}."
    elif memory is not None and memory not in sizes:
        near = min(sizes, key=lambda size: (abs(size - memory), size))
        right = f"The nearest is {near}; it has {sizes[0]} to {sizes[-1]}."
        yield "Memory", f"is {memory}, which Fargate does not have for {cpu} CPU units", right


@rule("fargate-network", TASK, source=GUIDE + "fargate-tasks-services.html")
def fargate_network(task: Resource, _: View) -> Found:
    """Refuse a task on Fargate without a network interface of its own."""
    mode = task.properties.get("NetworkMode", "")
    if is_fargate(task) and isinstance(mode, str) and mode != "awsvpc":
        yield "NetworkMode", f"is {mode or 'not set'} on Fargate", "Fargate takes 'awsvpc' only."


@rule("fargate-unsupported", TASK, source=GUIDE + "fargate-tasks-services.html")
def fargate_unsupported(task: Resource, _: View) -> Found:
    """Refuse placement constraints and log drivers that Fargate does not take."""
    if not is_fargate(task):
        return
    if task.properties.get("PlacementConstraints"):
        yield "PlacementConstraints", "is set on Fargate", "Fargate takes none."
    for path, container in containers(task):
        driver = text(inside(container, "LogConfiguration", "LogDriver"))
        if driver and driver not in ("awslogs", "awsfirelens", "splunk"):
            where = f"{path}.LogConfiguration.LogDriver"
            right = "Fargate takes 'awslogs', 'awsfirelens' and 'splunk'."
            yield where, f"is {driver!r} on Fargate", right


@rule("container-size", TASK, source=GUIDE + "task_definition_parameters.html")
def container_size(task: Resource, _: View) -> Found:
    """Refuse containers that do not fit into their task."""
    for name, word in (("Cpu", "vcpu"), ("Memory", "gb")):
        whole = units(task.properties.get(name), word)
        parts = [integer(each.get(name)) or 0 for _, each in containers(task)]
        if whole is not None and sum(parts) > whole:
            problem = f"is {whole}, but its containers ask for {sum(parts)}"
            yield name, problem, "Give the task more, or the containers less."


@rule("execution-role", TASK, source=GUIDE + "task_execution_IAM_role.html")
def execution_role(task: Resource, _: View) -> Found:
    """Refuse logs and secrets on Fargate without an execution role."""
    if not is_fargate(task) or task.properties.get("ExecutionRoleArn"):
        return
    for _path, container in containers(task):
        driver = text(inside(container, "LogConfiguration", "LogDriver"))
        if container.get("Secrets") or driver == "awslogs":
            problem = "is missing: a container writes logs or reads secrets"
            yield "ExecutionRoleArn", problem, "Give the role with which ECS starts the task."
            return


@rule("container-ports", TASK, source=GUIDE + "task_definition_parameters.html")
def container_ports(task: Resource, _: View) -> Found:
    """Refuse containers that share a network interface and a port."""
    if task.properties.get("NetworkMode") != "awsvpc":
        return
    taken: dict[tuple[int, str], str] = {}
    for path, container in containers(task):
        for index, mapping in enumerate(items(container.get("PortMappings"))):
            port = integer(inside(mapping, "ContainerPort"))
            host = integer(inside(mapping, "HostPort"))
            where = f"{path}.PortMappings[{index}]"
            if port is None:
                continue
            if host is not None and host != port:
                problem = f"is {host}, not the container's {port}"
                yield f"{where}.HostPort", problem, "In awsvpc mode both are one port."
            protocol = text(inside(mapping, "Protocol")) or "tcp"
            if (port, protocol) in taken:
                problem = f"is {port}, which {taken[port, protocol]} has already"
                yield f"{where}.ContainerPort", problem, "Give each container its own port."
            taken.setdefault((port, protocol), where)
