"""Programs that run once: a task definition each, started by a deployment or a person."""

from seatrial.lower import programs
from seatrial.lower.context import Lowering


def lower(lowering: Lowering) -> None:
    """Add the task definition of every job."""
    for job in lowering.jobs:
        programs.task_definition(lowering, job)
