"""The golden files of the pipelines: `python -m tests.pipeline.golden_files` writes them anew."""

from collections.abc import Iterator
from pathlib import Path

from seatrial.pipeline.bootstrap import Budget, bootstrap
from seatrial.pipeline.codepipeline import codepipeline
from seatrial.pipeline.github import workflows
from seatrial.template import render_json, render_yaml
from tests.pipeline.systems import example, example_suites

FOLDER = Path(__file__).parent / "golden"


def golden_files() -> Iterator[tuple[Path, str]]:
    """Give each golden file and what should be in it."""
    for name, text in workflows(example(), example_suites()).items():
        if name.endswith(".yml"):
            yield FOLDER / f"fastapi-app.{Path(name).name}", text
    pipeline = codepipeline(example(), example_suites(), "pipeline/delivery.sh")
    yield FOLDER / "fastapi-app.codepipeline.json", render_json(pipeline)
    made = bootstrap(example(), Budget(120, "ops@example.com"))
    yield FOLDER / "fastapi-app.bootstrap.yaml", render_yaml(made)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in golden_files():
        changed = not file.exists() or file.read_text() != text
        file.write_text(text)
        print(f"{'written' if changed else 'as it was'}: {file.name}")
