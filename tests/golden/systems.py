"""The golden files: what each example system is, in each environment.

`make golden` (python -m tests.golden.systems) writes them anew; the difference is for a person
to read before it is committed.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from seatrial.cli.options import checked_graph
from seatrial.graph import Graph
from seatrial.language.loading import load
from seatrial.template import render_json, render_yaml
from seatrial.terraform import folder

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(__file__).parent
EXAMPLES = ("fastapi-app", "analytics", "support", "chat", "assistant")
TERRAFORM = (("fastapi-app", "staging"),)


@cache
def graphs(example: str) -> dict[str, Graph]:
    """Give an example's graph in each of its environments and second regions."""
    system = load(ROOT / "examples" / example)
    return {name: checked_graph(system, name) for name in system.deployments}


def siblings(example: str, name: str) -> list[Graph]:
    """Give the environments that a folder of Terraform has variables for; a second region: none."""
    declared = load(ROOT / "examples" / example).environments
    return [graphs(example)[each] for each in declared if name in declared]


def golden_files(examples: Iterable[str] = EXAMPLES) -> Iterator[tuple[Path, str]]:
    """Give each golden file of examples and what should be in it."""
    for example in examples:
        for name, graph in graphs(example).items():
            yield FOLDER / f"{example}.{name}.json", render_json(graph)
            yield FOLDER / f"{example}.{name}.yaml", render_yaml(graph)


def terraform_home(example: str, name: str) -> Path:
    """Give the golden folder of one environment's Terraform."""
    return FOLDER / f"{example}.{name}.terraform"


def terraform_files() -> Iterator[tuple[Path, str]]:
    """Give each golden file of Terraform and what should be in it."""
    for example, name in TERRAFORM:
        for path, text in folder(graphs(example)[name], siblings(example, name)).files.items():
            yield terraform_home(example, name) / path, text


if __name__ == "__main__":
    files = [*golden_files(), *terraform_files()]
    wanted = {file for file, _ in files}
    for home in (terraform_home(*each) for each in TERRAFORM):
        for old in home.rglob("*"):
            if old.is_file() and old not in wanted:
                old.unlink()
                print(f"gone: {old.name}")
    for file, text in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        changed = not file.exists() or file.read_text() != text
        file.write_text(text)
        print(f"{'written' if changed else 'as it was'}: {file.relative_to(FOLDER)}")
