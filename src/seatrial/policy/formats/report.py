"""What every format is written from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seatrial.mistake import Place
from seatrial.policy.rule import SEVERITIES, Finding, Severity


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of one graph, in their order.

    `file` is what was read: a `system.py` or a template. `limit` is the mildest severity
    that makes the command fail.
    """

    system: str
    environment: str
    region: str
    file: Path
    findings: Sequence[Finding]
    limit: Severity = "error"
    assumptions: Sequence[str] = field(default=())
    of_template: bool = False
    """Whether `file` is a template: then its own edit mends it, not that of a description."""

    def standing(self, severity: Severity) -> list[Finding]:
        """Give the findings of one severity that nobody accepted."""
        return [
            each
            for each in self.findings
            if each.rule.severity == severity and each.accepted is None
        ]

    @property
    def accepted(self) -> list[Finding]:
        """Give the findings that are accepted."""
        return [each for each in self.findings if each.accepted is not None]

    def fails(self, finding: Finding) -> bool:
        """Tell whether a finding makes the command fail."""
        bad = SEVERITIES.index(finding.rule.severity) <= SEVERITIES.index(self.limit)
        return bad and finding.accepted is None

    @property
    def failed(self) -> bool:
        """Tell whether any finding does."""
        return any(map(self.fails, self.findings))

    @property
    def counts(self) -> dict[str, int]:
        """Give how many findings stand of each severity, and how many are accepted."""
        standing: dict[str, int] = {each: len(self.standing(each)) for each in SEVERITIES}
        return {**standing, "accepted": len(self.accepted)}

    def fix(self, finding: Finding) -> str:
        """Give the edit of what was read; the other one where that is unsaid."""
        if self.of_template:
            return finding.template or finding.edit
        return finding.edit or finding.template

    def place(self, finding: Finding) -> Place:
        """Give where a finding's part is written, or the file that was read.

        The file is relative to the current folder where it lies inside.
        """
        place = finding.place or Place(str(self.file))
        return Place(str(Place(place.file)), place.line)
