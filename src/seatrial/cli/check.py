"""`seatrial check`: what is wrong with a system, or with a template that others wrote."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import click

from seatrial.cli.checking import reaches
from seatrial.cli.grouping import SOURCE, grouped
from seatrial.cli.options import Source, checked_graph, source_options, tell_assumptions
from seatrial.mistake import Mistake, closest

if TYPE_CHECKING:
    from seatrial.graph import Graph
    from seatrial.policy import Finding, Severity
    from seatrial.policy.formats import Report

Format = Literal["text", "json", "sarif", "junit"]


@click.command(
    name="check",
    cls=grouped(
        {
            "What is read": SOURCE,
            "What looks": ("--lint", "--guard-rules"),
            "The report": ("--format", "--json", "--fail-on"),
            "About the rules": ("--rules", "--explain"),
        }
    ),
)
@source_options
@click.option(
    "--format",
    "form",
    type=click.Choice(get_args(Format)),
    default="text",
    show_default=True,
    help="Form of the report.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--fail-on",
    "limit",
    type=click.Choice(["error", "warning", "note"]),
    default="error",
    show_default=True,
    help="The mildest finding that makes the exit code 1.",
)
@click.option(
    "--lint", is_flag=True, help="Add what cfn-lint finds, and checkov where it is there."
)
@click.option(
    "--guard-rules",
    type=click.Path(path_type=Path, exists=True),
    help="With --lint: add what cfn-guard finds by the rules in this folder.",
)
@click.option("--rules", "listed", is_flag=True, help="List every rule, and check nothing.")
@click.option("--explain", metavar="RULE", help="Explain one rule, by its id or name.")
def command(
    source: Source,
    form: Format,
    as_json: bool,
    limit: "Severity",
    lint: bool,
    guard_rules: Path | None,
    listed: bool,
    explain: str | None,
) -> None:
    """Tell what is wrong with SYSTEM (a system.py or its folder) or a template.

    Exit code 1 when a finding as bad as --fail-on is there that nobody accepted.
    """
    given = click.get_current_context().get_parameter_source("form")
    if as_json and form != "json" and given is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError(f"--json does not go with --format {form}.")
    form = "json" if as_json else form
    if listed or explain is not None:
        if form not in ("text", "json"):
            raise click.UsageError(f"the rules are told as text or JSON, not as {form}.")
        click.echo(_about_rules(explain, form), nl=False)
        return
    if guard_rules and not lint:
        raise click.UsageError("--guard-rules goes with --lint.")
    report = _report(source, limit, lint, guard_rules)
    click.echo(_written(report, form), nl=False)
    if report.failed:
        click.get_current_context().exit(1)


def _about_rules(explained: str | None, form: Format) -> str:
    from seatrial.policy.findings import every_rule
    from seatrial.policy.formats import explain, list_rules, rules_document

    if explained is None:
        return rules_document(every_rule()) if form == "json" else list_rules(every_rule())
    for each in every_rule():
        if explained.lower() in (each.id.lower(), each.name):
            return explain(each)
    known = [name for each in every_rule() for name in (each.id, each.name)]
    near = closest(explained, known)
    right = near if near.startswith("Did") else "seatrial check --rules lists every rule."
    raise Mistake(f"there is no rule {explained!r}.", right=right)


def _report(source: Source, limit: "Severity", lint: bool, guard_rules: Path | None) -> "Report":
    from seatrial.policy import findings
    from seatrial.policy.accepted import mark
    from seatrial.policy.formats import Report

    read = source.read()
    graph = read.graph
    today = datetime.now(UTC).date()
    found: Sequence[Finding] = findings(graph, reaches(graph), today)
    if source.template is None:
        found = _settled(found, source.system, graph.environment, today)
    if lint:
        found = [*found, *mark(graph, _linted(source, graph, guard_rules))]
    file = source.template or _file(source.system)
    return Report(
        graph.system,
        graph.environment,
        graph.region,
        file,
        found,
        limit,
        read.assumptions,
        of_template=source.template is not None,
    )


def _settled(
    found: Sequence["Finding"], system: Path, here: str, today: date
) -> Sequence["Finding"]:
    """Leave out idle acceptances that another environment needs; the others are read only then."""
    if all(each.rule.name != "idle-acceptance" for each in found):
        return found
    from seatrial.language.loading import load
    from seatrial.policy import findings
    from seatrial.policy.accepted import settle

    described = load(system)
    others = [checked_graph(described, each) for each in described.deployments if each != here]
    return settle(found, [(each, findings(each, reaches(each), today)) for each in others])


def _file(system: Path) -> Path:
    return system / "system.py" if system.is_dir() else system


def _linted(source: Source, graph: "Graph", guard_rules: Path | None) -> list["Finding"]:
    from seatrial.policy.lint import lint

    if source.template:
        return lint(source.template, graph, guard_rules)
    from seatrial.template import render_json

    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder, "template.json")
        template.write_text(render_json(graph), "utf-8")
        return lint(template, graph, guard_rules)


def _written(report: "Report", form: Format) -> str:
    from seatrial.policy import formats
    from seatrial.policy.findings import every_rule

    if form == "json":
        return formats.render_json(report)
    if form == "sarif":
        return formats.render_sarif(report, every_rule())
    if form == "junit":
        return formats.render_junit(report, every_rule())
    tell_assumptions(report.assumptions)
    from seatrial.cli.width import sentences

    return formats.render_text(report, partial(click.style, bold=True), sentences())
