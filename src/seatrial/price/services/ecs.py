"""Amazon ECS: tasks on Fargate, and Container Insights of a cluster."""

from seatrial.graph import Resource
from seatrial.price.capacity import Range, scaled
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.line import Line
from seatrial.price.quantity import Quantity, plain
from seatrial.price.rules import prices
from seatrial.price.spot import spot_share

SERVICE = "AWS::ECS::Service"
TASK = "AWS::ECS::TaskDefinition"
INCLUDED_GB = 20.0
"""Temporary disk of a Fargate task that costs nothing: https://aws.amazon.com/fargate/pricing/"""

# What Container Insights keeps for each set of dimensions, charged as custom metrics:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
SHARED = 8  # CPU, memory, network, storage: two metrics each
OF_CLUSTER = SHARED + 3  # ContainerInstanceCount, ServiceCount, TaskCount
OF_SERVICE = SHARED + 5  # deployments, desired, pending and running tasks, task sets
OF_FAMILY = SHARED


@prices(SERVICE)
def service(resource: Resource, estimate: Estimate) -> Lines:
    """Price a service's tasks by their processors, memory and disk."""
    properties = resource.properties
    definition = estimate.named(properties.get("TaskDefinition"), TASK)
    if definition is None:
        why = "its task definition is not in this template"
        yield estimate.unknown(resource, "tasks", "fargate.x86.vcpu_h", why)
        return
    if not _on_fargate(resource, definition, estimate):
        return  # the instances that its tasks run on are what is paid for
    yield from _tasks(resource, definition, estimate)


def _on_fargate(resource: Resource, definition: Resource, estimate: Estimate) -> bool:
    properties = resource.properties
    launch = estimate.text(properties.get("LaunchType"))
    if launch:
        return launch == "FARGATE"
    if _providers(resource, estimate):
        return any(each.startswith("FARGATE") for each, _ in _providers(resource, estimate))
    wanted = estimate.several(definition.properties.get("RequiresCompatibilities"))
    return "FARGATE" in wanted


def _providers(resource: Resource, estimate: Estimate) -> list[tuple[str, float]]:
    return [
        (estimate.text(each.get("CapacityProvider")), estimate.number(each.get("Weight")))
        for each in estimate.maps(resource.properties.get("CapacityProviderStrategy"))
    ]


def sizes(definition: Resource, estimate: Estimate) -> list[tuple[str, str, float, str]]:
    """Give what a task on Fargate is billed by: component, price key, size and its unit.

    Nothing where the size of its processor or memory is not known.
    """
    properties = definition.properties
    platform = estimate.map(properties.get("RuntimePlatform"))
    chip = estimate.text(platform.get("CpuArchitecture"), "X86_64")
    system = estimate.text(platform.get("OperatingSystemFamily"), "LINUX")
    family = {"X86_64": "x86", "ARM64": "arm"}.get(chip, chip.lower())
    if system != "LINUX":
        family = f"windows.{family}"
    cpu = estimate.number(properties.get("Cpu")) / 1024
    memory = estimate.number(properties.get("Memory")) / 1024
    if not cpu or not memory:
        return []
    disk = estimate.map(properties.get("EphemeralStorage"))
    extra = max(0.0, estimate.number(disk.get("SizeInGiB"), INCLUDED_GB) - INCLUDED_GB)
    found = [
        ("Fargate vCPU", f"fargate.{family}.vcpu_h", cpu, "vCPU"),
        ("Fargate memory", f"fargate.{family}.gb_h", memory, "GB"),
    ]
    if extra:
        found.append(("Fargate disk", "fargate.storage_gb_h", extra, "GB"))
    return found


def _tasks(resource: Resource, definition: Resource, estimate: Estimate) -> Lines:
    found = sizes(definition, estimate)
    if not found:
        why = "Cpu or Memory of a task is not known"
        yield estimate.unknown(resource, "tasks", "fargate.x86.vcpu_h", why)
        return
    count = scaled(resource, estimate)
    hours, hours_text = estimate.hours(resource)
    task_hours = count.tasks * hours
    share, how_spot, assumed = spot_share(resource, estimate, _spot(resource, estimate))
    for component, key, size, unit in found:
        yield estimate.line(
            resource,
            component,
            key,
            task_hours * size * share,
            f"{_told(count.tasks)} x {plain(size)} {unit} x {hours_text}{how_spot}",
            note=count.note,
            assumed=(*count.assumed, *assumed),
        )
    yield from _addresses(resource, estimate, count, hours)


def _told(tasks: Quantity) -> str:
    return "1 task" if str(tasks) == "1" else f"{tasks} tasks"


def _spot(resource: Resource, estimate: Estimate) -> float:
    """Give the share of tasks that a strategy puts on Spot, by its weights."""
    providers = _providers(resource, estimate)
    weights = sum(weight for _, weight in providers)
    spot = sum(weight for name, weight in providers if name == "FARGATE_SPOT")
    return spot / weights if weights else 0.0


def _addresses(resource: Resource, estimate: Estimate, count: Range, hours: Quantity) -> Lines:
    network = estimate.map(resource.properties.get("NetworkConfiguration"))
    settings = estimate.map(network.get("AwsvpcConfiguration"))
    if estimate.text(settings.get("AssignPublicIp")) == "ENABLED":
        how = f"{_told(count.tasks)} x {hours} h"
        quantity = count.tasks * hours
        yield estimate.line(resource, "public IPv4 addresses", "ipv4.h", quantity, how)


@prices("AWS::ECS::Cluster")
def cluster(resource: Resource, estimate: Estimate) -> Lines:
    """Price Container Insights: metrics of the cluster, its services and their families."""
    setting = next(
        (
            estimate.text(each.get("Value"))
            for each in estimate.maps(resource.properties.get("ClusterSettings"))
            if each.get("Name") == "containerInsights"
        ),
        "disabled",
    )
    if setting == "disabled":
        return
    if setting != "enabled":
        why = "enhanced Container Insights is billed by observation, which nobody counted"
        yield estimate.unknown(resource, "Container Insights", "cw.metric_mo", why)
        return
    yield _insights(resource, estimate)


def _insights(resource: Resource, estimate: Estimate) -> Line:
    services = [
        each
        for each in estimate.of(SERVICE)
        if estimate.follow(each.properties.get("Cluster")) is resource
    ]
    families = {repr(each.properties.get("TaskDefinition")) for each in services}
    count = OF_CLUSTER + OF_SERVICE * len(services) + OF_FAMILY * len(families)
    return estimate.line(
        resource,
        "Container Insights metrics",
        "cw.metric_mo",
        count,
        f"{OF_CLUSTER} of the cluster + {OF_SERVICE} x {len(services)} services"
        f" + {OF_FAMILY} x {len(families)} families",
        assumed=("Container Insights' own log events are not counted",),
    )
