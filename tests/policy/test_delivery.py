"""What checkov and guard find in the stacks that deliver, against the accepted lists."""

import subprocess

import pytest

from tests.pipeline.linters import by_cfn_lint
from tests.policy import delivery, golden
from tests.policy.findings import Findings, by_checkov, by_guard
from tests.policy.test_findings import COST, SEED_ROW


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> delivery.Written:
    return delivery.render(tmp_path_factory.mktemp("stacks"))


@pytest.fixture(scope="module")
def findings(written) -> Findings:
    subprocess.run(["sh", golden.ROOT / "scripts/tools", "checkov", "guard"], check=True)
    paths = list(written.values())
    scanned, guarded = by_checkov(paths), by_guard(paths)
    return {each: scanned[each] | guarded[each] for each in paths}


def test_cfn_lint_finds_nothing_at_all(written):
    assert by_cfn_lint(list(written.values())) == []


@pytest.mark.parametrize("kind", delivery.KINDS)
@pytest.mark.long
def test_checkov_and_guard_find_what_is_accepted_and_nothing_else(written, findings, kind):
    found = delivery.places(findings, written, kind)
    accepted = {rule: where for rule, (where, _) in delivery.read(kind).items()}
    assert found == accepted, "run `python -m tests.policy.refresh delivery` and give a reason"


@pytest.mark.parametrize("kind", delivery.KINDS)
def test_every_reason_cites_a_seed_row_that_exists_or_a_cost_with_a_figure(kind):
    rows = golden.seed_rows()
    accepted = delivery.read(kind)
    assert accepted
    for rule, (_, reason) in accepted.items():
        cited = set(SEED_ROW.findall(reason))
        assert cited or COST.search(reason), rule
        assert cited <= rows, rule


def test_no_stack_silences_a_tool(written):
    for path in written.values():
        text = path.read_text()
        for word in ('"cfn-lint"', '"checkov"', '"guard"', "checkov:skip"):
            assert word not in text
