"""The golden comparisons: each document's cost table beside list price, and the ways to a model.

`make golden` (python -m tests.golden.documents) writes them anew; the difference is for a
person to read before it is committed.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from click import unstyle

from seatrial.cli.cost_against import against
from seatrial.cli.cost_break_even import break_even
from tests.golden.costs import our_books
from tests.golden.systems import EXAMPLES, ROOT

HOME = Path(__file__).parent / "documents"


WAYS = "support.ways"
COMPARISONS = (*EXAMPLES, WAYS)


@cache
def comparison(name: str) -> str:
    """Give a comparison as it is printed."""
    with our_books():
        if name == WAYS:
            return unstyle(break_even(ROOT / "examples/support", "seed", as_json=False))
        return unstyle(against(ROOT / "examples" / name, "seed", as_json=False))


def golden_comparisons() -> Iterator[tuple[Path, str]]:
    """Give each golden file and what should be in it."""
    for name in COMPARISONS:
        yield HOME / f"{name}.txt", comparison(name)


def write(home: Path, wanted: Iterator[tuple[Path, str]]) -> None:
    """Write golden files, and take away what is no longer one."""
    home.mkdir(exist_ok=True)
    files = dict(wanted)
    for old in set(home.iterdir()) - files.keys():
        old.unlink()
        print(f"gone: {old.name}")
    for file, text in files.items():
        changed = not file.exists() or file.read_text() != text
        file.write_text(text)
        print(f"{'written' if changed else 'as it was'}: {home.name}/{file.name}")


if __name__ == "__main__":
    write(HOME, golden_comparisons())
