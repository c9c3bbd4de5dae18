"""The golden lists: what `check` finds in each example, in each environment.

`make golden` (python -m tests.golden.checks) writes them anew. A finding that is new is for a
person to judge: mend the system, mend the rule, or accept it with its reason.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from seatrial.cli.checking import reaches
from seatrial.policy import Finding, findings
from seatrial.policy.accepted import settle
from tests.golden.systems import EXAMPLES, graphs

FOLDER = Path(__file__).parent / "check"
TODAY = date(2026, 11, 21)
"""The day that versions are held against, whenever this runs."""


def check_files() -> Iterator[tuple[Path, str]]:
    """Give each golden list and what should be in it."""
    for example in EXAMPLES:
        yield FOLDER / f"{example}.txt", listed(example)


@cache
def listed(example: str) -> str:
    """Write what is found in every environment of an example, a line each."""
    there = {
        name: (graph, findings(graph, reaches(graph), TODAY))
        for name, graph in graphs(example).items()
    }
    lines = []
    for name, (_, found) in there.items():
        lines.append(f"{name}:")
        elsewhere = [each for other, each in there.items() if other != name]
        lines += [f"  {_line(each)}" for each in settle(found, elsewhere)]
    return "\n".join(lines) + "\n"


def _line(finding: Finding) -> str:
    rule = finding.rule
    accepted = f" (accepted: {finding.accepted})" if finding.accepted else ""
    where = f"{finding.part}: {finding.where}"
    return f"{rule.severity} {rule.id} {rule.name} {where}: {finding.what}{accepted}"


if __name__ == "__main__":
    for file, text in check_files():
        changed = not file.exists() or file.read_text() != text
        file.write_text(text)
        print(f"{'written' if changed else 'as it was'}: check/{file.name}")
