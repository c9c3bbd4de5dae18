"""The golden files of the pipelines: `python -m tests.pipeline.golden_files` writes them anew."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from seatrial.pipeline.bootstrap import Budget, bootstrap
from seatrial.pipeline.codepipeline import codepipeline
from seatrial.pipeline.github import workflows
from seatrial.template import render_json, render_yaml
from tests.golden.systems import EXAMPLES
from tests.pipeline.systems import DELIVERIES, MACHINE, SUITES

FOLDER = Path(__file__).parent / "golden"
BUDGET = Budget(120, "ops@example.com")


WRITTEN = (*EXAMPLES, MACHINE)


def golden_files(systems: Iterable[str] = WRITTEN) -> Iterator[tuple[Path, str]]:
    """Give each golden file of systems and what should be in it."""
    for wanted in systems:
        made, tests = DELIVERIES[wanted](), SUITES[wanted]()
        name = wanted.replace(" ", "-")
        for file, text in workflows(made, tests).items():
            if file.endswith(".yml"):
                yield FOLDER / f"{name}.{Path(file).name}", text
        pipeline = codepipeline(made, tests, "pipeline/delivery.sh")
        yield FOLDER / f"{name}.codepipeline.json", render_json(pipeline)
        yield FOLDER / f"{name}.bootstrap.yaml", render_yaml(bootstrap(made, BUDGET))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in golden_files():
        changed = not file.exists() or file.read_text() != text
        file.write_text(text)
        print(f"{'written' if changed else 'as it was'}: {file.name}")
