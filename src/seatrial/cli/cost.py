"""`seatrial cost`: the monthly bill of a system, line by line."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seatrial.cli.options import Source, graph_of, source_options, tell_assumptions

if TYPE_CHECKING:
    from seatrial.graph import Graph
    from seatrial.price.bill import Bill
    from seatrial.price.book import Book
    from seatrial.price.usage import Usage


@click.command(name="cost")
@source_options
@click.option(
    "--usage",
    "usage_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="How much parts are used (.yaml, .toml, .json); goes before the description.",
)
@click.option("--explain", is_flag=True, help="Each line's arithmetic, price, source and date.")
@click.option("--no-free", is_flag=True, help="Take off nothing for what is always free.")
@click.option(
    "--commit",
    "commitments",
    multiple=True,
    metavar="KIND[=PERCENT]",
    help="What a commitment would save: compute, database or reserved; can be repeated.",
)
@click.option("--diff", "reference", metavar="GIT_REF", help="Compare with the system at a commit.")
@click.option(
    "--against",
    metavar="seed|FILE",
    help="Compare with a cost table: the seed document's, or a TOML file's.",
)
@click.option(
    "--break-even",
    "even",
    metavar="seed|FILE",
    help="The ways to one thing that a document names, over how much is wanted.",
)
@click.option(
    "--compare",
    nargs=2,
    metavar="ENV,ENV PART.MEASURE",
    help="Compare environments over so much of a measure a day.",
)
@click.option(
    "--optimize", "cheaper", is_flag=True, help="The cheapest way to write it that holds."
)
@click.option("--budget", type=float, metavar="USD", help="With --optimize: what stops it there.")
@click.option("--patch", type=int, metavar="STEP", help="With --optimize: a step as a patch.")
@click.option("--every", is_flag=True, help="With --optimize: try every combination.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--markdown", is_flag=True, help="Markdown, e.g. for a pull request.")
def command(
    source: Source,
    usage_file: Path | None,
    commitments: tuple[str, ...],
    reference: str | None,
    against: str | None,
    even: str | None,
    compare: tuple[str, str] | None,
    budget: float | None,
    patch: int | None,
    *,
    cheaper: bool,
    every: bool,
    explain: bool,
    no_free: bool,
    as_json: bool,
    markdown: bool,
) -> None:
    """Tell what SYSTEM (a system.py or its folder) costs a month, at AWS's list prices."""
    if as_json and markdown:
        raise click.UsageError("--json and --markdown exclude each other.")
    if explain and (as_json or reference):
        raise click.UsageError("--explain goes with the table; --json explains anyway.")
    asked_more = cheaper or against or even or compare
    if asked_more or budget is not None or patch is not None or every:
        if not asked_more or markdown or explain or reference:
            raise click.UsageError(
                "--budget, --patch and --every go with --optimize; it, --against, --break-even "
                "and --compare give text or --json."
            )
        if source.template is not None:
            raise click.UsageError(
                "--template has no documents and no description: it goes with the bill alone."
            )
        from seatrial.cli.cost_asked import answer  # noqa: PLC0415

        options = Options(usage_file, commitments, against, budget, patch, every, no_free, as_json)
        _print(answer(source.system, source.environment, options, even, compare, cheaper=cheaper))
        return
    if commitments and (as_json or reference or markdown or explain):
        raise click.UsageError("--commit goes with the table.")
    if reference is not None:
        if source.template is not None:
            raise click.UsageError("--diff and --template exclude each other.")
        at = source.system, source.environment
        _compare(*at, usage_file, reference, no_free, as_json, markdown)
        return
    read = source.read()
    bill = priced(read.graph, usage_file, no_free=no_free)
    if as_json:
        from seatrial.cli.cost_json import bill_json  # noqa: PLC0415

        click.echo(bill_json(bill, read.assumptions))
        return
    tell_assumptions(read.assumptions)
    if markdown:
        from seatrial.cli.cost_markdown import bill_markdown  # noqa: PLC0415

        click.echo(bill_markdown(bill), nl=False)
    else:
        from seatrial.cli.cost_text import bill_text, explained, section  # noqa: PLC0415

        text = explained(bill) if explain else bill_text(bill)
        if commitments:
            from seatrial.cli.cost_commitment import asked, told  # noqa: PLC0415

            text += "".join(section("what if", told(asked(commitments, bill))))
        _print(text)


@dataclass(frozen=True, slots=True)
class Options:
    """What goes with a question beyond the bill."""

    usage_file: Path | None
    commitments: tuple[str, ...]
    against: str | None
    budget: float | None
    patch: int | None
    every: bool
    no_free: bool
    as_json: bool


def priced(
    graph: "Graph",
    usage_file: Path | None = None,
    *,
    no_free: bool = False,
    usage: "Usage | None" = None,
) -> "Bill":
    """Price a graph with what its description says, and a usage file and `usage` before it."""
    from seatrial.price.bill import bill  # noqa: PLC0415

    said = usage_of(graph, usage_file)
    if usage is not None:
        said = usage.over(said)
    return bill(graph, book_of(graph.region), said, allowances=not no_free, elsewhere=book_of)


def usage_of(graph: "Graph", usage_file: Path | None = None) -> "Usage":
    """Give what is said of a graph's use, by its description and by a file."""
    from seatrial.graph.annotations import Expected, Outside, Uses  # noqa: PLC0415
    from seatrial.price.usage import Usage  # noqa: PLC0415

    usage = Usage.expected(graph.annotated(Expected))
    if usage_file is None:
        return usage
    from seatrial.price.usage_file import read_usage  # noqa: PLC0415

    known = {*graph.resources, graph.system, *usage.names}
    known |= {each.origin.part for each in graph if each.origin} - {""}
    known |= {each.part for each in graph.annotated(Outside)}
    known |= {each.used for each in graph.annotated(Uses)}
    return read_usage(usage_file, known).over(usage)


def book_of(region: str) -> "Book":
    """Give a region's prices; without a book, those that are the same all over the world."""
    from seatrial.price.book import Book, regions  # noqa: PLC0415

    if region in regions():
        return Book.of(region)
    from seatrial.price.catalogue import ITEMS  # noqa: PLC0415

    anywhere = Book.of("us-east-1").prices
    same = {key for key, item in ITEMS.items() if item.world}
    return Book(region, {key: price for key, price in anywhere.items() if key in same})


def _compare(
    system: Path,
    environment: str,
    usage_file: Path | None,
    reference: str,
    no_free: bool,
    as_json: bool,
    markdown: bool,
) -> None:
    from seatrial.cli.at_reference import graph_at  # noqa: PLC0415
    from seatrial.cli.cost_diff import changes, diff_json, diff_markdown, diff_text  # noqa: PLC0415

    old = graph_at(system, environment, reference)
    new = graph_of(system, environment)
    usage = usage_of(new, usage_file)  # the change is what counts, not another traffic
    found = changes(
        priced(old, usage=usage, no_free=no_free), priced(new, usage=usage, no_free=no_free)
    )
    if as_json:
        click.echo(diff_json(found, reference))
    elif markdown:
        click.echo(diff_markdown(found, reference), nl=False)
    else:
        _print(diff_text(found, reference))


def _print(text: str) -> None:
    import os  # noqa: PLC0415

    click.echo(text, nl=False, color=False if "NO_COLOR" in os.environ else None)
