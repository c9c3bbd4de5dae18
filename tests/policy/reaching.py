"""Answers to "does this reach that" that a test gives itself."""

from collections.abc import Iterable, Sequence

OPEN = "the test says so"


class Ways:
    """Knows the ways that are open: (source, target) or (source, target, port).

    A way that ends in `assumed` is open only where something is assumed.
    """

    def __init__(self, ways: Iterable[Sequence[str | int]] = ()) -> None:
        self.sure = {tuple(each) for each in ways if each[-1] != "assumed"}
        self.ways = self.sure | {tuple(each[:-1]) for each in ways if each[-1] == "assumed"}

    def __call__(self, source: str, target: str, port: int | None = None) -> str:
        """Tell a way that is open."""
        return _told(self.ways, source, target, port)

    def surely(self, source: str, target: str, port: int | None = None) -> str:
        """Tell a way that is open without an assumption."""
        return _told(self.sure, source, target, port)


def _told(ways: set[tuple[str | int, ...]], source: str, target: str, port: int | None) -> str:
    open_ = any(
        way[:2] == (source, target) and (port is None or len(way) == 2 or way[2] == port)
        for way in ways
    )
    return OPEN if open_ else ""
