from xml.etree import ElementTree as ET

from seatrial.policy.findings import every_rule
from seatrial.policy.formats import render_junit
from seatrial.policy.rule import Severity
from tests.policy.formats.reported import ALL, report


def suite(limit: Severity = "error") -> ET.Element:
    whole = ET.fromstring(render_junit(report(*ALL, limit=limit), every_rule()).encode())
    (found,) = whole
    return found


def test_what_fails_what_is_skipped_and_what_passes() -> None:
    found = suite()
    cases = {each.attrib["name"]: each for each in found}
    assert len(cases) == len(every_rule())
    assert found.attrib["failures"] == found.attrib["skipped"] == "1"
    failed = cases["ST101 store-open-to-internet: Db.Port"]
    assert failed[0].tag == "failure"
    assert failed[0].attrib == {"type": "error", "message": "it is open."}
    skipped = cases["ST107 store-in-public-subnet: Db.Port"]
    assert skipped[0].attrib == {"message": "a & trap"}
    assert not [*cases["ST102 administration-open-to-internet"]]


def test_a_milder_limit_makes_more_fail() -> None:
    assert [suite(each).attrib["failures"] for each in ("error", "warning", "note")] == list("123")


def test_what_xml_cannot_hold_is_left_out() -> None:
    told = next(each for each in suite("note") if "ST404" in each.attrib["name"])[0]
    assert told.attrib["message"] == 'say "<>" '
    assert "\x07" not in (told.text or "")
