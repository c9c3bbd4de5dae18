"""`seatrial pipeline`: what delivers a system, and the stack that lets it in."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from seatrial.cli.options import system_argument
from seatrial.mistake import Mistake

if TYPE_CHECKING:
    from seatrial.pipeline.delivery import Delivery
    from seatrial.pipeline.source import Suite

AT_ONCE = 51_200
"""Bytes of a template that CloudFormation takes without a bucket."""

F = TypeVar("F", bound=Callable[..., Any])


@click.group(name="pipeline")
def command() -> None:
    """Write what delivers SYSTEM: GitHub workflows, or a CodePipeline; and its bootstrap stack."""


def _repository(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    from seatrial.pipeline.repository import repository

    return text if text is None else str(_used(repository, text))


def _branch(_: click.Context, __: click.Parameter, text: str) -> str:
    from seatrial.pipeline.repository import branch

    return str(_used(branch, text))


def _used(read: Callable[[str], Any], text: str) -> Any:
    """Tell what was typed wrong as click does: one message, exit code 2."""
    try:
        return read(text)
    except Mistake as mistake:
        raise click.BadParameter(str(mistake)) from None


def _shared(command: F) -> F:
    """Add what all three take."""
    for add in (
        click.option(
            "--branch",
            default="main",
            show_default=True,
            callback=_branch,
            help="The branch that is delivered.",
        ),
        click.option(
            "--env",
            "wanted",
            metavar="NAME",
            multiple=True,
            help="An environment to deliver to; give it again for the next one. "
            "By default test, staging and production, as far as SYSTEM has them.",
        ),
        click.option(
            "--repository",
            "named",
            metavar="OWNER/NAME",
            callback=_repository,
            help="The repository on GitHub; by default git's remote 'origin'.",
        ),
        system_argument,
    ):
        command = add(command)
    return command


def _form(default: str) -> Callable[[F], F]:
    return click.option(
        "--format",
        "form",
        type=click.Choice(["json", "yaml"]),
        default=default,
        show_default=True,
        help="Form of the template.",
    )


_FILE = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)


@command.command()
@_shared
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the files below this folder, the repository's root.",
)
def github(
    system: Path, named: str | None, branch: str, wanted: tuple[str, ...], out: Path | None
) -> None:
    """Write the GitHub workflows of SYSTEM: pull requests, and delivery of the branch."""
    from seatrial.cli.main import COMMANDS
    from seatrial.pipeline.github import workflows

    delivery, suites = _delivery(system, named, branch, wanted)
    written = workflows(delivery, suites, check="check" in COMMANDS)
    _print(written, out)


@command.command()
@_shared
@_form("json")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the template and its script to this folder of the repository.",
)
def codepipeline(
    system: Path,
    named: str | None,
    branch: str,
    wanted: tuple[str, ...],
    form: str,
    out: Path | None,
) -> None:
    """Write the CodePipeline of SYSTEM, as a template."""
    from seatrial.pipeline.codepipeline import SCRIPT, codepipeline, script
    from seatrial.pipeline.repository import root_of

    delivery, suites = _delivery(system, named, branch, wanted)
    folder = "pipeline"
    if out is not None:
        folder = _within(out, root_of(Path.cwd()))
    graph = codepipeline(delivery, suites, f"{folder}/{SCRIPT}")
    _print({f"pipeline.{form}": _template(graph, form), SCRIPT: script()}, out)


@command.command()
@_shared
@click.option(
    "--for",
    "delivered_by",
    type=click.Choice(["github", "codepipeline"]),
    default="github",
    show_default=True,
    help="What delivers.",
)
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    metavar="DOLLARS",
    help="What a month may cost; --email is told at 80 percent, and when more is to come.",
)
@click.option("--email", help="Who is told of the budget.")
@click.option(
    "--provider/--no-provider",
    default=True,
    help="Make GitHub's identity provider, or use the one that the account has.",
)
@click.option(
    "--trail/--no-trail",
    default=True,
    help="Make the account's audit trail, or leave it to the one that there is.",
)
@_form("yaml")  # which is short enough to be created without a bucket
@_FILE
def bootstrap(
    system: Path,
    named: str | None,
    branch: str,
    wanted: tuple[str, ...],
    delivered_by: str,
    budget: float | None,
    email: str | None,
    provider: bool,
    trail: bool,
    form: str,
    out: Path | None,
) -> None:
    """Write the stack that a person makes once: roles, repositories, buckets, trail, budget."""
    from seatrial.pipeline.bootstrap import Budget, bootstrap

    limit = None
    if (budget is None) != (email is None):
        raise click.UsageError("--budget and --email go together: an amount, and who is told.")
    if budget is not None and email is not None:
        if not math.isfinite(budget):
            raise click.BadParameter("it is no amount of dollars.", param_hint="'--budget'")
        limit = Budget(budget, _used(_address, email))
    delivery, _ = _delivery(system, named, branch, wanted, quiet=True)
    graph = bootstrap(
        delivery, limit, github=delivered_by == "github", provider=provider, trail=trail
    )
    text = _template(graph, form)
    if len(text.encode()) > AT_ONCE:
        click.echo(
            f"larger than {AT_ONCE:,} bytes: create it in CloudFormation's console, or with "
            "aws cloudformation deploy --s3-bucket",
            err=True,
        )
    if out is None:
        click.echo(text, nl=False)
    else:
        from seatrial.cli.writing import write

        write(out, text)


def _address(text: str) -> str:
    import re

    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        raise Mistake(f"{text!r} is no e-mail address.")
    return text


def _delivery(
    path: Path, named: str | None, branch: str, wanted: tuple[str, ...], *, quiet: bool = False
) -> "tuple[Delivery, Mapping[str, Suite]]":
    """Read a system, the environments that it passes on its way, and its folders' tests."""
    from seatrial.cli.options import checked_graph
    from seatrial.language.loading import find, load
    from seatrial.pipeline.delivery import delivery
    from seatrial.pipeline.repository import from_git, repository, root_of
    from seatrial.pipeline.source import DEPLOYED, all_suites

    file = find(path).resolve()
    system = load(file)
    where = repository(named) if named else from_git(file.parent)
    there = list(system.environments) or ["production"]  # which every system has, said or not
    names = _on_the_way(system.name, there, wanted)
    graphs = [checked_graph(system, name) for name in names]
    root = root_of(file.parent)
    made = delivery(graphs, where, branch, _within(file.parent, root))
    suites = all_suites(file.parent, made)
    if not quiet:
        click.echo(f"delivered to: {_listed(made)}", err=True)
        if others := [each for each in there if each not in names]:
            click.echo(f"not delivered to: {', '.join(others)} (--env names them)", err=True)
        if seconds := [each for each in system.deployments if each not in there]:
            told = f"a second region is updated by a person: {', '.join(seconds)}"
            click.echo(told, err=True)
        for folder in made.folders:
            if folder not in suites or not suites[folder].test:
                click.echo(f"{folder}: no tests were found, so none are run", err=True)
        for folder in DEPLOYED:
            if folder not in made.folders and (file.parent / folder).is_dir():
                click.echo(f"{folder}: {_asked_by(folder, made, suites)}", err=True)
    return made, suites


