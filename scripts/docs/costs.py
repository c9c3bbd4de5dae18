"""docs/costs.md: each document's cost table beside list price, and the cheapest way that holds.

It shows the golden files, which tests hold against what `seatrial cost` prints.
"""

from pathlib import Path

GOLDEN = Path(__file__).parents[2] / "tests" / "golden"

SYSTEMS = ("fastapi-app", "analytics", "support", "chat", "assistant")

HEAD = """# What the five systems cost

Each section is what two commands print: the architecture document's own cost table beside AWS's
list prices, line by line, and the cheapest way to write the system that still keeps its
objectives and passes `check`. No price is bent to meet a table. What `seatrial cost` counts, and
what it leaves out, is told in [cost](cost.md); where the prices come from in [prices](prices.md).
"""


def render() -> str:
    """Write the document."""
    parts = [HEAD.rstrip()]
    for system in SYSTEMS:
        parts.append(f"## {system}")
        parts.append(_shown(f"documents/{system}.txt", f"cost examples/{system} --against seed"))
        if system == "support":
            asked = f"cost examples/{system} --break-even seed"
            parts.append(_shown(f"documents/{system}.ways.txt", asked))
        parts.append(_shown(f"cheapest/{system}.txt", f"cost examples/{system} --optimize"))
    return "\n\n".join(parts) + "\n"


def _shown(file: str, asked: str) -> str:
    text = (GOLDEN / file).read_text(encoding="utf-8").strip("\n")
    return f"```\n$ seatrial {asked}\n{text}\n```"
