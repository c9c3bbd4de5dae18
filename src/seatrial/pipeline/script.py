"""The script that delivers, the same for GitHub and CodeBuild, and what it is told."""

from importlib.resources import files

from seatrial.pipeline.delivery import Delivery, Image, Stage
from seatrial.pipeline.pins import PLATFORMS


def script() -> str:
    """Give the text of `delivery.sh`."""
    return (files("seatrial.pipeline") / "delivery.sh").read_text("utf-8")


def build_variables(delivery: Delivery, image: Image) -> dict[str, str]:
    """Give what the script is told to build an image."""
    return {
        "SYSTEM": delivery.path,
        "SOURCE": delivery.folder(image.folder),
        "BUILD_REPOSITORY": delivery.build_repository(image.part),
        "PLATFORM": PLATFORMS[image.architecture],
    }


def variables(delivery: Delivery, stage: Stage) -> dict[str, str]:
    """Give what `delivery.sh` is told of a stage, where nothing depends on the account."""
    told = {
        "SYSTEM": delivery.path,
        "ENVIRONMENT": stage.environment,
        "STACK": stage.stack,
        "IMAGES": " ".join(
            f"{delivery.build_repository(part)}={name}" for part, name in stage.repositories.items()
        ),
        "COUNTS": " ".join(
            f"{each.parameter}|{each.service}|{each.cluster}|{each.first}" for each in stage.counts
        ),
    }
    if stage.parameters:
        told["PARAMETERS"] = " ".join(stage.parameters)
    if stage.jobs:
        told["JOBS"] = " ".join(
            f"{each.task}|{each.group}|{','.join(each.subnets)}|{each.cluster}"
            for each in stage.jobs
        )
    if stage.smoke:
        told["SMOKE_PATH"] = stage.smoke
    if stage.site:
        told["SITE_FOLDER"] = delivery.folder(stage.site.folder)
        told["SITE_BUCKET"] = stage.site.bucket
        told["SITE_DISTRIBUTION"] = stage.site.distribution
    return told
