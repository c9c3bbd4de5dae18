"""One table of a TOML file, read value by value.

Takes what stands in the table, gives values of the kind that is asked for; what is of another
kind, and what nobody asked for, is one `Mistake` with the file and the place in it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seatrial.graph.measures import FORM, MEASURES, MOST, NoLevels, read_levels
from seatrial.mistake import Mistake, Place, closest
from seatrial.price.quantity import Quantity
from seatrial.price.usage import Said, Usage


class TableReader:
    """One table, whose values are asked for one by one; `where` is its place in the file."""

    def __init__(self, path: Path, where: str, values: Mapping[str, Any]) -> None:
        self.path = path
        self.where = where
        self.values = values
        self.asked: set[str] = set()

    def wrong(self, what: str, right: str = "") -> Mistake:
        """Make the mistake that tells what is wrong, and where."""
        at = f"{self.where}: " if self.where else ""
        return Mistake(f"{at}{what}", Place(str(self.path)), right)

    def done(self) -> None:
        """Refuse what nobody asked for."""
        for name in self.values:
            if name not in self.asked:
                raise self.wrong(f"nothing is called {name!r} here.", closest(name, self.asked))

    def get(self, name: str) -> Any:
        """Give what is written, None where nothing is; it counts as asked for."""
        self.asked.add(name)
        return self.values.get(name)

    def text(self, name: str, default: str) -> str:
        """Read a text."""
        found = self.get(name)
        if found is None:
            return default
        if not isinstance(found, str):
            raise self.wrong(f"{name} must be a text, not {found!r}.")
        return found

    def number(self, name: str) -> float:
        """Read a number, which must be there."""
        found = self.get(name)
        if type(found) not in (int, float) or not abs(found) <= MOST:
            raise self.wrong(f"{name} must be a number, not {found!r}.")
        return float(found)

    def numbers(self, name: str) -> list[float]:
        """Read a list of numbers, which must be there."""
        found = self.get(name)
        if not isinstance(found, list):
            raise self.wrong(f"{name} must be a list of numbers, not {found!r}.")
        return [
            TableReader(self.path, f"{self.where}{name}", {"": each}).number("") for each in found
        ]

    def range(self, name: str) -> tuple[float, float] | None:
        """Read a number, or two: from and to."""
        found = self.get(name)
        if found is None:
            return None
        two = found if isinstance(found, list) else [found, found]
        numbers = [each for each in two if type(each) in (int, float) and abs(each) <= MOST]
        if len(two) != 2 or len(numbers) != 2 or numbers[0] > numbers[1]:
            raise self.wrong(f"{name} must be a number, or two: from and to; not {found!r}.")
        return float(numbers[0]), float(numbers[1])

    def inner(self, name: str) -> "TableReader":
        """Read a table inside, which must be there."""
        found = self.get(name)
        if not isinstance(found, Mapping):
            raise self.wrong(f"{name} must be a table, not {found!r}.")
        return TableReader(self.path, f"{self.where}{name}.", found)

    def figures(self, name: str) -> dict[str, float]:
        """Read a table of numbers, none where nothing is written."""
        if self.get(name) is None:
            return {}
        inner = self.inner(name)
        return {each: inner.number(each) for each in inner.values}

    def several(self, name: str) -> Iterator["TableReader"]:
        """Read a list of tables, none where nothing is written."""
        found = self.get(name)
        for number, each in enumerate(found if isinstance(found, list) else []):
            if not isinstance(each, Mapping):
                raise self.wrong(f"{name} must hold tables, not {each!r}.")
            said = each.get("id") or each.get("name") or each.get("title") or number + 1
            yield TableReader(self.path, f"{name} {said}", each)
        if found is not None and not isinstance(found, list):
            raise self.wrong(f"{name} must be a list of tables, not {found!r}.")

    def tables(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """Read a table of tables, none where nothing is written."""
        found = self.get(name)
        if found is None:
            return {}
        if not isinstance(found, Mapping) or not all(
            isinstance(each, Mapping) for each in found.values()
        ):
            raise self.wrong(f"{name} must be a table of parts, each with its values.")
        return found

    def usage(self, name: str) -> Usage:
        """Read usage: part -> measure -> a number, or three."""
        said: dict[str, dict[str, Said]] = {}
        by = self.path.name
        for part, measures in self.tables(name).items():
            for measure, value in measures.items():
                if measure not in MEASURES:
                    what = f"{name}.{part}: there is no measure {measure!r}."
                    raise self.wrong(what, closest(measure, MEASURES))
                try:
                    levels = Quantity(*read_levels(measure, value))
                except NoLevels as why:
                    raise self.wrong(f"{name}.{part}.{measure}: {why}.", FORM) from None
                said.setdefault(part, {})[measure] = Said(levels, by)
        return Usage(said)
