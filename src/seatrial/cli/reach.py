"""`seatrial reach`: who reaches whom over the network, from the description alone."""

import json
from pathlib import Path

import click

from seatrial.cli.options import environment_option, graph_of
from seatrial.mistake import Mistake


@click.command(name="reach")
@click.argument("source", required=False, metavar="FROM")
@click.argument("target", required=False, metavar="TO[:PORT]")
@click.option(
    "--system",
    "home",
    default=".",
    type=click.Path(path_type=Path),
    help="A system.py or its folder; default the current folder.",
)
@environment_option
@click.option("--all", "everybody", is_flag=True, help="Everybody who reaches anybody.")
@click.option(
    "--expect",
    type=click.Choice(["yes", "no"]),
    help="Leave with exit code 1 where the answer is the other.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(
    source: str | None,
    target: str | None,
    home: Path,
    environment: str,
    everybody: bool,
    expect: str | None,
    as_json: bool,
) -> None:
    """Tell whether FROM reaches TO, and by which way, or what closes it.

    An end is `internet`, a part, or a resource's logical id; TO may name a port.
    """
    from seatrial.reach import Reach  # noqa: PLC0415 - only where it is asked
    from seatrial.reach.tell import Teller  # noqa: PLC0415

    if everybody == bool(source and target) or (everybody and (source or expect)):
        raise click.UsageError("Name FROM and TO, or ask --all alone.")
    graph = graph_of(home, environment)
    reach, teller = Reach(graph), Teller(graph)
    if everybody:
        rows = reach.all
        if as_json:
            document = {"rows": teller.rows(rows), "assumed": reach.assumed}
            click.echo(json.dumps(document, indent=2))
            return
        click.echo(teller.table(rows))
        if reach.assumed:
            click.echo("\n".join(["", "assumed:", *(f"  {each}" for each in reach.assumed)]))
        return
    assert source is not None
    assert target is not None
    answer = reach.ask(source, target)
    click.echo(json.dumps(teller.document(answer), indent=2) if as_json else teller.text(answer))
    if expect is not None and answer.yes != (expect == "yes"):
        what = "reaches" if answer.yes else "does not reach"
        raise Mistake(f"{source} {what} {target}", right=f"Expected: {expect}.")
