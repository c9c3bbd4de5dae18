"""What Application Auto Scaling refuses, and what it would undo at once."""

from seatrial.graph.check.rule import Found, integer, rule
from seatrial.graph.check.services import SERVICE
from seatrial.graph.check.view import View
from seatrial.graph.graph import Resource

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
API = "https://docs.aws.amazon.com/autoscaling/application/APIReference/"


@rule("scaling-bounds", TARGET, source=API + "API_RegisterScalableTarget.html")
def scaling_bounds(target: Resource, view: View) -> Found:
    """Refuse a least that is more than the most, and a service that begins outside."""
    least = integer(target.properties.get("MinCapacity"))
    most = integer(target.properties.get("MaxCapacity"))
    if least is None or most is None:
        return
    if least > most:
        yield "MinCapacity", f"is {least}, more than MaxCapacity {most}", ""
        return
    for service in view.all_named(target.properties.get("ResourceId"), SERVICE):
        desired = integer(service.properties.get("DesiredCount"))
        if desired is not None and not least <= desired <= most:
            problem = f"lets {service.id} run {least} to {most} tasks, but it begins with {desired}"
            yield "", problem, "Begin between the two."
            return
