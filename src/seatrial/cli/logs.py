"""`seatrial logs`: what the parts have written, the newest last."""

import time
from pathlib import Path

import click

from seatrial.mistake import Mistake, closest


@click.command(name="logs")
@click.argument("part", required=False)
@click.option("--system", default=".", type=click.Path(path_type=Path), help="System or folder.")
@click.option("--env", "environment", help="Environment; default the one that runs.")
@click.option("-f", "--follow", is_flag=True, help="Go on as more is written; Ctrl-C ends.")
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="Last lines of each log.",
)
def command(
    part: str | None, system: Path, environment: str | None, *, follow: bool, lines: int
) -> None:
    """Show the logs of PART (a service, a job, a database, an engine), or of all."""
    from seatrial.cli.local import find_session

    folder = find_session(system, environment).store / "logs"
    logs = _logs(folder, part)
    if not logs:
        names = {each.stem.rpartition("-")[0] or each.stem for each in folder.glob("*.log")}
        raise Mistake(
            f"there are no logs of {part!r}." if part else "there are no logs yet.",
            right=closest(part, names) if part else "",
        )
    positions: dict[Path, int] = {}
    for log in logs:
        text = log.read_text(errors="replace")
        positions[log] = log.stat().st_size
        for line in text.splitlines()[-lines:] if lines else ():
            _print(log, line)
    while follow:
        time.sleep(0.2)
        for log in _logs(folder, part):
            positions[log] = _print_more(log, positions.get(log, 0))


def _logs(folder: Path, part: str | None) -> list[Path]:
    found = [
        each
        for each in folder.glob("*.log")
        if part is None or each.stem == part or each.stem.rpartition("-")[0] == part
    ]
    return sorted(found, key=lambda each: each.stat().st_mtime)


def _print_more(log: Path, position: int) -> int:
    with log.open("rb") as file:
        file.seek(position)
        text = file.read()
    whole = text.rfind(b"\n") + 1
    for line in text[:whole].decode(errors="replace").splitlines():
        _print(log, line)
    return position + whole


def _print(log: Path, line: str) -> None:
    click.echo(f"{click.style(log.stem, dim=True)} {line}")
