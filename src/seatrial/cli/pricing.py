"""The bill of a graph, for every command that needs one: joins `graph` with `price`.

Takes a graph and what is said of its use, gives its bill. It prints nothing.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrial.graph import Graph
    from seatrial.price.bill import Bill
    from seatrial.price.book import Book
    from seatrial.price.usage import Usage


def priced(
    graph: "Graph",
    usage_file: Path | None = None,
    *,
    no_free: bool = False,
    usage: "Usage | None" = None,
) -> "Bill":
    """Price a graph with what its description says, and a usage file and `usage` before it."""
    from seatrial.price.bill import bill

    said = usage_of(graph, usage_file)
    if usage is not None:
        said = usage.over(said)
    return bill(graph, book_of(graph.region), said, allowances=not no_free, elsewhere=book_of)


def usage_of(graph: "Graph", usage_file: Path | None = None) -> "Usage":
    """Give what is said of a graph's use, by its description and by a file."""
    from seatrial.graph.annotations import Expected
    from seatrial.price.usage import Usage

    usage = Usage.expected(graph.annotated(Expected))
    if usage_file is None:
        return usage
    from seatrial.price.usage_file import read_usage

    return read_usage(usage_file, parts_of(graph), graph.resources).over(usage)


def parts_of(graph: "Graph") -> set[str]:
    """Give every part of which something may be said, and the system itself."""
    from seatrial.graph.annotations import Expected, Outside, Uses

    known = {graph.system, *(each.part for each in graph.annotated(Expected))}
    known |= {each.part for each in graph} - {""}
    known |= {each.part for each in graph.annotated(Outside)}
    return known | {each.used for each in graph.annotated(Uses)}


def book_of(region: str) -> "Book":
    """Give a region's prices; without a book, those that are the same all over the world."""
    from seatrial.price.book import Book, regions

    if region in regions():
        return Book.of(region)
    from seatrial.price.catalogue import ITEMS

    anywhere = Book.of("us-east-1").prices
    same = {key for key, item in ITEMS.items() if item.world}
    return Book(region, {key: price for key, price in anywhere.items() if key in same})
