"""The report as SARIF 2.1.0, which GitHub and editors show beside the code.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from seatrial import __version__
from seatrial.policy.formats.report import Report
from seatrial.policy.rule import Finding, Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render_sarif(report: Report, rules: Sequence[Rule]) -> str:
    """Write the report as SARIF; `rules` are those that looked."""
    known = {each.id: each for each in rules} | {
        each.rule.id: each.rule for each in report.findings
    }
    index = {id: number for number, id in enumerate(known)}
    driver = {
        "name": "seatrial",
        "version": __version__,
        "rules": [_rule(each) for each in known.values()],
    }
    run = {
        "tool": {"driver": driver},
        "results": [_result(each, report, index) for each in report.findings],
        "columnKind": "unicodeCodePoints",
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.explanation.partition("\n")[0] or rule.why},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.explanation or rule.why},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": [rule.area]},
    }
    if rule.source:
        described["helpUri"] = rule.source
    return described


def _result(finding: Finding, report: Report, index: dict[str, int]) -> dict[str, Any]:
    fix = report.fix(finding)
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": index[finding.rule.id],
        "level": finding.rule.severity,
        "message": {"text": f"{finding.what} Fix: {fix}" if fix else finding.what},
        "locations": [_location(finding, report)],
        "partialFingerprints": {"seatrial/v1": _fingerprint(finding, report)},
    }
    if finding.accepted is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.accepted}]
    return result


def _location(finding: Finding, report: Report) -> dict[str, Any]:
    place = report.place(finding)
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
    if place.line:
        physical["region"] = {"startLine": place.line}
    logical = {"fullyQualifiedName": finding.where or finding.part or report.system}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _fingerprint(finding: Finding, report: Report) -> str:
    """Name a finding so that moved lines do not make it a new one."""
    named = (report.system, report.environment, finding.rule.id, finding.part, finding.where)
    return sha256("\0".join(named).encode()).hexdigest()[:32]
