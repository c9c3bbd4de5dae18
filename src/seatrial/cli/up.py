"""`seatrial up`: run a system here, or bring a running one up to date."""

import sys
from pathlib import Path

import click

from seatrial.cli.options import system_argument
from seatrial.local.pace import DEFAULT, LEAST, MOST


@click.command(name="up")
@system_argument
@click.option("--env", "environment", help="Environment; default development where there is one.")
@click.option(
    "--pace",
    type=click.FloatRange(LEAST, MOST),
    default=DEFAULT,
    show_default=True,
    help="How much faster than AWS to check and control; 1 is AWS's own time.",
)
@click.option("--detach", is_flag=True, help="Return once everything is healthy.")
@click.option("--plain", is_flag=True, help="Lines instead of the live table.")
def command(
    system: Path, environment: str | None, pace: float, *, detach: bool, plain: bool
) -> None:
    """Run SYSTEM (a system.py or its folder) on this machine."""
    from seatrial.cli.engines import need_engines
    from seatrial.cli.following import INTERRUPTED, Ended, ending_by_signals, follow
    from seatrial.cli.starting import bring_up, say

    if pace != pace:  # noqa: PLR0124 - not a number
        raise click.BadParameter("it is not a number.", param_hint="--pace")
    need_engines()
    try:
        with ending_by_signals():
            session, begun = bring_up(system, environment, pace)
            sys.exit(follow(session, begun=begun, detach=detach, live=not plain))
    except Ended:
        say("interrupted before it was up; nothing is left running")
        sys.exit(INTERRUPTED)
