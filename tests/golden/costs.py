"""The golden bills: each example's in production, and every environment's total.

`make golden` (python -m tests.golden.costs) writes them anew; the difference is for a person
to read before it is committed. A book that the user refreshed never goes into them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click import unstyle

from seatrial.cli.cost_text import amount, bill_text, explained
from seatrial.cli.pricing import priced
from seatrial.graph import Graph
from seatrial.price.bill import Bill
from tests.golden.systems import EXAMPLES, graphs

HOME = Path(__file__).parent / "cost"


@contextmanager
def our_books() -> Iterator[None]:
    """Let no book of the user's own go before ours."""
    before = os.environ.get("SEATRIAL_PRICES")
    os.environ["SEATRIAL_PRICES"] = os.devnull
    try:
        yield
    finally:
        if before is None:
            del os.environ["SEATRIAL_PRICES"]
        else:
            os.environ["SEATRIAL_PRICES"] = before


def bill_of(graph: Graph) -> Bill:
    """Price a graph at our books' prices and its description's traffic."""
    with our_books():
        return priced(graph)


def golden_bills() -> Iterator[tuple[Path, str]]:
    """Give each golden file and what should be in it."""
    totals = []
    for example in EXAMPLES:
        for name, graph in graphs(example).items():
            bill = bill_of(graph)
            total = bill.total
            figures = "".join(
                f"{amount(each):>11}" for each in (total.low, total.expected, total.high)
            )
            left = f"{len(bill.unknown):>3} unknown"
            totals.append(f"{f'{example}.{name}':<30}{figures}{left}\n")
            if name == "production":
                yield HOME / f"{example}.production.txt", unstyle(bill_text(bill))
                if example == "fastapi-app":
                    yield HOME / f"{example}.production.explained.txt", unstyle(explained(bill))
    yield HOME / "totals.txt", "".join(totals)


if __name__ == "__main__":
    HOME.mkdir(exist_ok=True)
    files = dict(golden_bills())
    for old in set(HOME.iterdir()) - files.keys():
        old.unlink()
        print(f"gone: {old.name}")
    for file, text in files.items():
        changed = not file.exists() or file.read_text() != text
        file.write_text(text)
        print(f"{'written' if changed else 'as it was'}: cost/{file.name}")
