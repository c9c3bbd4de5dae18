"""The script that delivers, the same for GitHub and CodeBuild, and what it is told."""

from collections.abc import Mapping
from importlib.resources import files

from seatrial.pipeline.delivery import Delivery, Image, Site, Stage
from seatrial.pipeline.pins import PLATFORMS


def script() -> str:
    """Give the text of `delivery.sh`."""
    return (files("seatrial.pipeline") / "delivery.sh").read_text("utf-8")


def build_variables(delivery: Delivery, image: Image) -> dict[str, str]:
    """Give what the script is told to build an image."""
    return {
        "SYSTEM": delivery.path,
        "ENVIRONMENT": _first(delivery, image),
        "SOURCE": delivery.folder(image.folder),
        "BUILD_REPOSITORY": delivery.build_repository(image),
        "PLATFORM": PLATFORMS[image.architecture],
    }


def _first(delivery: Delivery, image: Image) -> str:
    """Give the last environment that has the image: its command is the image's own."""
    having = [each for each in delivery.stages if image.name in each.repositories]
    return having[-1].environment


def variables(delivery: Delivery, stage: Stage, sites: Mapping[str, str]) -> dict[str, str]:
    """Give what `delivery.sh` is told of a stage, where nothing depends on the account.

    `sites` says where each website's files are, by its part.
    """
    built = {each.name: delivery.build_repository(each) for each in delivery.images}
    told = {
        "SYSTEM": delivery.path,
        "ENVIRONMENT": stage.environment,
        "STACK": stage.stack,
        "IMAGES": " ".join(f"{built[image]}={name}" for image, name in stage.repositories.items()),
        "COUNTS": " ".join(
            f"{each.parameter}|{each.service}|{each.cluster}|{each.first}" for each in stage.counts
        ),
    }
    if stage.weights:
        told["WEIGHTS"] = " ".join(
            "|".join([each.rule, *(f"{name}={group}" for name, group in each.shares)])
            for each in stage.weights
        )
    if stage.parameters:
        told["PARAMETERS"] = " ".join(stage.parameters)
    if stage.jobs:
        told["JOBS"] = " ".join(
            f"{each.task}|{each.group}|{','.join(each.subnets)}|{each.cluster}"
            for each in stage.jobs
        )
    if stage.machines:
        told["MACHINES"] = " ".join(
            f"{each.deploy}|{each.id}|{each.run}|{','.join(each.jobs)}" for each in stage.machines
        )
    if stage.questions and stage.questions.healthy:
        told["HEALTHY"] = " ".join(stage.questions.healthy)
    if stage.questions and stage.questions.answered:
        told["ANSWERED"] = " ".join(stage.questions.answered)
    if stage.sites:
        told["SITES"] = " ".join(
            f"{sites[each.part]}|{each.bucket}|{each.distribution}" for each in stage.sites
        )
    return told


def unbuilt(delivery: Delivery, site: Site) -> str:
    """Give the folder of a website's files in the repository itself."""
    return delivery.folder(f"{site.folder}/{site.output}")


def steps(stage: Stage) -> tuple[list[str], list[str]]:
    """Give the script's steps for a stage: those that change the stack, and those after it."""
    change = ["prepare", "promote", *(["migrate"] if stage.jobs else []), "update"]
    asked = stage.questions and (stage.questions.healthy or stage.questions.answered)
    after = ["machine"] if stage.machines else []
    if asked:
        after.append("smoke")
    if stage.sites:
        after += ["site", "page"]
    return change, after
