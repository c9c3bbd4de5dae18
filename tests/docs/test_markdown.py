"""Markdown is read and written as GitHub does."""

from scripts.docs.markdown import anchor, sections, table


def test_a_table_keeps_a_cell_in_its_column() -> None:
    assert table(("a", "b"), [("1|2", "3")]).splitlines() == [
        "| a | b |",
        "| --- | --- |",
        "| 1&#124;2 | 3 |",
    ]


def test_sections_stop_at_the_next_heading_and_skip_code() -> None:
    text = "# One\nx\n```sh\n# no heading\n```\n## Two\ny\n"
    assert sections(text) == {"One": "x\n```sh\n# no heading\n```", "Two": "y"}


def test_an_anchor_is_githubs() -> None:
    assert anchor("What the document claims, in short!") == "what-the-document-claims-in-short"
