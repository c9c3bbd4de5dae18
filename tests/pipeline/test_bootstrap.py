"""The bootstrap stack: what it holds, and that AWS would take it."""

from pathlib import Path

import pytest

from seatrial.graph.check import check
from seatrial.pipeline.bootstrap import Budget, bootstrap
from seatrial.template import render_json, render_yaml
from tests.golden.systems import EXAMPLES
from tests.pipeline.golden_files import WRITTEN, golden_files
from tests.pipeline.linters import by_cfn_lint
from tests.pipeline.systems import DELIVERIES, example, shop

BUDGET = Budget(120.5, "ops@example.com")
GRAPHS = {
    "everything": bootstrap(example(), BUDGET),
    **{name: bootstrap(made(), BUDGET) for name, made in DELIVERIES.items()},
    "codepipeline": bootstrap(shop(), github=False),
    "least": bootstrap(example(), provider=False, trail=False),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_aws_would_take_it(name: str) -> None:
    assert check(GRAPHS[name]) == []


def test_cfn_lint_finds_nothing(tmp_path: Path) -> None:
    """The examples' own stacks are linted in tests/policy/test_delivery.py."""
    files = []
    for name in GRAPHS.keys() - set(EXAMPLES):
        graph = GRAPHS[name]
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(render_json(graph))
    assert by_cfn_lint(files) == []


def test_the_examples_can_be_created_without_a_bucket() -> None:
    # 51,200 bytes: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/
    # cloudformation-limits.html
    assert len(render_yaml(GRAPHS["everything"]).encode()) < 51_200


def test_a_budget_tells_somebody_before_it_is_spent() -> None:
    budget = GRAPHS["everything"]["Budget"].properties
    assert budget["Budget"]["BudgetLimit"] == {"Amount": 120.5, "Unit": "USD"}
    told = [each["Notification"] for each in budget["NotificationsWithSubscribers"]]
    assert [(each["NotificationType"], each["Threshold"]) for each in told] == [
        ("ACTUAL", 80),
        ("FORECASTED", 100),
    ]
    assert "Budget" not in GRAPHS["least"].resources


def test_the_accounts_trail_watches_every_region() -> None:
    trail = GRAPHS["everything"]["Trail"].properties
    assert trail["IsMultiRegionTrail"]
    assert trail["EnableLogFileValidation"]
    assert not GRAPHS["least"].of("AWS::CloudTrail::Trail")


def test_what_the_account_has_already_is_not_made_again() -> None:
    assert GRAPHS["everything"].of("AWS::IAM::OIDCProvider")
    assert not GRAPHS["least"].of("AWS::IAM::OIDCProvider")
    assert GRAPHS["least"]["BuildRole"].depends_on == ()
    assert GRAPHS["everything"]["BuildRole"].depends_on == ("GitHub",)


def test_a_codepipeline_brings_its_own_roles() -> None:
    graph = GRAPHS["codepipeline"]
    roles = {each.id for each in graph.of("AWS::IAM::Role")}
    assert roles == {"TestStackRole", "StagingStackRole", "ProductionStackRole"}
    assert not graph.of("AWS::IAM::OIDCProvider")
    assert not graph.parameters


@pytest.mark.parametrize("system", DELIVERIES)
def test_a_repository_for_each_image_that_never_changes(system: str) -> None:
    delivery = DELIVERIES[system]()
    made = bootstrap(delivery).of("AWS::ECR::Repository")
    names = [each.properties["RepositoryName"] for each in made]
    assert names == [delivery.build_repository(each) for each in delivery.images]
    assert {each.properties["ImageTagMutability"] for each in made} == {"IMMUTABLE"}


@pytest.mark.parametrize("name", GRAPHS)
def test_buckets_are_private_encrypted_and_kept(name: str) -> None:
    for bucket in GRAPHS[name].of("AWS::S3::Bucket"):
        assert bucket.deletion_policy == "Retain"
        assert all(bucket.properties["PublicAccessBlockConfiguration"].values())
        assert bucket.properties["BucketEncryption"]
        policy = GRAPHS[name][f"{bucket.id}Policy"].properties["PolicyDocument"]
        assert policy["Statement"][0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("system", WRITTEN)
def test_the_examples_files_are_as_they_were_read(system: str) -> None:
    for file, text in golden_files([system]):
        assert file.read_text() == text, file.name
