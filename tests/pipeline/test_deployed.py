"""Suites that ask a deployed environment: when they run, what they are told, what they may do."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from seatrial.cli.options import checked_graph
from seatrial.graph import Graph
from seatrial.pipeline.codepipeline import codepipeline
from seatrial.pipeline.delivery import Delivery, NotDeliverable, delivery
from seatrial.pipeline.deployed import suites_after
from seatrial.pipeline.github import workflows
from seatrial.pipeline.source import DEPLOYED, Suite, all_suites
from seatrial.template import render_json
from tests.lower.systems import describe
from tests.pipeline.linters import by_actionlint
from tests.pipeline.systems import ACME, of_example, shop, suites
from tests.pipeline.test_codepipeline import faults, specs
from tests.pipeline.test_github import DELIVERY, NODE, PULL_REQUEST, PYTHON
from tests.pipeline.test_roles import allowed

AT = "pipeline/delivery.sh"
BOTH = {"integration": PYTHON, "end_to_end": NODE}


def jobs(made: Delivery, told: dict[str, Suite], name: str = DELIVERY) -> dict[str, Any]:
    return yaml.safe_load(workflows(made, told)[name])["jobs"]


def stages(graph: Graph) -> dict[str, Any]:
    return {each["Name"]: each["Actions"] for each in graph["Pipeline"].properties["Stages"]}


@pytest.mark.parametrize(
    ("environments", "running"),
    [
        (("test", "staging", "production"), ["test"]),
        (("staging", "production"), ["staging"]),
        (("staging",), ["staging"]),
        (("production", "staging"), []),
        (("production",), []),
    ],
)
def test_they_run_after_the_first_environment_and_never_in_production(
    environments: tuple[str, ...], running: list[str]
) -> None:
    made = of_example("chat", *environments)
    found = {each.environment: suites_after(made, each, BOTH) for each in made.stages}
    assert [name for name, each in found.items() if each] == running
    assert all(list(each) in ([], list(DEPLOYED)) for each in found.values())


def test_only_tests_beside_the_description_make_a_suite(tmp_path: Path) -> None:
    assert all_suites(tmp_path, shop()) == {}
    (tmp_path / "integration").mkdir()
    (tmp_path / "integration/data.csv").touch()
    assert all_suites(tmp_path, shop()) == {}
    (tmp_path / "integration/test_it.py").touch()
    (tmp_path / "end_to_end").mkdir()
    (tmp_path / "end_to_end/package.json").write_text('{"scripts": {"test": "playwright test"}}')
    found = all_suites(tmp_path, shop())
    assert {folder: each.language for folder, each in found.items()} == {
        "integration": "python",
        "end_to_end": "node",
    }


def test_a_service_of_that_name_keeps_its_tests() -> None:
    system = describe(
        'it = Service("it", "integration", ["serve"], port=80, health="/up")\n'
        'system = System("x", it)\nsystem.environment("test")'
    )
    made = delivery([checked_graph(system, "test")], ACME)
    assert suites_after(made, made.stages[0], BOTH) == {"end_to_end": NODE}
    assert list(jobs(made, {"integration": PYTHON})) == ["test-it", "build-it", "test"]
    graph = codepipeline(made, {"integration": PYTHON}, AT)
    assert "cd integration" in specs(graph)["Tests"]["phases"]["build"]["commands"][0]
    assert "IntegrationTests" not in specs(graph)


def test_a_suite_with_nothing_to_ask_is_refused() -> None:
    system = describe(
        'it = Service("it", "app", ["work"])\nsystem = System("x", it)\nsystem.environment("test")'
    )
    made = delivery([checked_graph(system, "test")], ACME)
    assert suites_after(made, made.stages[0], {"app": PYTHON}) == {}
    with pytest.raises(NotDeliverable, match=r"integration and end_to_end: .* test has no address"):
        suites_after(made, made.stages[0], BOTH)


def test_a_workflow_runs_them_one_after_the_other_before_staging() -> None:
    made = jobs(shop(), BOTH)
    assert list(made) == [
        "build-api",
        "build-worker-arm64",
        "test",
        "integration_tests",
        "end_to_end_tests",
        "staging",
        "approval",
        "production",
    ]
    assert made["integration_tests"]["needs"] == ["test"]
    assert made["end_to_end_tests"]["needs"] == ["test", "integration_tests"]
    assert made["staging"]["needs"] == ["end_to_end_tests"]
    # GitHub runs a job only when all that it needs succeeded, unless a condition says otherwise.
    assert all("if" not in job for job in made.values())
    first = made["test"]
    assert first["outputs"] == {"address": "${{ steps.address.outputs.address }}"}
    order = [each.get("run", "") for each in first["steps"]]
    asked = [i for i, text in enumerate(order) if "delivery.sh address" in text]
    assert asked == [order.index("bash .github/delivery.sh page") + 1]
    assert "outputs" not in made["staging"]
    for folder, each in BOTH.items():
        job = made[f"{folder}_tests"]
        assert job["env"] == {
            "SEATRIAL_URL": "${{ needs.test.outputs.address }}",
            "SEATRIAL_ENVIRONMENT": "test",
        }
        assert job["permissions"] == {"contents": "read"}
        assert job["defaults"]["run"]["working-directory"] == folder
        assert job["steps"][-1]["run"] == "\n".join(each.test)


def test_a_pipeline_runs_them_one_after_the_other_in_the_stage() -> None:
    graph = codepipeline(shop(), BOTH, AT)
    deliver, integration, end_to_end = stages(graph)["Test"]
    assert [each["RunOrder"] for each in (deliver, integration, end_to_end)] == [1, 2, 3]
    assert [len(stages(graph)[each]) for each in ("Staging", "Production")] == [1, 1]
    written = specs(graph)
    told = written["DeliverTest"]
    assert told["env"]["exported-variables"] == ["SEATRIAL_URL"]
    assert told["phases"]["build"]["commands"][-3:] == [
        f"bash {AT} page",
        f'SEATRIAL_URL="$(bash {AT} address)"',
        "export SEATRIAL_URL",
    ]
    assert deliver["Namespace"] == "DeliverTest"
    assert "SEATRIAL_URL" not in str(written["DeliverStaging"])
    for action, folder in ((integration, "integration"), (end_to_end, "end_to_end")):
        project = action["Name"]
        assert action["ActionTypeId"]["Category"] == "Test"
        assert json.loads(action["Configuration"]["EnvironmentVariables"]) == [
            {"name": "SEATRIAL_URL", "value": "#{DeliverTest.SEATRIAL_URL}", "type": "PLAINTEXT"}
        ]
        assert written[project]["env"]["variables"] == {"SEATRIAL_ENVIRONMENT": "test"}
        assert f"cd {folder}\n" in written[project]["phases"]["build"]["commands"][0]
        (policy,) = graph[f"{project}Role"].properties["Policies"]
        assert allowed(policy["PolicyDocument"]["Statement"]) == {
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "s3:GetObject",
            "s3:GetObjectVersion",
        }
        assert faults(written[project]) == []


def test_they_are_no_tests_of_a_build_and_nothing_of_a_pull_request() -> None:
    assert "Tests" not in specs(codepipeline(shop(), BOTH, AT))
    assert jobs(shop(), BOTH, PULL_REQUEST) == jobs(shop(), {}, PULL_REQUEST)


def test_without_them_everything_is_as_it_was() -> None:
    """What the golden files hold for systems without suites holds for chat's own, too."""
    plain = {folder: each for folder, each in suites("chat").items() if folder not in DEPLOYED}
    assert suites("chat").keys() - plain.keys() == set(DEPLOYED)
    assert "SEATRIAL_URL" not in str(workflows(of_example("chat"), plain))
    graph = codepipeline(of_example("chat"), plain, AT)
    assert [len(each) for each in stages(graph).values()] == [1, 2, 1, 1, 1, 1]
    assert "SEATRIAL" not in render_json(graph)


def test_a_workflow_whose_address_nobody_tells_would_be_seen() -> None:
    text = workflows(shop(), BOTH)[DELIVERY]
    assert "needs.test.outputs.address" in text
    assert by_actionlint({"delivery.yml": text.replace("test.outputs.address", "test.outputs.x")})
