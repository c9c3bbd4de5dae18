"""`seatrial terraform`: the system as a folder of Terraform."""

from collections.abc import Mapping
from pathlib import Path

import click

from seatrial.cli.options import checked_graph, environment_option, system_argument
from seatrial.mistake import Mistake

OURS = ("*.tf", "*.auto.tfvars", "modules/*/*.tf")
"""Where files of an earlier run may be; others in the folder are the user's own."""


@click.command(name="terraform")
@system_argument
@environment_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write to this folder.  [default: terraform/ENVIRONMENT]",
)
def command(system: Path, environment: str, out: Path | None) -> None:
    """Write SYSTEM (a system.py or its folder) as Terraform for one environment."""
    from seatrial.language.loading import load
    from seatrial.terraform import HEADER, folder

    described = load(system)
    graph = checked_graph(described, environment)
    # A second region differs in more than values: it has no siblings.
    alike = described.environments if environment in described.environments else ()
    others = [name for name in alike if name != environment]
    written = folder(graph, [checked_graph(described, name) for name in others])
    home = out or Path("terraform", environment)
    _replace(home, written.files, f"# {HEADER}\n")
    places = [address.split(".")[1] for each in written.addresses.values() for address in each]
    click.echo(f"{home}: {len(places)} resources in {len(set(places))} modules")
    if written.folded:
        click.echo(f"no resource of their own, README.md says why: {', '.join(written.folded)}")


def _replace(home: Path, files: Mapping[str, str], mark: str) -> None:
    """Write the folder, and take away what an earlier run wrote and this one does not."""
    from seatrial.cli.writing import write

    try:
        for path in files:
            (home / path).parent.mkdir(parents=True, exist_ok=True)
        stale = {old for pattern in OURS for old in home.glob(pattern) if old.is_file()}
        for old in stale - {home / path for path in files}:
            if old.read_text("utf-8").startswith(mark):
                old.unlink()
    except OSError as error:
        raise Mistake(f"cannot write {home}: {error.strerror}.") from None
    for path, text in files.items():
        write(home / path, text)
