"""`seatrial template`: the CloudFormation template, on standard output or in a file."""

from pathlib import Path
from typing import Literal

import click

from seatrial.cli.options import environment_option, graph_of, system_argument


@click.command(name="template")
@system_argument
@environment_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "yaml"]),
    default="json",
    show_default=True,
    help="Form of the template.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def command(
    system: Path, environment: str, form: Literal["json", "yaml"], out: Path | None
) -> None:
    """Print the CloudFormation template of SYSTEM (a system.py or its folder)."""
    from seatrial.template import check_limits, render_json, render_yaml

    graph = graph_of(system, environment)
    text = render_json(graph) if form == "json" else render_yaml(graph)
    check_limits(graph, text)
    if out is None:
        click.echo(text, nl=False)
    else:
        from seatrial.cli.writing import write

        write(out, text)
