"""The `seatrial` command: finds the subcommand, and tells mistakes in one line.

Each command is a module of its own beside this one, imported only when it is
called, so that the command line starts fast.
"""

import errno
import os
import sys
from importlib import import_module
from typing import Any

import click

from seatrial import __version__
from seatrial.mistake import Mistake, Mistakes, closest

COMMANDS = {
    "up": "Run the system on this machine, or bring a running one up to date",
    "down": "Stop what runs on this machine; data is kept",
    "status": "Tell what runs, where, and how it is",
    "logs": "Show what the parts have written",
    "check": "Tell what is wrong with the system, and how to mend it",
    "template": "Print the CloudFormation template",
    "cost": "Tell what the system costs a month, line by line",
    "terraform": "Write the system as a folder of Terraform",
    "reach": "Tell who reaches whom over the network, and what opens or closes the way",
    "dockerfile": "Print the Dockerfile for a service",
    "pipeline": "Write GitHub workflows or a CodePipeline, and their bootstrap stack",
    "prices": "Show AWS's list prices with their sources, or renew them",
}
"""Command -> the one line of help; the module has the same name."""


class Commands(click.Group):
    """The commands, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the names in the order of a working day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"seatrial.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or suggest the one that was probably meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}. {closest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="seatrial")
def cli() -> None:
    """Write your AWS system down once; run it here, check it, ship it."""
    click.get_current_context().color = _colour()


def main() -> Any:
    """Run the command line; a mistake is one line on standard error and exit code 1."""
    try:
        return cli(prog_name="seatrial")
    except Mistakes as mistakes:
        for each in mistakes.found:
            _tell(each)
    except Mistake as mistake:
        _tell(mistake)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if os.environ.get("SEATRIAL_DEBUG"):
            raise
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        _tell(Mistake("there is no space left to write to.") if full else _ours(error))
    sys.exit(1)


def _ours(error: Exception) -> Mistake:
    """Tell of an error that is Seatrial's own and not the user's."""
    said = " ".join(str(error).split())
    return Mistake(
        f"Seatrial failed ({type(error).__name__}: {said}).",
        right="This is its mistake, not yours. SEATRIAL_DEBUG=1 shows where.",
    )


def _tell(mistake: Mistake) -> None:
    told = f"{click.style('error:', fg='red', bold=True)} {mistake}"
    click.echo(told, err=True, color=_colour())


def _colour() -> bool | None:
    """Leave it to the terminal, or refuse it (https://no-color.org)."""
    return False if "NO_COLOR" in os.environ else None
