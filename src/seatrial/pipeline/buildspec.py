"""Buildspecs: what CodeBuild runs to test, to build and to deliver.

Takes a delivery, gives the texts. They call the same script as the GitHub
workflows. An image's tag is the first seven characters of the commit that the
pipeline took, never `latest`.

Source: docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html.
"""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from seatrial.pipeline.delivery import Delivery, Image, Site, Stage
from seatrial.pipeline.deployed import ENVIRONMENT, URL
from seatrial.pipeline.names import camel
from seatrial.pipeline.pins import NODE, PYTHON, SEATRIAL, UV_TOOL
from seatrial.pipeline.script import build_variables, steps, unbuilt, variables
from seatrial.pipeline.source import Suite
from seatrial.pipeline.text import render

_INSTALL = "python -m pip install --quiet --disable-pip-version-check {}"
# The first seven characters, as long as there are that many.
_TAG = [
    "export WORK=/tmp/delivery",
    'export IMAGE_TAG="${COMMIT:0:7}"',
    "[[ $IMAGE_TAG =~ ^[0-9a-f]{7}$ ]]",
]


def tests(delivery: Delivery, suites: Mapping[str, Suite]) -> str | None:
    """Give the buildspec that runs the tests of what no other project builds; `None` without any.

    The tests of a website that is built run where it is built.
    """
    built = {each.folder for each in delivery.sites if each.build}
    install: list[str] = []
    commands: list[str] = []
    languages: dict[str, str] = {}
    for folder, suite in suites.items():
        if folder in built or folder not in delivery.folders:
            continue
        into = shlex.quote(delivery.folder(folder))
        languages |= _language(suite)
        install += _installed(into, suite)
        commands.append(_inside(into, suite.test))
    if not commands:
        return None
    return _spec({}, languages, list(dict.fromkeys(install)), build=commands)


def deployed(delivery: Delivery, to: Stage, folder: str, suite: Suite) -> str:
    """Give the buildspec that runs a suite against an environment; its action tells the address."""
    into = shlex.quote(delivery.folder(folder))
    return _spec(
        {ENVIRONMENT: to.environment},
        _language(suite),
        _installed(into, suite),
        build=[_inside(into, suite.test)],
    )


def site(delivery: Delivery, made: Site, suite: Suite | None) -> str:
    """Give the buildspec that tests and builds a website; what it made is its artifact."""
    into = shlex.quote(delivery.folder(made.folder))
    languages = _language(suite) if suite else {"nodejs": NODE}
    test = [_inside(into, suite.test)] if suite and suite.test else []
    return _spec(
        {},
        languages,
        [_inside(into, suite.install)] if suite and suite.install else [],
        test,
        [_inside(into, [shlex.join(made.build)])],
        files=unbuilt(delivery, made),
    )


def _language(suite: Suite) -> dict[str, str]:
    return {"python": PYTHON} if suite.language == "python" else {"nodejs": NODE}


def _installed(into: str, suite: Suite) -> list[str]:
    tools = [_INSTALL.format(UV_TOOL)] if suite.language == "python" else []
    # A shell of its own for each folder, that ends at the first failure.
    return [*tools, _inside(into, suite.install)]


def images(delivery: Delivery, wanted: Sequence[Image], script: str) -> str:
    """Give the buildspec that builds images and pushes them."""
    commands = []
    for image in wanted:
        told = build_variables(delivery, image)
        words = " ".join(f"{name}={shlex.quote(value)}" for name, value in told.items())
        commands.append(f"{words} bash {script} build {image.part}")
    return _spec({}, {"python": PYTHON}, [_INSTALL.format(SEATRIAL)], _TAG, commands)


def stage(delivery: Delivery, to: Stage, script: str, *, tells: bool = False) -> str:
    """Give the buildspec that delivers to one environment, and `tells` later ones its address.

    The stack is changed in `build`: CodeBuild runs `post_build` after a `build` that failed, and
    not after a `pre_build` that did, and there what ran before comes back.
    """

    def run(step: str) -> str:
        return f"bash {script} {step}"

    sites = {
        each.part: f"$CODEBUILD_SRC_DIR_{artifact(each)}" if each.build else unbuilt(delivery, each)
        for each in to.sites
    }
    told = variables(delivery, to, sites)
    # CodeBuild fills nothing into `variables`, so what lies in an artifact is told by the shell.
    where = [f'export SITES="{told.pop("SITES")}"'] if to.sites else []
    change, after = steps(to)
    # What `export` is given would hide that it failed.
    tell = [f'{URL}="$({run("address")})"', f"export {URL}"] if tells else []
    undo = f"if [[ $CODEBUILD_BUILD_SUCCEEDING != 1 ]]; then {run('rollback')}; fi"
    return _spec(
        told,
        {"python": PYTHON},
        [_INSTALL.format(SEATRIAL)],
        [*_TAG, *where, *map(run, ["template", *change[:-1]])],
        [*(run(each) for each in (change[-1], *after)), *tell],
        [undo],
        exports=[URL] if tells else [],
    )


def artifact(made: Site) -> str:
    """Give the name of the artifact that a website's build leaves."""
    return f"{camel(made.part)}Site"


def _inside(folder: str, commands: Sequence[str]) -> str:
    return "\n".join(["(", "set -e", f"cd {folder}", *commands, ")"])


def _spec(
    told: Mapping[str, str],
    languages: Mapping[str, str],
    install: Sequence[str],
    before: Sequence[str] = (),
    build: Sequence[str] = (),
    after: Sequence[str] = (),
    files: str = "",
    exports: Sequence[str] = (),
) -> str:
    environment: dict[str, Any] = {"shell": "bash"}
    if told:
        environment["variables"] = dict(told)
    if exports:
        environment["exported-variables"] = list(exports)
    phases: dict[str, Any] = {
        "install": {"runtime-versions": dict(languages), "commands": list(install) or ["true"]}
    }
    for name, commands in (("pre_build", before), ("build", build), ("post_build", after)):
        if commands:
            phases[name] = {"commands": list(commands)}
    kept = {"artifacts": {"base-directory": files, "files": ["**/*"]}} if files else {}
    return render({"version": 0.2, "env": environment, "phases": phases, **kept})
