"""The golden plans: the cheapest way to write each example in production that still holds.

`make golden` (python -m tests.golden.cheapest) writes them anew; the difference is for a
person to read before it is committed.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from click import unstyle

from seatrial.cli.cost_optimize import Search, cheapest
from tests.golden.checks import TODAY
from tests.golden.costs import our_books
from tests.golden.documents import write
from tests.golden.systems import EXAMPLES, ROOT

HOME = Path(__file__).parent / "cheapest"


@cache
def plan_text(example: str) -> str:
    """Give the plan of an example as it is printed, against its document's own goal."""
    search = Search(against="seed")
    with our_books():
        return unstyle(cheapest(ROOT / "examples" / example, "production", search, TODAY))


def golden_plans() -> Iterator[tuple[Path, str]]:
    """Give each golden file and what should be in it."""
    for example in EXAMPLES:
        yield HOME / f"{example}.txt", plan_text(example)


if __name__ == "__main__":
    write(HOME, golden_plans())
