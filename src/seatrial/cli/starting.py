"""Bring a system up: read it, make its sources ready, begin or change what runs."""

from pathlib import Path

import click

from seatrial.cli.local import local_environment
from seatrial.cli.options import checked_graph
from seatrial.language.loading import find, load
from seatrial.local.ledger import refuse, substitutions
from seatrial.local.pace import Pace
from seatrial.local.prepare import prepare
from seatrial.local.session import Session
from seatrial.local.store import Store, state_folder


def bring_up(path: Path, asked: str | None, pace: float) -> tuple[Session, bool]:
    """Start or change the system; give its session and whether this call began it."""
    file = find(path)
    system = load(file)
    name = local_environment(system, asked)
    graph = checked_graph(system, name)
    refuse(graph, system.in_environment(name).places)
    store = Store(state_folder(file, name))
    store.prepare()
    say(f"{graph.system}, {name}: making the sources ready")
    wanted = prepare(graph, file.parent, store, Pace(pace), say)
    session = Session(store)
    if session.running():
        answer = session.ask({"do": "apply", "wanted": wanted.record()}, patience=60.0)
        changed = ", ".join(answer["changed"]) or "nothing that runs"
        say(f"deploying: {changed}")
        return session, False
    for line in substitutions(graph):
        say(f"  here, not as on AWS: {line}")
    session.sweep()
    try:
        session.begin(wanted.record())
    except BaseException:
        session.end()
        raise
    return session, True


def say(text: str) -> None:
    """Tell progress, on standard error."""
    click.echo(text, err=True)
