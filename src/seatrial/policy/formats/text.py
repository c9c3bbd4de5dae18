"""The report as text for a terminal: the worst first, what is accepted last, then the sum."""

from collections.abc import Callable, Iterator
from textwrap import fill

from seatrial.policy.formats.report import Report
from seatrial.policy.rule import SEVERITIES, Finding

Paint = Callable[[str, str], str]
"""Gives a word in a colour: the word, the colour's name."""
COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


def render_text(report: Report, paint: Paint = lambda word, _: word, width: int = 0) -> str:
    """Write the report as text; `paint` colours words. `width` breaks lines, 0 leaves them."""
    lines: list[str] = []
    for severity in SEVERITIES:
        for each in report.standing(severity):
            lines += [*_standing(each, report, paint, width), ""]
    if report.accepted:
        lines.append("accepted:")
        lines += [_broken(_accepted(each), width) for each in report.accepted]
        lines.append("")
    return "\n".join([*lines, summary(report)]) + "\n"


def summary(report: Report) -> str:
    """Give the sum in one line."""
    counts = report.counts
    words = [_many(counts[each], each) for each in SEVERITIES if counts[each]]
    found = ", ".join(words) or "nothing found"
    accepted = f"; {counts['accepted']} accepted" if counts["accepted"] else ""
    name = f"{report.system}, {report.environment}" if report.environment else report.system
    return f"{name}: {found}{accepted}"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"


def _standing(finding: Finding, report: Report, paint: Paint, width: int) -> Iterator[str]:
    rule = finding.rule
    part = f"{finding.part}  " if finding.part else ""
    word = paint(rule.severity, COLOURS[rule.severity])
    yield f"{word} {rule.id} {rule.name}  {part}{report.place(finding)}"
    where = f"{finding.where}: " if finding.where else ""
    yield _broken(f"  {where}{_line(finding.what)}", width)
    yield _broken(f"  why: {rule.why}", width)
    if fix := report.fix(finding):
        yield _broken(f"  fix: {fix}", width)


def _broken(line: str, width: int) -> str:
    """Break a line to a width; what follows is indented more. An address stays whole."""
    if not width:
        return line
    more = {"subsequent_indent": "    ", "break_long_words": False, "break_on_hyphens": False}
    return fill(line, width, **more)  # type: ignore[arg-type]  # each is what `fill` takes


def _line(text: str) -> str:
    """Make one line of a text, without what a terminal would act on."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())


def _accepted(finding: Finding) -> str:
    part = f"{finding.part}: " if finding.part else ""
    rule = finding.rule
    return f"  {rule.id} {rule.name}  {part}{finding.where}: {_line(finding.accepted or '')}"
