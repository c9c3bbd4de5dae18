"""The jobs of a workflow that get no rights: tests, builds of websites, suites that ask.

Takes a delivery and how its folders are tested, gives jobs by their id. They run
what the repository and its dependencies brought, where there is nothing to take.
"""

import shlex
from collections.abc import Mapping
from typing import Any

from seatrial.pipeline.delivery import Delivery, Site, Stage
from seatrial.pipeline.deployed import ENVIRONMENT, TITLES, URL
from seatrial.pipeline.pins import NODE, PYTHON, RUNNERS, UV_TOOL, use
from seatrial.pipeline.script import unbuilt
from seatrial.pipeline.source import Suite

READ = {"contents": "read"}
Data = dict[str, Any]

KEPT_DAYS = 90
"""Days that GitHub keeps a built website: the longest that approval may take."""


def testing(delivery: Delivery, suites: Mapping[str, Suite]) -> Data:
    """Give a job for the tests of each source folder that has some and is not built first."""
    unbuilt = [each for each in delivery.sites if not each.build]
    folders = {each.folder: each.part for each in reversed(delivery.images)}
    folders |= {each.folder: each.part for each in unbuilt}
    return {
        f"test-{part}": _job(f"Test {part}", delivery.folder(folder), suites[folder])
        for folder, part in sorted(folders.items(), key=lambda each: each[1])
        if folder in suites
    }


def building(
    delivery: Delivery, suites: Mapping[str, Suite], needed: list[str], *, keep: bool
) -> Data:
    """Give a job that tests and builds each website; what it made is kept for every environment."""
    jobs: Data = {}
    for site in delivery.sites:
        if not site.build:
            continue
        job = _job(f"Build {site.part}", delivery.folder(site.folder), suites.get(site.folder))
        if needed:
            job = {"name": job.pop("name"), "needs": needed, **job}
        job["steps"].append({"name": "Build", "run": shlex.join(site.build)})
        if keep:
            job["steps"].append(_keep(delivery, site))
        jobs[f"build-{site.part}"] = job
    return jobs


def asking(delivery: Delivery, stage: Stage, suites: Mapping[str, Suite]) -> Data:
    """Give a job for each suite that asks a deployed environment, one after the other.

    A part's or an environment's name has no underscore, so their jobs are never one of these.
    """
    jobs: Data = {}
    for folder, suite in suites.items():
        job = _job(f"{TITLES[folder]} in {stage.environment}", delivery.folder(folder), suite)
        told = {
            URL: f"${{{{ needs.{stage.environment}.outputs.address }}}}",
            ENVIRONMENT: stage.environment,
        }
        # Only of a job that is named here are the outputs known.
        needs = [stage.environment, *list(jobs)[-1:]]
        jobs[f"{folder}_tests"] = {"name": job.pop("name"), "needs": needs, "env": told, **job}
    return jobs


def _job(name: str, folder: str, suite: Suite | None) -> Data:
    """Give a job that installs what a folder needs and runs its tests, without any rights."""
    steps: list[Data] = [checkout()]
    if suite and suite.language == "python":
        steps += python(UV_TOOL)
    else:
        steps.append(_node())
    for title, commands in (
        ("Install", suite.install if suite else ()),
        ("Test", suite.test if suite else ()),
    ):
        if commands:
            steps.append({"name": title, "run": "\n".join(commands)})
    return {
        "name": name,
        "runs-on": RUNNERS["X86_64"],
        "timeout-minutes": 30,
        "permissions": READ,
        "defaults": {"run": {"working-directory": folder}},
        "steps": steps,
    }


def _keep(delivery: Delivery, site: Site) -> Data:
    return {
        "uses": use("actions/upload-artifact"),
        "with": {
            "name": f"site-{site.part}",
            "path": unbuilt(delivery, site),
            "if-no-files-found": "error",
            # A folder such as .well-known belongs to the website.
            "include-hidden-files": True,
            "retention-days": KEPT_DAYS,
        },
    }


def checkout(depth: int = 1) -> Data:
    """Check the repository out, `depth` commits of it."""
    given: Data = {"persist-credentials": False}
    if depth > 1:
        given["fetch-depth"] = depth
    return {"uses": use("actions/checkout"), "with": given}


def python(*tools: str) -> list[Data]:
    """Set Python up, with tools."""
    return [
        {"uses": use("actions/setup-python"), "with": {"python-version": PYTHON}},
        {
            "name": "Install the tools",
            "run": f"python -m pip install --disable-pip-version-check {' '.join(tools)}",
        },
    ]


def _node() -> Data:
    return {"uses": use("actions/setup-node"), "with": {"node-version": NODE}}
