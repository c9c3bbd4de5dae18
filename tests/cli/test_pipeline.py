"""`seatrial pipeline`: files below a folder or on standard output, and what was typed wrong."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cli.command import SYSTEM, described, seatrial

NAMED = ("--repository", "acme/shop")


def shop(folder: Path, text: str = SYSTEM) -> Path:
    """Write a description whose source folder has a test."""
    described(folder, text)
    (folder / "app/tests").mkdir()
    (folder / "app/tests/test_it.py").touch()
    return folder


def test_workflows_are_written_below_a_folder(tmp_path: Path) -> None:
    done = seatrial(shop(tmp_path), "pipeline", "github", *NAMED, "--out", ".")
    assert (done.code, done.out) == (0, "")
    written = sorted(str(each.relative_to(tmp_path)) for each in tmp_path.glob(".github/**/*.*"))
    assert written == [
        ".github/delivery.sh",
        ".github/workflows/delivery.yml",
        ".github/workflows/pull-request.yml",
    ]
    jobs = yaml.safe_load((tmp_path / written[1]).read_text())["jobs"]
    assert list(jobs) == ["test-api", "build-api", "approval", "production"]
    again = seatrial(tmp_path, "pipeline", "github", *NAMED, "--out", ".")
    assert again.code == 0


def test_without_a_folder_everything_is_printed(tmp_path: Path) -> None:
    done = seatrial(shop(tmp_path), "pipeline", "github", *NAMED)
    assert done.code == 0
    assert done.err == (
        "delivered to: production once somebody has approved\n"
        "not delivered to: development (--env names them)\n"
    )
    assert "# --- .github/workflows/delivery.yml\n" in done.out
    assert "# --- .github/delivery.sh\n#!/usr/bin/env bash\n" in done.out


def test_when_the_suites_beside_the_description_run_is_told(tmp_path: Path) -> None:
    for folder in ("integration", "end_to_end"):
        (tmp_path / folder).mkdir()
    (tmp_path / "integration/test_it.py").touch()
    shop(tmp_path)
    told = seatrial(tmp_path, "pipeline", "github", *NAMED).err
    assert "integration: not run, because production comes first and tests leave" in told
    assert "end_to_end: no tests were found, so none are run\n" in told
    both = ("--env", "development", "--env", "production")
    done = seatrial(tmp_path, "pipeline", "github", *NAMED, *both, "--out", ".")
    assert "integration: runs against development once it is delivered to\n" in done.err
    jobs = yaml.safe_load((tmp_path / ".github/workflows/delivery.yml").read_text())["jobs"]
    assert jobs["integration_tests"]["needs"] == ["development"]
    assert jobs["approval"]["needs"] == ["integration_tests"]


def test_a_system_below_the_root_is_named_from_there(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    url = "git@github.com:acme/shop.git"
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", url], check=True)
    (tmp_path / "systems").mkdir()
    shop(tmp_path / "systems")
    assert seatrial(tmp_path, "pipeline", "github", "systems", "--out", ".").code == 0
    text = (tmp_path / ".github/workflows/delivery.yml").read_text()
    assert "SYSTEM: systems\n" in text
    assert "SOURCE: systems/app\n" in text


def test_the_repository_comes_from_git_into_the_trust(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    url = "https://github.com/acme/shop"
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", url], check=True)
    done = seatrial(shop(tmp_path), "pipeline", "bootstrap", "--format", "json")
    assert (done.code, done.err) == (0, "")
    role = json.loads(done.out)["Resources"]["ProductionDeployRole"]["Properties"]
    assert "repo:acme/shop:environment:production" in json.dumps(role)


def test_an_unknown_repository_is_one_message(tmp_path: Path) -> None:
    for words in (["github"], ["codepipeline"], ["bootstrap"]):
        done = seatrial(shop(tmp_path) if words == ["github"] else tmp_path, "pipeline", *words)
        assert (done.code, done.out) == (1, "")
        assert done.err == (
            "error: the repository is unknown: git has no remote 'origin' on github.com here. "
            "Name it: --repository owner/name.\n"
        )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["github", "--repository", "acme"], "'acme' is no repository of GitHub."),
        (["github", "--repository", "acme/*"], "'acme/*' is no repository of GitHub."),
        (["github", *NAMED, "--branch", "a b"], "'a b' is no branch to deliver from."),
        (["github", *NAMED, "--branch", "*"], "'*' is no branch to deliver from."),
        (["bootstrap", *NAMED, "--budget", "-1", "--email", "a@b.c"], "--budget"),
        (["bootstrap", *NAMED, "--budget", "nan", "--email", "a@b.c"], "--budget"),
        (["bootstrap", *NAMED, "--budget", "inf", "--email", "a@b.c"], "--budget"),
        (["bootstrap", *NAMED, "--budget", "9"], "--budget and --email go together"),
        (["bootstrap", *NAMED, "--budget", "9", "--email", "nobody"], "is no e-mail address"),
        (["bootstrap", *NAMED, "--for", "gitlab"], "'gitlab' is not one of"),
        (["jenkins"], "No such command 'jenkins'"),
        (["github", *NAMED, "--out", "system.py"], "is a file"),
    ],
)
def test_what_is_typed_wrong_is_told_and_nothing_is_written(
    tmp_path: Path, words: list[str], told: str
) -> None:
    done = seatrial(shop(tmp_path), "pipeline", *words)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert "Traceback" not in done.err
    assert sorted(each.name for each in tmp_path.iterdir()) == ["app", "system.py"]


def test_a_budget_is_in_the_bootstrap_stack(tmp_path: Path) -> None:
    words = ["--budget", "120.50", "--email", "ops@example.com", "--format", "json"]
    done = seatrial(shop(tmp_path), "pipeline", "bootstrap", *NAMED, *words)
    budget = json.loads(done.out)["Resources"]["Budget"]["Properties"]["Budget"]
    assert budget["BudgetLimit"] == {"Amount": 120.5, "Unit": "USD"}


def test_a_bootstrap_stack_goes_into_a_file(tmp_path: Path) -> None:
    words = ["--no-trail", "--no-provider", "--out", "bootstrap.yaml"]
    done = seatrial(shop(tmp_path), "pipeline", "bootstrap", *NAMED, *words)
    assert (done.code, done.out, done.err) == (0, "", "")
    text = (tmp_path / "bootstrap.yaml").read_text()
    assert "AWS::IAM::OIDCProvider" not in text
    assert "AWS::CloudTrail::Trail" not in text.replace("cloudtrail:", "")


def test_a_codepipeline_calls_its_script_where_it_was_written(tmp_path: Path) -> None:
    done = seatrial(shop(tmp_path), "pipeline", "codepipeline", *NAMED, "--out", "delivery/aws")
    assert done.code == 0
    folder = tmp_path / "delivery/aws"
    assert sorted(each.name for each in folder.iterdir()) == ["delivery.sh", "pipeline.json"]
    resources = json.loads((folder / "pipeline.json").read_text())["Resources"]
    spec = resources["DeliverProduction"]["Properties"]["Source"]["BuildSpec"]
    assert "bash delivery/aws/delivery.sh update" in spec


def test_a_codepipeline_outside_the_repository_is_told(tmp_path: Path) -> None:
    shop(tmp_path)
    (tmp_path / "inside").mkdir()
    done = seatrial(
        tmp_path / "inside", "pipeline", "codepipeline", "..", *NAMED, "--out", "../elsewhere"
    )
    assert done.code == 1
    assert "is outside the repository" in done.err


def test_a_folder_without_tests_is_told(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path), "pipeline", "github", *NAMED)
    assert done.code == 0
    assert done.err.endswith("app: no tests were found, so none are run\n")
    assert "test-api" not in done.out


def test_a_system_without_an_environment_to_deliver_to_is_told(tmp_path: Path) -> None:
    text = SYSTEM.replace('production = system.environment("production")\n', "")
    done = seatrial(shop(tmp_path, text), "pipeline", "github", *NAMED)
    assert done.code == 1
    assert done.err == (
        "error: shop has none of test, staging, production, so that its way is not known. "
        "Name it, in order, with --env: development.\n"
    )
    done = seatrial(tmp_path, "pipeline", "github", *NAMED, "--env", "development")
    assert (done.code, done.err) == (0, "delivered to: development\n")


def test_the_way_is_what_is_named_in_its_order(tmp_path: Path) -> None:
    way = ["--env", "production", "--env", "development"]
    done = seatrial(shop(tmp_path), "pipeline", "github", *NAMED, *way, "--out", ".")
    assert "delivered to: production once somebody has approved, then development\n" in done.err
    jobs = yaml.safe_load((tmp_path / ".github/workflows/delivery.yml").read_text())["jobs"]
    assert list(jobs)[-3:] == ["approval", "production", "development"]


@pytest.mark.parametrize(
    ("way", "told"),
    [
        (["--env", "prodution"], "shop has no environment 'prodution' to deliver to."),
        (["--env", "production", "--env", "production"], "an environment is delivered to once."),
    ],
)
def test_a_wrong_way_is_one_message(tmp_path: Path, way: list[str], told: str) -> None:
    shop(tmp_path)
    for words in ("github", "codepipeline", "bootstrap"):
        done = seatrial(tmp_path, "pipeline", words, *NAMED, *way)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith(f"error: {told}")
        assert done.err.count("\n") == 1


def test_a_system_that_names_no_environment_has_production(tmp_path: Path) -> None:
    text = "\n".join(line for line in SYSTEM.splitlines() if ".environment(" not in line)
    done = seatrial(shop(tmp_path, text), "pipeline", "github", *NAMED)
    assert done.code == 0
    assert "STACK: shop-production\n" in done.out


def test_an_environment_on_one_machine_is_delivered_to() -> None:
    support = Path(__file__).parents[2] / "examples" / "support"
    done = seatrial(support, "pipeline", "github", *NAMED, "--env", "ultra-low-cost")
    assert done.code == 0
    assert done.err.startswith("delivered to: ultra-low-cost\n")
    assert "MACHINES: MachineDeploy|Machine|MachineRun|index\n" in done.out
