"""`seatrial down`: end what runs here; data stays unless it is asked for."""

import shutil
from pathlib import Path

import click

from seatrial.cli.options import system_argument


@click.command(name="down")
@system_argument
@click.option("--env", "environment", help="Environment; default the one that runs.")
@click.option("--delete-data", is_flag=True, help="Delete its data, logs and secrets too.")
def command(system: Path, environment: str | None, *, delete_data: bool) -> None:
    """End SYSTEM's local cloud; its data is kept."""
    from seatrial.cli.local import find_session

    session = find_session(system, environment)
    was = session.running()
    left = session.end() if session.store.folder.is_dir() else False
    name = session.store.folder.name
    if delete_data and session.store.folder.is_dir():
        shutil.rmtree(session.store.folder)
        click.echo(f"{name}: ended, and its data is deleted", err=True)
    elif was or left:
        click.echo(f"{name}: ended; its data is kept", err=True)
    else:
        click.echo(f"{name}: nothing was running", err=True)
