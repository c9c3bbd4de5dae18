"""docs/rules.md: every rule of `check`, from the rules themselves."""

from scripts.docs.markdown import table
from seatrial.policy.findings import every_rule
from seatrial.policy.rule import AREAS

HEAD = """# Rules of `check`

Every rule, by area. `seatrial check --explain RULE` shows one whole, with a bad and a good sample.
[What a finding is, and how it is accepted](check.md).
"""


def render() -> str:
    """Write the document."""
    parts = [HEAD.rstrip()]
    for area in AREAS:
        rows = [
            (f"{each.id} `{each.name}`", each.severity, each.why)
            for each in every_rule()
            if each.area == area
        ]
        if rows:
            parts.append(f"## {area.capitalize()}\n\n{table(('rule', 'severity', 'why'), rows)}")
    return "\n\n".join(parts) + "\n"
