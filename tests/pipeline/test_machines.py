"""A machine that Docker Compose runs on: what a delivery does with it, and how it goes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.pipeline.delivery import Delivery, Image, Stage
from seatrial.pipeline.github import workflows
from seatrial.pipeline.machines import Machine
from seatrial.pipeline.questions import Questions
from seatrial.pipeline.roles import deploy_statements
from seatrial.pipeline.script import steps
from seatrial.template import render_json
from tests.pipeline.cloud import Cloud, cloud_in
from tests.pipeline.programs import REGISTRY
from tests.pipeline.systems import DELIVERIES, MACHINE
from tests.pipeline.test_roles import allowed, plain

NAME = "support-ultra-low-cost"
DEPLOY, RUN = "its-MachineDeploy", "its-MachineRun"


def delivered() -> Delivery:
    return DELIVERIES[MACHINE]()


def stage() -> Stage:
    return delivered().stages[0]


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """Give a cloud with the machine's template and the images of a first commit."""
    (tmp_path / "template.json").write_text(render_json(stage().graph))
    site = tmp_path / "examples/support/frontend/build"
    site.mkdir(parents=True)
    (site / "index.html").write_text("one")
    with cloud_in(tmp_path) as made:
        _built(made)
        yield made


def _built(cloud: Cloud, **more: str) -> None:
    for image in delivered().images:
        done = cloud.build(delivered(), image.part, **more)
        assert done.returncode == 0, done.stderr


def _deliver(cloud: Cloud, **more: str) -> str:
    return cloud.deliver(delivered(), stage(), **more)


def _commands(cloud: Cloud) -> list[tuple[str, str]]:
    found = []
    for words in cloud.calls("aws ssm send-command"):
        assert words[words.index("--instance-ids") + 1] == "its-Machine"
        found.append(
            (words[words.index("--document-name") + 1], words[words.index("--parameters") + 1])
        )
    return found


def test_the_stage_has_the_machine_and_asks_what_it_serves() -> None:
    assert stage().machines == (Machine("Machine", "MachineDeploy", "MachineRun", ("index",)),)
    assert stage().jobs == ()
    assert stage().questions == Questions(("/api/health",), ())
    change, after = steps(stage())
    assert (change, after) == (
        ["prepare", "promote", "update"],
        ["machine", "smoke", "site", "page"],
    )


def test_an_image_is_built_for_the_machines_processor() -> None:
    assert delivered().images == (
        Image("backend", "backend", "ARM64"),
        Image("ml-service", "ml", "ARM64"),
    )
    # Where another environment runs tasks, each has its own build of the same folder.
    both = DELIVERIES["support on machine and tasks"]()
    assert [each.name for each in both.images] == [
        "backend",
        "ml-service",
        "backend-arm64",
        "ml-service-arm64",
    ]
    jobs = workflows(both, {})[".github/workflows/delivery.yml"]
    assert "runs-on: ubuntu-24.04-arm" in jobs


def test_the_machine_takes_the_version_that_the_stack_says(cloud: Cloud) -> None:
    assert _deliver(cloud) == ""
    assert f"{REGISTRY}/{NAME}/backend:c0ffee1" in cloud.state.images
    order = [
        each
        for words in cloud.calls()
        for each in ("imagetools create", "cloudformation deploy", "send-command", "curl --fail")
        if each in " ".join(words)
    ]
    assert order[:7] == [
        "cloudformation deploy",
        "imagetools create",
        "imagetools create",
        "cloudformation deploy",
        "send-command",
        "send-command",
        "curl --fail",
    ]
    # Jobs that a version waits for belong to the command; the other is run after it.
    assert _commands(cloud) == [(DEPLOY, "Jobs=run"), (RUN, "Job=index")]


def test_a_machine_that_has_just_started_is_waited_for(cloud: Cloud) -> None:
    cloud.keep({"known": 3})
    assert _deliver(cloud) == ""
    assert _commands(cloud)[:4] == [(DEPLOY, "Jobs=run")] * 4


def test_a_machine_that_stays_unknown_is_told(cloud: Cloud) -> None:
    cloud.keep({"known": 1000})
    assert "Systems Manager does not know its-Machine" in _deliver(cloud)


@pytest.mark.parametrize("status", ["Failed", "TimedOut", "Cancelled"])
def test_a_version_that_is_not_well_goes_back_without_its_jobs(cloud: Cloud, status: str) -> None:
    assert _deliver(cloud) == ""
    _built(cloud, IMAGE_TAG="c0ffee2")
    cloud.keep({"commands": {"MachineDeploy-Jobs=run": status}})
    cloud.forget()
    told = _deliver(cloud, IMAGE_TAG="c0ffee2")
    assert told.startswith("machine: ")
    assert "the new version is not well" in told
    assert f"MachineDeploy on its-Machine: {status}" in told
    assert "back to c0ffee1" in told
    assert _commands(cloud) == [(DEPLOY, "Jobs=run"), (DEPLOY, "Jobs=leave")]
    tags = [
        word
        for words in cloud.calls("aws cloudformation deploy")
        for word in words
        if "Tag" in word
    ]
    assert tags == ["ImageTag=c0ffee2", "ImageTag=c0ffee1"]


def test_a_failed_job_and_a_failed_question_go_back_too(cloud: Cloud) -> None:
    assert _deliver(cloud) == ""
    _built(cloud, IMAGE_TAG="c0ffee2")
    for broken in ({"commands": {"MachineRun-Job=index": "Failed"}}, {"curl": 22}):
        cloud.keep({"commands": {}, "curl": 0, **broken})
        cloud.forget()
        told = _deliver(cloud, IMAGE_TAG="c0ffee2")
        assert "back to c0ffee1" in told
        assert _commands(cloud)[-1] == (DEPLOY, "Jobs=leave")


def test_a_machine_that_cannot_go_back_is_an_error(cloud: Cloud) -> None:
    assert _deliver(cloud) == ""
    assert cloud.step("prepare", delivered(), stage()).returncode == 0
    assert cloud.step("update", delivered(), stage()).returncode == 0
    cloud.keep({"commands": {"MachineDeploy-Jobs=leave": "Failed"}})
    done = cloud.step("rollback", delivered(), stage())
    assert done.returncode == 1
    assert "MachineDeploy on its-Machine: Failed" in done.stderr


def test_only_the_stacks_own_commands_run_on_its_own_machine() -> None:
    found = [
        (plain(each["Resource"]), plain(each.get("Condition")))
        for each in deploy_statements(delivered(), stage())
        if "ssm:SendCommand" in allowed([each])
    ]
    here = "<AWS::Region>:<AWS::AccountId>"
    documents = [f"arn:<AWS::Partition>:ssm:{here}:document/{NAME}-{w}" for w in ("deploy", "run")]
    assert found == [
        (documents, None),
        (
            f"arn:<AWS::Partition>:ec2:{here}:instance/*",
            {"StringEquals": {"ssm:resourceTag/Name": [NAME]}},
        ),
    ]


def test_where_tasks_run_nothing_is_sent_to_a_machine() -> None:
    tasks = DELIVERIES["support on machine and tasks"]().stages[1]
    assert tasks.machines == ()
    assert not {each for each in allowed(deploy_statements(delivered(), tasks)) if "ssm" in each}
