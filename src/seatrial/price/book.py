"""AWS's list prices in one region, each with its source and date.

A price is found under a key such as `fargate.x86.vcpu_h`; `seatrial.price.catalogue`
says which offer and usage type a key stands for. Our books are files beside this
module, in US dollars. A book that the user refreshed lies in a folder of theirs and
goes before ours, price by price. Nothing here reaches the network.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seatrial.mistake import Mistake, Place

OURS = Path(__file__).parent / "data"
"""The books that come with Seatrial."""


@dataclass(frozen=True, slots=True)
class Tier:
    """From `start` units a month on, a unit costs `usd`."""

    start: float
    usd: float


@dataclass(frozen=True, slots=True)
class Price:
    """A list price: what is billed (`offer`, `usage_type`), by which `unit`, and who says so."""

    key: str
    offer: str
    usage_type: str
    unit: str
    tiers: tuple[Tier, ...]
    source: str
    date: str

    def cost(self, quantity: float) -> float:
        """Give the US dollars for a quantity a month, tier by tier."""
        total = 0.0
        for index, tier in enumerate(self.tiers):
            end = self.tiers[index + 1].start if index + 1 < len(self.tiers) else float("inf")
            total += max(0.0, min(quantity, end) - tier.start) * tier.usd
        return total


@dataclass(frozen=True, slots=True)
class Book:
    """The prices of one region."""

    region: str
    prices: Mapping[str, Price]

    def get(self, key: str) -> Price | None:
        """Give a price; None where it is not known."""
        return self.prices.get(key)

    @classmethod
    def of(cls, region: str) -> "Book":
        """Load a region's prices: the user's own, and ours where theirs have none."""
        found = [path for folder in folders() if (path := folder / f"{region}.json").is_file()]
        if not found:
            raise Mistake(
                f"there is no price book for {region}; there are {', '.join(regions())}.",
                right=f"`seatrial prices refresh --region {region}` makes one "
                "from AWS's own price list.",
            )
        prices: dict[str, Price] = {}
        for path in reversed(found):
            prices.update(load(path).prices)
        return cls(region, prices)


def users_folder() -> Path:
    """Give the folder of the user's own books: `$SEATRIAL_PRICES`, or one in their data folder."""
    named = os.environ.get("SEATRIAL_PRICES")
    if named:
        return Path(named).expanduser()
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "seatrial" / "prices"


def folders() -> tuple[Path, Path]:
    """Give where books are looked for; the first one that has a price wins."""
    return users_folder(), OURS


def regions() -> list[str]:
    """List the regions that have a book."""
    return sorted({path.stem for folder in folders() for path in folder.glob("*-*.json")})


def load(path: Path) -> Book:
    """Read one book file; a broken one is the user's to mend or to refresh."""
    try:
        written = json.loads(path.read_bytes())
        sources = written["sources"]
        prices = {
            key: _price(key, row, sources[row["source"]]) for key, row in written["prices"].items()
        }
        return Book(written["region"], prices)
    except OSError as error:
        raise Mistake(f"cannot read {path}: {error.strerror}.") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Mistake(
            "this is not a price book.",
            Place(str(path)),
            right="Delete it, or run `seatrial prices refresh` again.",
        ) from None


def _price(key: str, row: Mapping[str, Any], source: Mapping[str, str]) -> Price:
    tiers = tuple(Tier(float(start), float(usd)) for start, usd in row["tiers"])
    if not tiers:
        raise ValueError(key)
    return Price(
        key, row["offer"], row["usage_type"], row["unit"], tiers, source["text"], source["date"]
    )


def save(region: str, prices: Iterable[Price], folder: Path) -> Path:
    """Write a book, whole or not at all: whatever interrupts it, the old book stays."""
    rows: dict[str, Any] = {}
    sources: dict[tuple[str, str], str] = {}
    for price in sorted(prices, key=lambda price: price.key):
        said = sources.setdefault((price.source, price.date), str(len(sources) + 1))
        rows[price.key] = {
            "offer": price.offer,
            "usage_type": price.usage_type,
            "unit": price.unit,
            "tiers": [[tier.start, tier.usd] for tier in price.tiers],
            "source": said,
        }
    written = {
        "region": region,
        "currency": "USD",
        "sources": {name: {"text": text, "date": date} for (text, date), name in sources.items()},
        "prices": rows,
    }
    path = folder / f"{region}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(path, json.dumps(written, indent=1) + "\n")
    except OSError as error:
        raise Mistake(f"cannot write {path}: {error.strerror}.") from None
    return path


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
