"""CloudFormation's limits, and what to do above them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from seatrial.graph import Graph
from seatrial.mistake import Mistake

RESOURCES = 500
PARAMETERS = 200
OUTPUTS = 200
BYTES = 1_000_000
INLINE_BYTES = 51_200
"""Up to here a template can be sent with the request; above it goes through an S3 bucket."""


def check_limits(graph: Graph, text: str) -> None:
    """Refuse what CloudFormation would refuse, and say what to do instead."""
    for count, most, what in (
        (len(graph.resources), RESOURCES, "resources"),
        (len(graph.parameters), PARAMETERS, "parameters"),
        (len(graph.outputs), OUTPUTS, "outputs"),
    ):
        if count > most:
            raise Mistake(
                f"{graph.system}, {graph.environment}: the template has {count:,} {what}; "
                f"CloudFormation takes at most {most}.",
                right="Split the system: put services that share nothing into a System of their "
                "own, each with its own stack.",
            )
    size = len(text.encode())
    if size > BYTES:
        raise Mistake(
            f"{graph.system}, {graph.environment}: the template has {size:,} bytes; "
            f"CloudFormation takes at most {BYTES:,}.",
            right="Split the system into several, each with its own stack.",
        )
