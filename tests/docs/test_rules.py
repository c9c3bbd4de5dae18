"""docs/rules.md is what the rules say."""

from scripts.docs import rules
from scripts.docs.markdown import DOCS


def test_the_document_is_what_the_rules_say() -> None:
    assert (DOCS / "rules.md").read_text("utf-8") == rules.render(), "python -m scripts.docs"
