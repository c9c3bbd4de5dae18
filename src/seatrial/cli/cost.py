"""`seatrial cost`: the monthly bill of a system, line by line, and five questions beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from seatrial.cli.grouping import SOURCE, grouped
from seatrial.cli.options import Source, graph_of, source_options, tell_assumptions
from seatrial.cli.pricing import priced, usage_of


def _sum(context: click.Context, option: click.Parameter, usd: float | None) -> float | None:
    """Refuse a budget that is no sum of money."""
    if usd is not None and not 0 <= usd < float("inf"):
        raise click.BadParameter(f"{usd:g} is no sum of money.", context, option)
    return usd


@click.command(
    name="cost",
    cls=grouped(
        {
            "What is read": (*SOURCE, "--usage"),
            "The bill": ("--explain", "--no-free", "--commit"),
            "Other questions": ("--diff", "--against", "--break-even", "--compare", "--optimize"),
            "With --optimize": ("--budget", "--patch", "--every"),
            "Form": ("--json", "--markdown"),
        }
    ),
)
@source_options
@click.option(
    "--usage",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="How much parts are used (.yaml, .toml, .json); goes before the description.",
)
@click.option("--explain", is_flag=True, help="Each line's arithmetic, price, source and date.")
@click.option("--no-free", is_flag=True, help="Take off nothing for what is always free.")
@click.option(
    "--commit",
    multiple=True,
    metavar="KIND[=PERCENT]",
    help="What a commitment would save: compute, database or reserved; can be repeated.",
)
@click.option("--diff", metavar="GIT_REF", help="What changed since a commit.")
@click.option(
    "--against",
    metavar="seed|FILE",
    help="A cost table beside list prices: the seed document's, or a TOML file's.",
)
@click.option(
    "--break-even",
    metavar="seed|FILE",
    help="Where the ways to one thing cross that a document names.",
)
@click.option(
    "--compare",
    nargs=2,
    metavar="ENV,ENV PART.MEASURE",
    help="Environments side by side, over a measure of a part a day.",
)
@click.option(
    "--optimize",
    is_flag=True,
    help="The cheapest way to write the system that still keeps its promises.",
)
@click.option(
    "--budget",
    type=float,
    callback=_sum,
    metavar="USD",
    help="Say what stops it from costing no more than this.",
)
@click.option(
    "--patch",
    type=click.IntRange(0),
    metavar="STEP",
    help="Print one step as a patch of system.py.",
)
@click.option("--every", is_flag=True, help="Try every combination; takes long.")
@click.option("--json", is_flag=True, help="One JSON document.")
@click.option("--markdown", is_flag=True, help="Markdown, e.g. for a pull request.")
def command(source: Source, **options: Any) -> None:
    """Tell what SYSTEM (a system.py or its folder) costs a month, at AWS's list prices."""
    question = _question(click.get_current_context())
    text = question.answer(Asked(source, **options)).removesuffix("\n")
    click.echo(text)


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that the command line says, by the names of its options."""

    source: Source
    usage: Path | None
    explain: bool
    no_free: bool
    commit: tuple[str, ...]
    diff: str | None
    against: str | None
    break_even: str | None
    compare: tuple[str, str] | None
    optimize: bool
    budget: float | None
    patch: int | None
    every: bool
    json: bool
    markdown: bool


def _bill(asked: Asked) -> str:
    read = asked.source.read()
    bill = priced(read.graph, asked.usage, no_free=asked.no_free)
    if asked.json:
        from seatrial.cli.cost_json import bill_json

        return bill_json(bill, read.assumptions)
    tell_assumptions(read.assumptions)
    if asked.markdown:
        from seatrial.cli.cost_markdown import bill_markdown

        return bill_markdown(bill)
    from seatrial.cli.cost_text import bill_text, explained, section
    from seatrial.cli.width import table

    if asked.explain:
        return explained(bill, table())
    text = bill_text(bill, table())
    if asked.commit:
        from seatrial.cli.cost_commitment import answered, told

        text += "".join(section("what if", told(answered(asked.commit, bill)), table()))
    return text


def _diff(asked: Asked) -> str:
    from seatrial.cli.at_reference import graph_at
    from seatrial.cli.cost_diff import changes, diff_json, diff_markdown, diff_text
    from seatrial.cli.width import table

    assert asked.diff is not None
    where = asked.source.system, asked.source.environment
    old, new = graph_at(*where, asked.diff), graph_of(*where)
    usage = usage_of(new, asked.usage)  # the change is what counts, not another traffic
    then, now = (priced(each, usage=usage, no_free=asked.no_free) for each in (old, new))
    found = changes(then, now)
    if asked.json:
        return diff_json(found, asked.diff)
    if asked.markdown:
        return diff_markdown(found, asked.diff)
    return diff_text(found, asked.diff, table())


def _against(asked: Asked) -> str:
    from seatrial.cli.cost_against import against

    assert asked.against is not None
    return against(asked.source.system, asked.against, as_json=asked.json)


def _break_even(asked: Asked) -> str:
    from seatrial.cli.cost_break_even import break_even

    assert asked.break_even is not None
    return break_even(asked.source.system, asked.break_even, as_json=asked.json)


def _compare(asked: Asked) -> str:
    from seatrial.cli.cost_break_even import compare

    assert asked.compare is not None
    return compare(asked.source.system, *asked.compare, as_json=asked.json)


def _optimize(asked: Asked) -> str:
    from seatrial.cli.cost_optimize import Search, cheapest

    search = Search(
        asked.usage,
        asked.commit,
        asked.no_free,
        asked.against,
        asked.budget,
        asked.every,
        asked.patch,
        asked.json,
    )
    return cheapest(asked.source.system, asked.source.environment, search)


@dataclass(frozen=True, slots=True)
class Question:
    """One question: who answers it, the options that go with it, and those that go alone."""

    answer: Callable[[Asked], str]
    takes: tuple[str, ...]
    one_of: tuple[tuple[str, ...], ...] = ()


BILL = "the bill"
QUESTIONS = {
    "--optimize": Question(
        _optimize,
        takes=(
            *("--env", "--usage", "--no-free", "--commit", "--json"),
            *("--against", "--budget", "--patch", "--every"),
        ),
        one_of=(("--against", "--budget"), ("--json", "--patch")),
    ),
    "--diff": Question(
        _diff,
        takes=("--env", "--usage", "--no-free", "--json", "--markdown"),
        one_of=(("--json", "--markdown"),),
    ),
    "--against": Question(_against, takes=("--json",)),
    "--break-even": Question(_break_even, takes=("--json",)),
    "--compare": Question(_compare, takes=("--json",)),
    BILL: Question(
        _bill,
        takes=(
            *("--env", "--template", "--parameter", "--region", "--usage", "--no-free"),
            *("--commit", "--explain", "--json", "--markdown"),
        ),
        one_of=(("--commit", "--explain", "--json", "--markdown"),),
    ),
}
"""What can be asked, by its option; the first that is given is the question."""


def _question(context: click.Context) -> Question:
    """Find what is asked, and refuse options that say nothing to it."""
    given = [
        each.opts[0]
        for each in context.command.params
        if isinstance(each, click.Option)
        and context.get_parameter_source(each.name or "") is click.core.ParameterSource.COMMANDLINE
    ]
    name = next((each for each in QUESTIONS if each in given), BILL)
    question = QUESTIONS[name]
    for option in given:
        if option != name and option not in question.takes:
            others = [each for each, other in QUESTIONS.items() if option in other.takes]
            also = f"; it goes with {', '.join(others)}" if others else ""
            raise click.UsageError(f"{option} does not go with {name}{also}.")
    for several in question.one_of:
        both = [each for each in several if each in given]
        if len(both) > 1:
            raise click.UsageError(f"{' and '.join(both)} exclude each other.")
    return question
