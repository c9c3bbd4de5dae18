"""Tasks that a rule or a schedule of EventBridge starts: jobs that run now and then."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.quantity import plain
from seatrial.price.rules import prices
from seatrial.price.services.ecs import TASK, sizes


@prices("AWS::Events::Rule", "AWS::Scheduler::Schedule")
def rule(resource: Resource, estimate: Estimate) -> Lines:
    """Price the tasks that a rule or a schedule starts, by the `hours` that they run a month."""
    properties = resource.properties
    for target in estimate.maps(properties.get("Targets") or properties.get("Target")):
        started = estimate.map(target.get("EcsParameters"))
        definition = estimate.follow(started.get("TaskDefinitionArn"))
        if not started:
            continue
        if definition is None or definition.type != TASK:
            why = "the task definition that it starts is not in this template"
            yield estimate.unknown(resource, "jobs", "", why)
            continue
        part = definition.label
        said = estimate.usage.get("hours", resource.id, definition.id, part)
        for component, key, size, unit in sizes(definition, estimate):
            name = component.replace("Fargate", "jobs,")
            if said is None:
                why = f"nobody said hours of {part}"
                yield estimate.unknown(resource, name, key, why, part=part, wants="hours")
                continue
            how = f"{said.quantity} h of tasks x {plain(size)} {unit} ({said.by})"
            yield estimate.line(resource, name, key, said.quantity * size, how, part=part)
