"""`seatrial status`: what runs, where, and how it is."""

import json
from pathlib import Path

import click

from seatrial.cli.options import system_argument


@click.command(name="status")
@system_argument
@click.option("--env", "environment", help="Environment; default the one that runs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(system: Path, environment: str | None, *, as_json: bool) -> None:
    """Tell what of SYSTEM runs on this machine."""
    from seatrial.cli.local import find_session
    from seatrial.local.door import NotRunning
    from seatrial.local.session import not_running

    session = find_session(system, environment)
    try:
        patience = 30.0 if session.running() else 0.0
        status = session.ask({"do": "status"}, patience)
    except NotRunning:
        raise not_running(session.store.folder) from None
    if as_json:
        click.echo(json.dumps(status, indent=2))
    elif "starting" in status:
        click.echo("starting")
    else:
        from rich.console import Console

        from seatrial.cli.table import system_table

        Console().print(system_table(status))