def _asked_by(folder: str, made: "Delivery", suites: "Mapping[str, Suite]") -> str:
    """Say when a suite beside the description runs."""
    from seatrial.pipeline.deployed import suites_after

    if folder not in suites:
        return "no tests were found, so none are run"
    first = made.stages[0]
    if folder in suites_after(made, first, suites):
        return f"runs against {first.environment} once it is delivered to"
    return f"not run, because {first.environment} comes first and tests leave things behind"


def _on_the_way(system: str, there: list[str], wanted: tuple[str, ...]) -> list[str]:
    """Give the environments that a delivery passes, in their order."""
    from seatrial.mistake import closest
    from seatrial.pipeline.delivery import ORDER

    for name in wanted:
        if name not in there:
            raise Mistake(
                f"{system} has no environment {name!r} to deliver to.", right=closest(name, there)
            )
    if len(set(wanted)) < len(wanted):
        raise Mistake("an environment is delivered to once.", right="Name each with one --env.")
    if names := list(wanted) or [name for name in ORDER if name in there]:
        return names
    raise Mistake(
        f"{system} has none of {', '.join(ORDER)}, so that its way is not known.",
        right=f"Name it, in order, with --env: {', '.join(there)}.",
    )


def _listed(made: "Delivery") -> str:
    return ", then ".join(
        f"{each.environment} once somebody has approved"
        if made.asks_before(each)
        else each.environment
        for each in made.stages
    )


def _within(folder: Path, root: Path) -> str:
    """Give a folder relative to the repository's root."""
    try:
        return folder.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        raise Mistake(f"{folder} is outside the repository {root}.") from None


def _template(graph: Any, form: str) -> str:
    """Give a graph's template, held against AWS's schemas as every other."""
    from seatrial.graph.check import check
    from seatrial.mistake import Mistakes
    from seatrial.template import check_limits, render_json, render_yaml

    if mistakes := check(graph):
        raise Mistakes(mistakes)
    text = render_json(graph) if form == "json" else render_yaml(graph)
    check_limits(graph, text)
    return text


def _print(written: Mapping[str, str], out: Path | None) -> None:
    """Write files below a folder, or print them one after the other under their names."""
    if out is None:
        for name, text in written.items():
            click.echo(f"# --- {name}\n{text}", nl=False)
        return
    from seatrial.cli.writing import write

    for name, text in written.items():
        file = out / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Mistake(f"cannot write {file}: {error.strerror}.") from None
        write(file, text)
        click.echo(f"written: {file}", err=True)
