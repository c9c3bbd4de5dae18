"""`seatrial reach`: who reaches whom over the network, from the description alone."""

import json
from dataclasses import replace
from pathlib import Path

import click

from seatrial.cli.grouping import SOURCE, grouped
from seatrial.cli.options import Source, source_options, tell_assumptions
from seatrial.cli.width import terminal
from seatrial.mistake import Mistake


@click.command(
    name="reach",
    cls=grouped(
        {"What is asked": ("--all", "--expect"), "What is read": SOURCE, "Form": ("--json",)}
    ),
)
@click.argument("start", required=False, metavar="FROM")
@click.argument("end", required=False, metavar="TO[:PORT]")
@click.option("--all", "everybody", is_flag=True, help="Everybody who reaches anybody.")
@click.option(
    "--expect",
    type=click.Choice(["yes", "no"]),
    help="Leave with exit code 1 where the answer is the other.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@source_options
def command(
    start: str | None,
    end: str | None,
    everybody: bool,
    expect: str | None,
    as_json: bool,
    source: Source,
) -> None:
    """Tell whether FROM reaches TO, and by which way, or what closes it.

    An end is `internet`, a part, or a resource's logical id; TO may name a port.
    """
    if everybody and (end or expect):
        raise click.UsageError("--all takes neither FROM and TO nor --expect.")
    if everybody and start and source.template is not None:
        raise click.UsageError("SYSTEM and --template exclude each other.")
    if not everybody and not (start and end):
        raise click.UsageError("Name FROM and TO, or ask --all.")
    if everybody:
        # What stands first is SYSTEM: --all has no ends.
        _all(replace(source, system=Path(start)) if start else source, as_json)
        return
    from seatrial.reach import Reach
    from seatrial.reach.tell import Teller

    assert start is not None
    assert end is not None
    read = source.read()
    teller = Teller(read.graph)
    answer = Reach(read.graph).ask(start, end)
    if as_json:
        answer = replace(answer, assumed=(*read.assumptions, *answer.assumed))
        click.echo(json.dumps(teller.document(answer), indent=2))
    else:
        tell_assumptions(read.assumptions)
        click.echo(teller.text(answer, terminal()))
    if expect is not None and answer.yes != (expect == "yes"):
        what = "reaches" if answer.yes else "does not reach"
        raise Mistake(f"{start} {what} {end}", right=f"Expected: {expect}.")


def _all(source: Source, as_json: bool) -> None:
    from seatrial.reach import Reach
    from seatrial.reach.tell import Teller

    read = source.read()
    reach, teller = Reach(read.graph), Teller(read.graph)
    rows = reach.all
    assumed = reach.assumed
    if as_json:
        told = {"rows": teller.rows(rows), "assumed": [*read.assumptions, *assumed]}
        click.echo(json.dumps(told, indent=2))
        return
    tell_assumptions(read.assumptions)
    click.echo(teller.table(rows) if rows else "nobody reaches anybody")
    if reach.table.left_out:
        click.echo("\nThose inside also reach, as anybody does, what takes the whole internet.")
    if assumed:
        click.echo("\n".join(["", "assumed:", *(f"  {each}" for each in assumed)]))
