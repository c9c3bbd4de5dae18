"""The workflows: linted, pinned, without rights that they do not need."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from seatrial.pipeline.github import workflows
from seatrial.pipeline.pins import PINS
from seatrial.pipeline.script import script
from seatrial.pipeline.source import Suite
from tests.pipeline.linters import by_actionlint, by_shellcheck
from tests.pipeline.systems import DELIVERIES, SUITES, example, example_suites, shop

NODE = Suite("node", ("corepack enable", "pnpm install --frozen-lockfile"), ("pnpm test",))
PYTHON = Suite("python", ("uv venv",), (".venv/bin/python -m pytest",))
WRITTEN = {
    **{name: workflows(made(), SUITES[name]()) for name, made in DELIVERIES.items()},
    "shop": workflows(shop(), {"app": PYTHON, "jobs/worker": NODE}),
    "no tests": workflows(shop(), {}),
    "with check": workflows(example(), example_suites(), check=True),
}
SYSTEMS = pytest.mark.parametrize("system", WRITTEN)
DELIVERY, PULL_REQUEST = ".github/workflows/delivery.yml", ".github/workflows/pull-request.yml"


def parsed(system: str, name: str) -> Any:
    made = yaml.safe_load(WRITTEN[system][name])
    made["on"] = made.pop(True)  # YAML 1.1 reads `on` so
    return made


def steps(system: str) -> list[Any]:
    return [
        step
        for name in (DELIVERY, PULL_REQUEST)
        for job in parsed(system, name)["jobs"].values()
        for step in job["steps"]
    ]


def test_actionlint_finds_nothing() -> None:
    # All at once: its start is most of what it takes.
    files = {
        f"{system}/{Path(name).name}": text
        for system, written in WRITTEN.items()
        for name, text in written.items()
        if name.endswith(".yml")
    }
    assert len(files) == 2 * len(WRITTEN)
    assert by_actionlint(files) == []


MISTAKES = [
    ("needs:\n    - staging", "needs:\n    - stagnig"),
    ("${{ github.sha }}", "${{ github.shaa }}"),
    ("run: bash .github/delivery.sh smoke", "run: echo ${{ github.event.issue.title }}"),
    ("runs-on: ubuntu-24.04", "runs-on: ubuntu-2404"),
    ("id-token: write", "id-token: yes"),
]


def test_actionlint_would_see_each_mistake() -> None:
    text = WRITTEN["fastapi-app"][DELIVERY]
    assert [old for old, _ in MISTAKES if old not in text] == []
    files = {f"{number}.yml": text.replace(*each) for number, each in enumerate(MISTAKES)}
    found = by_actionlint(files)
    for name, mistake in zip(files, MISTAKES, strict=True):
        assert [each for each in found if f"/{name}:" in each], mistake


def test_shellcheck_finds_nothing_in_any_step() -> None:
    scripts = [each["run"] for system in WRITTEN for each in steps(system) if "run" in each]
    for text in dict.fromkeys(scripts):
        assert by_shellcheck(f"set -euo pipefail\n{text}\n") == []


def test_shellcheck_would_see_a_mistake() -> None:
    assert by_shellcheck("rm -r $1/*\n")


@SYSTEMS
def test_no_script_holds_an_expression(system: str) -> None:
    for each in steps(system):
        assert "${{" not in each.get("run", "")
    assert "${{" not in WRITTEN[system][".github/delivery.sh"]


@SYSTEMS
def test_every_action_is_pinned_by_its_commit(system: str) -> None:
    used = [each["uses"] for each in steps(system) if "uses" in each]
    assert {each.split("@")[0] for each in used} <= PINS.keys()
    for each in used:
        action, commit = each.split("@")
        assert commit == PINS[action].commit
        assert re.fullmatch(r"[0-9a-f]{40}", commit)
        assert f"{each} # {PINS[action].version}\n" in "".join(WRITTEN[system].values())


@SYSTEMS
def test_a_pull_request_gets_no_token_and_no_variable(system: str) -> None:
    text = WRITTEN[system][PULL_REQUEST]
    made = parsed(system, PULL_REQUEST)
    assert made["on"] == {"pull_request": {"branches": ["main"]}}
    assert made["permissions"] == {}
    for job in made["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        assert "environment" not in job
    for word in ("secrets.", "vars.", "id-token", "configure-aws", "github.token"):
        assert word not in text


@SYSTEMS
def test_only_jobs_that_reach_aws_may_sign(system: str) -> None:
    made = parsed(system, DELIVERY)
    assert made["permissions"] == {}
    assert made["on"] == {"push": {"branches": ["main"]}}
    assert made["concurrency"] == {"group": "delivery", "cancel-in-progress": False}
    for job in made["jobs"].values():
        signs = any("configure-aws" in step.get("uses", "") for step in job["steps"])
        assert (job["permissions"].get("id-token") == "write") == signs
        assert job["timeout-minutes"] <= 120
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


@SYSTEMS
def test_a_secret_is_told_to_the_steps_that_need_it_and_to_no_other(system: str) -> None:
    for job in parsed(system, DELIVERY)["jobs"].values():
        assert "secrets." not in str(job.get("env"))
        for step in job["steps"]:
            told = {k: v for k, v in step.get("env", {}).items() if "secrets." in v}
            assert all(re.fullmatch(r"PARAMETER_\w+", name) for name in told)
            if told:
                assert step["run"].rpartition(" ")[2] in {"prepare", "update"}


def test_a_key_is_a_secret_and_a_zone_is_a_variable() -> None:
    job = parsed("assistant", DELIVERY)["jobs"]["production"]
    (told, again) = [each["env"] for each in job["steps"] if "env" in each]
    assert (
        told
        == again
        == {
            "PARAMETER_HostedZoneId": "${{ vars.HostedZoneId }}",
            "PARAMETER_PagerAddress": "${{ secrets.PagerAddress }}",
        }
    )
    said = WRITTEN["assistant"][DELIVERY].split("name: Delivery")[0]
    assert (
        "for the environment production: required reviewers; the variable HostedZoneId; "
        "the secret PagerAddress" in said
    )


@SYSTEMS
def test_the_description_runs_before_there_is_anything_to_take(system: str) -> None:
    for name, job in parsed(system, DELIVERY)["jobs"].items():
        if "environment" in job:
            assert job["environment"] == name
            order = [each.get("run", each.get("uses")).split("@")[0] for each in job["steps"]]
            template = order.index("bash .github/delivery.sh template")
            assert template < order.index("aws-actions/configure-aws-credentials")


def test_the_stages_come_one_after_the_other() -> None:
    jobs = parsed("shop", DELIVERY)["jobs"]
    needs = {name: job.get("needs") for name, job in jobs.items()}
    tests = ["test-api", "test-worker"]
    assert needs == {
        "test-api": None,
        "test-worker": None,
        "build-api": tests,
        "build-worker-arm64": tests,
        "test": ["build-api", "build-worker-arm64"],
        "staging": ["test"],
        "approval": ["staging"],
        "production": ["approval"],
    }
    environments = {name: job["environment"] for name, job in jobs.items() if "environment" in job}
    assert environments == {each: each for each in ("test", "staging", "production")}
    assert jobs["build-worker-arm64"]["runs-on"] == "ubuntu-24.04-arm"


DONE = {
    "fastapi-app": ["template", "prepare", "promote", "migrate", "update", "smoke"],
    "analytics": ["template", "prepare", "promote", "migrate", "update", "smoke", "site", "page"],
    "support": ["template", "prepare", "promote", "migrate", "update", "smoke", "site", "page"],
    "chat": ["template", "prepare", "promote", "update", "smoke", "site", "page"],
    "assistant": ["template", "prepare", "promote", "update", "smoke", "site", "page"],
    "shop": ["template", "prepare", "promote", "migrate", "update", "smoke", "site", "page"],
}


@pytest.mark.parametrize("system", DONE)
def test_a_stage_does_everything_in_order(system: str) -> None:
    for job in parsed(system, DELIVERY)["jobs"].values():
        if "environment" in job:
            run = re.findall(
                r"delivery\.sh (\w+)", "\n".join(each.get("run", "") for each in job["steps"])
            )
            tells = ["address"] if "outputs" in job else []
            assert run == [*DONE[system], *tells, "rollback"]
            assert job["steps"][-1]["if"] == "failure()"


@pytest.mark.parametrize("system", ["support", "assistant"])
def test_a_website_is_built_once_and_the_same_goes_everywhere(system: str) -> None:
    jobs = parsed(system, DELIVERY)["jobs"]
    build = jobs["build-frontend"]
    assert build["permissions"] == {"contents": "read"}
    assert build["steps"][-2] == {"name": "Build", "run": "npm run build"}
    kept = build["steps"][-1]["with"]
    assert kept["path"] == f"examples/{system}/frontend/build"
    assert kept["include-hidden-files"] is True
    for name, job in jobs.items():
        if "environment" in job:
            (fetched,) = [
                each["with"] for each in job["steps"] if "download-artifact" in each.get("uses", "")
            ]
            assert fetched["name"] == kept["name"]
            assert job["env"]["SITES"].startswith(f"{fetched['path']}|FrontendBucket|")
        elif name != "approval":
            assert "npm run build" in str(job) or "delivery.sh build" in str(job)
    built = parsed(system, PULL_REQUEST)["jobs"]["build-frontend"]
    assert built["steps"] == build["steps"][:-1]


def test_a_website_that_is_there_already_is_uploaded_as_it_is() -> None:
    jobs = parsed("analytics", DELIVERY)["jobs"]
    assert "build-frontend" not in jobs
    told = jobs["production"]["env"]["SITES"]
    assert told == "examples/analytics/web|FrontendBucket|FrontendDistribution"


def test_every_folder_is_an_image_once() -> None:
    built = {
        system: {name for name in parsed(system, DELIVERY)["jobs"] if name.startswith("build-")}
        for system in DONE
    }
    assert built == {
        "fastapi-app": {"build-api"},
        "analytics": {"build-ingestion", "build-consumer", "build-api"},
        "support": {"build-backend", "build-ml-service", "build-frontend"},
        "chat": {
            f"build-{each}"
            for each in (
                "api-gateway",
                "auth-service",
                "user-service",
                "chat-service",
                "notification-service",
            )
        },
        "assistant": {"build-eloquent-api", "build-frontend"},
        "shop": {"build-api", "build-worker-arm64"},
    }


def test_a_variant_with_a_model_of_its_own_has_the_same_images() -> None:
    jobs = parsed("support variants", DELIVERY)["jobs"]
    assert {each for each in jobs if each.startswith("build-")} == {
        "build-backend",
        "build-ml-service",
        "build-frontend",
    }
    # The machine with the model has no image: its own is AWS's.
    assert jobs["own-model"]["env"]["IMAGES"] == (
        "support-builds/backend=support-own-model/backend "
        "support-builds/ml-service=support-own-model/ml-service"
    )


def test_production_is_refused_where_nobody_would_be_asked() -> None:
    gate = parsed("fastapi-app", DELIVERY)["jobs"]["approval"]
    assert gate["permissions"] == {"actions": "read"}
    assert "required_reviewers" in gate["steps"][0]["run"]


def test_check_comes_with_the_version_that_has_it() -> None:
    assert 'seatrial check "$SYSTEM"' in WRITTEN["with check"][PULL_REQUEST]
    assert "seatrial check" not in WRITTEN["fastapi-app"][PULL_REQUEST]


def test_the_script_is_the_same_everywhere() -> None:
    assert {each[".github/delivery.sh"] for each in WRITTEN.values()} == {script()}
