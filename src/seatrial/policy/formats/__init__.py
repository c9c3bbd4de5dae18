"""What was found, written down: as text, JSON, SARIF and JUnit, and the rules as a list.

Takes a report, gives a text. Nothing here decides, prints or leaves a finding out.
"""

from seatrial.policy.formats.document import render_json
from seatrial.policy.formats.junit import render_junit
from seatrial.policy.formats.listing import explain, list_rules, rules_document
from seatrial.policy.formats.report import Report
from seatrial.policy.formats.sarif import render_sarif
from seatrial.policy.formats.text import render_text

__all__ = [
    "Report",
    "explain",
    "list_rules",
    "render_json",
    "render_junit",
    "render_sarif",
    "render_text",
    "rules_document",
]
