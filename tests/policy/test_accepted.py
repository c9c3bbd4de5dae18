"""What is accepted keeps its reason; what hides nothing, or nothing known, is told."""

from seatrial.policy import findings
from tests.policy.reaching import Ways
from tests.policy.sample import read

WAYS = Ways([["internet", "Db", 5432]])
RULE = "store-open-to-internet"


def told(*accepted: dict[str, str], metadata: object = None) -> list[tuple[str, str, str | None]]:
    graph = read(
        {
            "Metadata": {
                "Seatrial": {
                    "Parts": {"Db": "db"},
                    "Annotations": [{"Kind": "Suppression", **each} for each in accepted],
                }
            },
            "Resources": {
                "Db": {
                    "Type": "AWS::RDS::DBInstance",
                    "Properties": {"Engine": "postgres", "EngineVersion": "16"},
                    "Metadata": {"Seatrial": metadata} if metadata is not None else {},
                }
            },
        }
    )
    ours = {RULE, "unknown-acceptance", "idle-acceptance"}
    return [
        (each.rule.name, each.part, each.accepted)
        for each in findings(graph, WAYS)
        if each.rule.name in ours
    ]


def test_nothing_is_accepted_by_itself() -> None:
    assert told() == [(RULE, "db", None)]


def test_by_name_or_by_id_for_a_part_or_everywhere() -> None:
    for rule, part in ((RULE, "db"), ("ST101", "db"), (RULE, "")):
        assert told({"rule": rule, "part": part, "reason": "a trap"}) == [(RULE, "db", "a trap")]


def test_for_another_part_it_matches_nothing() -> None:
    assert told({"rule": RULE, "part": "api", "reason": "a trap"}) == [
        (RULE, "db", None),
        ("idle-acceptance", "api", None),
    ]


def test_a_rule_that_is_not_there() -> None:
    assert told({"rule": "store-open-to-internt", "part": "", "reason": "a trap"}) == [
        (RULE, "db", None),
        ("unknown-acceptance", "", None),
    ]


def test_a_rule_of_another_tool_is_that_tools_own() -> None:
    assert told({"rule": "checkov:CKV_AWS_16", "part": "", "reason": "a trap"}) == [
        (RULE, "db", None)
    ]


def test_in_a_resources_metadata() -> None:
    assert told(metadata={"accept": {"ST101": "a trap"}}) == [(RULE, "db", "a trap")]
    assert told(metadata={"accept": {"nothing": "a trap"}}) == [
        (RULE, "db", None),
        ("unknown-acceptance", "db", None),
    ]


def test_metadata_without_a_reason_or_of_another_form_count_for_nothing() -> None:
    for wrong in ({"accept": {"ST101": ""}}, {"accept": {"ST101": 1}}, {"accept": "ST101"}, "x"):
        assert told(metadata=wrong) == [(RULE, "db", None)]
