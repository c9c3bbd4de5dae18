"""The report as one JSON document."""

import json
from typing import Any

from seatrial.policy.formats.report import Report
from seatrial.policy.rule import Finding


def render_json(report: Report) -> str:
    """Write the report as JSON; what is unknown or unsaid is null."""
    document = {
        "system": report.system,
        "environment": report.environment,
        "region": report.region,
        "findings": [_finding(each, report) for each in report.findings],
        "assumed": list(report.assumptions),
        "summary": report.counts,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding, report: Report) -> dict[str, Any]:
    place = report.place(finding)
    return {
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.rule.severity,
        "area": finding.rule.area,
        "part": finding.part or None,
        "file": place.file,
        "line": place.line or None,
        "resource": finding.resource.id if finding.resource else None,
        "type": finding.resource.type if finding.resource else None,
        "property": finding.path or None,
        "what": finding.what,
        "why": finding.rule.why,
        "edit": finding.edit or None,
        "template": finding.template or None,
        "source": finding.rule.source or None,
        "accepted": finding.accepted,
    }
