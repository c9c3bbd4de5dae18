"""The report as JUnit XML, which CI systems show as tests.

A finding that makes the command fail is a failure, an accepted one is skipped, another one
passes and says what it found. A rule that found nothing is a test that passed.
"""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from seatrial.policy.formats.report import Report
from seatrial.policy.rule import Finding, Rule


def render_junit(report: Report, rules: Sequence[Rule]) -> str:
    """Write the report as JUnit XML; `rules` are those that looked."""
    found = {each.rule.id for each in report.findings}
    silent = [each for each in rules if each.id not in found]
    tests = len(report.findings) + len(silent)
    failures = sum(map(report.fails, report.findings))
    name = quoteattr(" ".join(filter(None, ("seatrial check", report.system, report.environment))))
    counts = f'tests="{tests}" failures="{failures}" errors="0"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuites name={name} {counts}>")
    skipped = len(report.accepted)
    lines.append(f'  <testsuite name={name} {counts} skipped="{skipped}">')
    for each in report.findings:
        lines += _case(each, report)
    lines += [f"    <testcase {_names(each, '')}/>" for each in silent]
    return "\n".join([*lines, "  </testsuite>", "</testsuites>"]) + "\n"


def _names(rule: Rule, where: str) -> str:
    name = f"{rule.id} {rule.name}{': ' + where if where else ''}"
    return f"classname={_attribute('seatrial.' + rule.area)} name={_attribute(name)}"


def _case(finding: Finding, report: Report) -> Iterator[str]:
    place = report.place(finding)
    where = f"file={_attribute(place.file)}" + (f' line="{place.line}"' if place.line else "")
    names = _names(finding.rule, finding.where or finding.part)
    yield f"    <testcase {names} {where}>"
    fix = report.fix(finding)
    text = f"{finding.what}\nwhy: {finding.rule.why}" + (f"\nfix: {fix}" if fix else "")
    if finding.accepted is not None:
        yield f"      <skipped message={_attribute(finding.accepted)}/>"
    elif report.fails(finding):
        kind, what = quoteattr(finding.rule.severity), _attribute(finding.what)
        yield f"      <failure type={kind} message={what}>{escape(_plain(text))}</failure>"
    else:
        yield f"      <system-out>{escape(_plain(text))}</system-out>"
    yield "    </testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_plain(text).replace("\n", " "))


def _plain(text: str) -> str:
    """Leave out what XML 1.0 cannot hold."""
    return "".join(
        each for each in text if each in "\t\n" or (each >= " " and each not in "\ufffe\uffff")
    )
