import json

from seatrial.policy.findings import every_rule
from seatrial.policy.formats import explain, list_rules, rules_document
from tests.policy.formats.reported import RULES


def test_every_rule_is_listed_once_under_its_area() -> None:
    listed = list_rules(every_rule())
    for each in every_rule():
        assert listed.count(f"  {each.id}  {each.severity}") == 1
    assert listed.index("\nencryption\n") < listed.index("  ST201 ") < listed.index("\nidentity\n")


def test_the_list_as_json() -> None:
    assert [each["rule"] for each in json.loads(rules_document(every_rule()))] == [
        each.id for each in every_rule()
    ]


def test_one_is_explained_with_its_samples() -> None:
    text = explain(RULES["store-open-to-internet"])
    assert text.startswith("ST101 store-open-to-internet (error, network)\n")
    assert "\nBad:\n    Reaches:" in text
    assert "\nGood:\n" in text
    assert "Source: https://" in text
