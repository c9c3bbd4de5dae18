"""`seatrial check`: what it finds, how it is told, and what it leaves as its exit code."""

import json
from pathlib import Path

import pytest

from tests.cli.command import SYSTEM, described, seatrial

PLAIN = SYSTEM.replace(
    'size="db.t3.micro"', 'size="db.t3.micro", parameters={"rds.force_ssl": "0"}'
)
RULE = "database-takes-plain-text"


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def test_a_finding_names_rule_part_line_property_and_fix(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path, PLAIN), "check")
    assert done.err == ""
    assert f"warning ST201 {RULE}  db  system.py:2\n" in done.out
    assert "  DbParameters.Parameters.rds.force_ssl: DbInstance takes" in done.out
    assert "  fix: Leave rds.force_ssl as it is" in done.out
    assert done.out.splitlines()[-1].startswith("shop, production: ")


def test_the_exit_code_is_what_fail_on_says(tmp_path: Path) -> None:
    folder = described(tmp_path, PLAIN)
    found = json.loads(seatrial(folder, "check", "--json").out)["summary"]
    assert found["warning"]
    assert seatrial(folder, "check").code == (1 if found["error"] else 0)
    assert seatrial(folder, "check", "--fail-on", "warning").code == 1


def test_what_is_accepted_fails_no_more_and_is_told(tmp_path: Path) -> None:
    accepted = f'{PLAIN}system.accept("{RULE}", db, "a client of 1998")\n'
    done = seatrial(described(tmp_path, accepted), "check", "--json")
    (one,) = [each for each in json.loads(done.out)["findings"] if each["name"] == RULE]
    assert one["accepted"] == "a client of 1998"
    assert "db: DbParameters.Parameters.rds.force_ssl: a client of 1998" in (
        seatrial(tmp_path, "check").out
    )


def test_a_wrong_name_is_told_with_the_right_one(tmp_path: Path) -> None:
    accepted = f'{SYSTEM}system.accept("{RULE}s", db, "a client of 1998")\n'
    out = seatrial(described(tmp_path, accepted), "check").out
    assert f"names no rule. Did you mean '{RULE}'?" in out


def test_what_another_environment_needs_is_not_idle(tmp_path: Path) -> None:
    accepted = f'{SYSTEM}system.accept("{RULE}", db, "a client of 1998")\n'
    idle = f"accept('{RULE}', 'db') matches nothing here."
    for name in ("production", "development"):
        assert idle in seatrial(described(tmp_path, accepted), "check", "--env", name).out
    changed = 'nat="one", change={db: dict(parameters={"rds.force_ssl": "0"})}'
    described(tmp_path, accepted.replace('nat="one"', changed))
    assert "idle" not in seatrial(tmp_path, "check", "--env", "production").out
    assert "a client of 1998" in seatrial(tmp_path, "check", "--env", "development").out


def test_never_is_held(tmp_path: Path) -> None:
    promised = f'{SYSTEM}system.never("internet", db)\nsystem.never(api, db)\n'
    done = seatrial(described(tmp_path, promised), "check", "--json")
    broken = [each for each in json.loads(done.out)["findings"] if each["rule"] == "ST901"]
    assert [each["part"] for each in broken] == ["db"]
    assert "api reaches db" in broken[0]["what"]
    assert done.code == 1


def test_every_form_is_written(tmp_path: Path) -> None:
    folder = described(tmp_path, PLAIN)
    sarif = json.loads(seatrial(folder, "check", "--format", "sarif").out)
    (result,) = [each for each in sarif["runs"][0]["results"] if each["ruleId"] == "ST201"]
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "system.py"}, "region": {"startLine": 2}}
    assert "<testsuite " in seatrial(folder, "check", "--format", "junit").out


def test_rules_are_listed_and_explained(tmp_path: Path) -> None:
    assert f"ST201  warning  {RULE}: " in seatrial(tmp_path, "check", "--rules").out
    assert json.loads(seatrial(tmp_path, "check", "--rules", "--json").out)
    for name in ("ST201", RULE):
        assert "Bad:" in seatrial(tmp_path, "check", "--explain", name).out
    wrong = seatrial(tmp_path, "check", "--explain", "database-takes-plain-tex")
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.err == (
        f"error: there is no rule 'database-takes-plain-tex'. Did you mean '{RULE}'?\n"
    )


def test_lint_adds_what_cfn_lint_finds(tmp_path: Path) -> None:
    template = tmp_path / "template.json"
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicNam": "a"}}
    template.write_text(json.dumps({"Resources": {"Topic": topic}}))
    done = seatrial(tmp_path, "check", "--template", "template.json", "--lint", "--json")
    found = json.loads(done.out)["findings"]
    assert ("cfn-lint:E3002", "Topic") in [(each["rule"], each["resource"]) for each in found]
    assert done.code == 1


def test_rules_of_guard_are_part_of_lint(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path), "check", "--guard-rules", ".")
    assert done.code == 2
    assert "--guard-rules goes with --lint." in done.err
