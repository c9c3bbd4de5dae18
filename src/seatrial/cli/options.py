"""What commands share: naming the system, the environment, or a template, and reading them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from seatrial.graph import Graph
from seatrial.mistake import Mistake, Mistakes

if TYPE_CHECKING:
    from seatrial.language import System

F = TypeVar("F", bound=Callable[..., Any])


def system_argument(command: F) -> F:
    """Add SYSTEM: a `system.py` or its folder, default the current folder."""
    return click.argument("system", default=".", type=click.Path(path_type=Path))(command)


def environment_option(command: F) -> F:
    """Add `--env`, default production."""
    return click.option(
        "--env", "environment", default="production", show_default=True, help="Environment."
    )(command)


def graph_of(path: Path, environment: str) -> Graph:
    """Read a system's file and give its checked graph in one environment."""
    from seatrial.language.loading import load

    return checked_graph(load(path), environment)


def checked_graph(system: "System", environment: str) -> Graph:
    """Give a system's graph in one environment, held against AWS's schemas and rules."""
    from seatrial.graph.check import check
    from seatrial.lower import lower

    graph = lower(system.in_environment(environment))
    mistakes = check(graph)
    if mistakes:
        raise Mistakes(mistakes)
    return graph


TEMPLATES = (".json", ".template", ".yaml", ".yml")
"""How a file ends that is a template rather than a description."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a command reads: a system in one environment, or a template that stands by itself."""

    system: Path
    environment: str
    template: Path | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    region: str | None = None

    def read(self) -> "Read":
        """Give the graph; of a template, with what was assumed where it leaves something open."""
        if self.template is None:
            if self.system.suffix in TEMPLATES and self.system.is_file():
                what = f"{self.system} is no system.py."
                raise Mistake(what, right=f"Is it a template? Say --template {self.system}")
            return Read(graph_of(self.system, self.environment))
        from seatrial.template.reading import read_template

        reading = read_template(self.template, dict(self.parameters), self.region)
        return Read(reading.graph, reading.assumptions)


@dataclass(frozen=True, slots=True)
class Read:
    """A graph, and what was assumed to get it: sentences, none where Seatrial lowered it."""

    graph: Graph
    assumptions: tuple[str, ...] = ()


def source_options(command: F) -> F:
    """Add SYSTEM, `--env`, `--template`, `--parameter`, `--region`; the command gets one `source`.

    SYSTEM comes after the arguments that are declared above it.
    """

    @wraps(command)
    def taking(
        *args: Any,
        system: Path,
        environment: str,
        template: Path | None,
        parameters: tuple[str, ...],
        region: str | None,
        **options: Any,
    ) -> Any:
        context = click.get_current_context()
        if template is None and (parameters or region is not None):
            raise click.UsageError("--parameter and --region are for --template.")
        for name, said in (("system", "SYSTEM"), ("environment", "--env")):
            given = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
            if template is not None and given:
                raise click.UsageError(f"{said} and --template exclude each other.")
        pairs = tuple(_pair(each) for each in parameters)
        names = [name for name, _ in pairs]
        for name in names:
            if names.count(name) > 1:
                raise click.BadParameter(f"{name} stands twice.", param_hint="'--parameter'")
        source = Source(system, environment, template, pairs, region)
        return command(*args, source=source, **options)

    for add in (
        click.option("--region", metavar="REGION", help="The template's region."),
        click.option(
            "--parameter",
            "parameters",
            multiple=True,
            metavar="NAME=VALUE",
            help="A value for one of the template's parameters; can be repeated.",
        ),
        click.option(
            "--template",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Read this CloudFormation template (JSON or YAML) instead of a system.",
        ),
        environment_option,
        system_argument,
    ):
        taking = add(taking)
    return taking  # type: ignore[return-value]  # it takes what click gives, not what F takes


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE.", param_hint="'--parameter'")
    return name, value


def tell_assumptions(assumptions: Iterable[str]) -> None:
    """Print on standard error what was assumed, a line each."""
    for each in assumptions:
        click.echo(f"assumed: {each}", err=True)
