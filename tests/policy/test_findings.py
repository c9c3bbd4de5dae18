import re
import subprocess
from pathlib import Path

import pytest

from tests.policy import golden
from tests.policy.findings import Finding, by_cfn_lint, by_checkov, by_guard

SEED_ROW = re.compile(r"\b\d{3}-\d{3}\b")
COST = re.compile(r"\$\d[\d,]*(\.\d+)? (a|an|per) \w+")

Rendered = dict[golden.Environment, Path]


BROKEN = """{
  "AWSTemplateFormatVersion": "2010-09-09",
  "Resources": {
    "Quiet": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "alias/aws/sns"}},
    "Open": {
      "Type": "AWS::RDS::DBInstance",
      "DeletionPolicy": "Delete",
      "Properties": {
        "DBInstanceClass": "db.t3.micro",
        "Engine": "postgres",
        "AllocatedStorage": "20",
        "MasterUsername": "app",
        "MasterUserPassword": "not-a-real-secret",
        "PubliclyAccessible": true
      }
    }
  }
}"""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory) -> Rendered:
    return golden.render(tmp_path_factory.mktemp("templates"))


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("broken") / "broken.json"
    path.write_text(BROKEN)
    return path


def differences(found: set[Finding], accepted: set[Finding]) -> list[str]:
    return [f"new: {' '.join(each)}" for each in sorted(found - accepted)] + [
        f"vanished: {' '.join(each)}" for each in sorted(accepted - found)
    ]


# Each tool runs in one test, once for all templates: spread over workers it would run in each.


@pytest.mark.long
def test_cfn_lint_finds_nothing_at_all(rendered, broken):
    """Its informational findings too, as the broken one shows."""
    found = by_cfn_lint([*rendered.values(), broken])
    assert Finding("cfn-lint", "I3011", "Open") in found.pop(broken)
    assert found == {template: set() for template in rendered.values()}


@pytest.mark.long
def test_checkov_and_guard_find_what_is_accepted_and_nothing_else(rendered, broken):
    subprocess.run(["sh", golden.ROOT / "scripts/tools", "checkov", "guard"], check=True)
    scanned = by_checkov([*rendered.values(), broken])
    guarded = by_guard([*rendered.values(), broken])
    assert Finding("checkov", "CKV_AWS_17", "Open") in scanned[broken]
    assert Finding("guard", "CT.RDS.PR.23", "Open") in guarded[broken]
    assert not [each for each in scanned[broken] | guarded[broken] if each.resource == "Quiet"]
    told = [
        f"{'/'.join(environment)}: {difference}"
        for environment, template in rendered.items()
        for difference in differences(
            scanned[template] | guarded[template], set(golden.read(environment))
        )
    ]
    assert not told, "\n".join(
        ["", *told, "Fix the template, or run `python -m tests.policy.refresh` and give a reason."]
    )


def test_every_reason_cites_a_seed_row_that_exists_or_a_cost_with_a_figure():
    rows = golden.seed_rows()
    bad = []
    for environment in golden.environments():
        for finding, reason in golden.read(environment).items():
            cited = set(SEED_ROW.findall(reason))
            if not (cited or COST.search(reason)) or cited - rows:
                bad.append(f"{'/'.join(environment)}: {' '.join(finding)}: {reason!r}")
    assert not bad, "\n".join(["", *bad])


def test_there_is_a_list_for_every_environment_and_for_nothing_else():
    assert {golden.list_of(each) for each in golden.environments()} == set(
        golden.LISTS.glob("*.json")
    )


def test_no_template_silences_a_tool(rendered):
    """A finding is accepted in the lists, where its reason is checked, and nowhere else."""
    for template in rendered.values():
        text = template.read_text()
        assert '"cfn-lint"' not in text
        assert '"checkov"' not in text
        assert '"guard"' not in text
        assert "checkov:skip" not in text


def test_a_difference_is_told_in_both_directions():
    old, new = Finding("guard", "CT.RDS.PR.1", "Db"), Finding("checkov", "CKV_AWS_17", "Db")
    assert differences({new}, {old}) == [
        "new: checkov CKV_AWS_17 Db",
        "vanished: guard CT.RDS.PR.1 Db",
    ]
