"""docs/costs.md shows the golden comparisons."""

from scripts.docs import costs
from scripts.docs.markdown import DOCS


def test_the_document_shows_the_golden_files() -> None:
    assert (DOCS / "costs.md").read_text("utf-8") == costs.render(), "python -m scripts.docs"
