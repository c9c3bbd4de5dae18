"""Tasks that a rule of EventBridge starts: jobs that run now and then."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.quantity import plain
from seatrial.price.rules import prices
from seatrial.price.services.ecs import TASK, sizes


@prices("AWS::Events::Rule")
def rule(resource: Resource, estimate: Estimate) -> Lines:
    """Price the tasks that a rule starts by the `hours` that they run a month, all together."""
    for target in estimate.maps(resource.properties.get("Targets")):
        started = estimate.map(target.get("EcsParameters"))
        definition = estimate.named(started.get("TaskDefinitionArn"), TASK)
        if not started:
            continue
        if definition is None:
            why = "the task definition that it starts is not in this template"
            yield estimate.unknown(resource, "jobs", "", why)
            continue
        part = estimate.part(definition)
        said = estimate.usage.get("hours", resource.id, definition.id, part)
        for component, key, size, unit in sizes(definition, estimate):
            name = component.replace("Fargate", "jobs,")
            if said is None:
                why = f"nobody said hours of {part}"
                yield estimate.unknown(resource, name, key, why, part=part, wants="hours")
                continue
            how = f"{said.quantity} h of tasks x {plain(size)} {unit} ({said.by})"
            yield estimate.line(resource, name, key, said.quantity * size, how, part=part)
