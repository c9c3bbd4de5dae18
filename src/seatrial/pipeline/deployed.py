"""The suites that run against a deployed environment, and what they are told.

Takes a delivery and how its folders are tested, gives what runs once an
environment is delivered to. Whoever runs a suite gets no rights at AWS: it asks
the address as anybody may. It never runs one.
"""

from collections.abc import Mapping

from seatrial.pipeline.delivery import Delivery, NotDeliverable, Stage
from seatrial.pipeline.source import DEPLOYED, Suite

URL = "SEATRIAL_URL"
ENVIRONMENT = "SEATRIAL_ENVIRONMENT"
TITLES = {"integration": "Integration tests", "end_to_end": "End-to-end tests"}


def suites_after(delivery: Delivery, stage: Stage, suites: Mapping[str, Suite]) -> dict[str, Suite]:
    """Give the suites that run once `stage` is delivered to, in their order, by folder.

    They run after the first environment on the way, and never in production, because
    tests leave things behind. A source folder of one of their names is none of them.
    Raises `NotDeliverable` where they would have no address to ask.
    """
    if stage is not delivery.stages[0] or stage.environment == "production":
        return {}
    found = {
        folder: suites[folder]
        for folder in DEPLOYED
        if folder in suites and folder not in delivery.folders
    }
    if found and stage.questions is None:
        raise NotDeliverable(
            f"{' and '.join(found)}: these tests ask a deployed environment, and "
            f"{stage.environment} has no address.",
            right="Name the folder otherwise, or route an address to a service.",
        )
    return found
