"""Markdown, read and written: tables, headings and what stands below them.

Takes and gives texts; the folders of the documents are named here once.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_HEADING = re.compile(r"#{1,6} +(.+?) *#*$")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; a cell may hold Markdown of its own, but no line break."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in e)} |" for e in lines)


def sections(text: str) -> Mapping[str, str]:
    """Give what stands below each heading, up to the next one of any level.

    Lines in a fenced block are no headings.
    """
    found: dict[str, list[str]] = {}
    below: list[str] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if heading:
            below = found.setdefault(heading[1], [])
        else:
            below.append(line)
    return {heading: "\n".join(lines) for heading, lines in found.items()}


def anchor(heading: str) -> str:
    """Give the link to a heading, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")
