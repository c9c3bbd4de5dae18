"""What commands share: naming the system, the environment, and reading them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from seatrial.graph import Graph
from seatrial.mistake import Mistakes

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
    from seatrial.language.loading import load  # noqa: PLC0415 - only where a graph is made

    return checked_graph(load(path), environment)


def checked_graph(system: "System", environment: str) -> Graph:
    """Give a system's graph in one environment, held against AWS's schemas and rules."""
    from seatrial.graph.check import check  # noqa: PLC0415 - only where a graph is made
    from seatrial.lower import lower  # noqa: PLC0415

    graph = lower(system.in_environment(environment))
    mistakes = check(graph)
    if mistakes:
        raise Mistakes(mistakes)
    return graph
