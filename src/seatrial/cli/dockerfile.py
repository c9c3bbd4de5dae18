"""`seatrial dockerfile`: the Dockerfile that a program's image is built with."""

from pathlib import Path

import click

from seatrial.mistake import Mistake, closest


@click.command(name="dockerfile")
@click.argument("part")
@click.option("--system", default=".", type=click.Path(path_type=Path), help="System or folder.")
@click.option("--env", "environment", default="production", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def command(part: str, system: Path, environment: str, out: Path | None) -> None:
    """Print the Dockerfile for PART, a service or a job."""
    from seatrial.image import dockerfile
    from seatrial.language.access import AtTask
    from seatrial.language.loading import find, load
    from seatrial.language.service import Program, Service

    file = find(system)
    parts = load(file).in_environment(environment).parts
    programs = {each.name: each for each in parts if isinstance(each, Program)}
    if part not in programs:
        raise Mistake(f"there is no service or job {part!r}.", right=closest(part, programs))
    program = programs[part]
    port = program.port if isinstance(program, Service) else None
    on_aws = {"HOST": "0.0.0.0", "PORT": str(port or "")}  # noqa: S104 - inside the container
    words = [on_aws[w.name] if isinstance(w, AtTask) else w for w in program.command]
    path = program.probe.path if isinstance(program, Service) and port else None
    text = dockerfile(file.parent / program.source, words, port, path)
    if out is None:
        click.echo(text, nl=False)
    else:
        from seatrial.cli.writing import write

        write(out, text)
