"""`seatrial prices`: what Seatrial knows of AWS's list prices, and how to renew it."""

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from seatrial.price.book import Price


@click.group(name="prices")
def command() -> None:
    """Show AWS's list prices with their sources, or renew them from AWS's own price list."""


@command.command()
@click.option("--region", required=True, help="The AWS region, such as eu-west-1.")
@click.option(
    "--offers",
    metavar="FOLDER_OR_URL",
    help="Read offer files from here.  [default: AWS's own server]",
)
def refresh(region: str, offers: str | None) -> None:
    """Make a region's price book from AWS's offer files (JSON or CSV), into your own folder."""
    from seatrial.price.book import users_folder
    from seatrial.price.offers_files import AWS
    from seatrial.price.offers_refresh import refresh as read

    def progress(line: str) -> None:
        click.echo(line, err=True)

    done = read(region, offers or AWS, users_folder(), progress)
    for line in done.without:
        click.echo(f"without a price: {line}", err=True)
    click.echo(f"{done.path}: {done.prices} prices; {len(done.without)} keys without one")


@command.command()
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--region", default="us-east-1", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def show(keys: tuple[str, ...], region: str, as_json: bool) -> None:
    """Print prices with their sources; KEY is a key such as nat.h, or how one begins."""
    from seatrial.price.book import Book

    book = Book.of(region)
    prices = _chosen(book.prices.values(), keys, region)
    if as_json:
        document = {"region": region, "currency": "USD", "prices": [_plain(p) for p in prices]}
        click.echo(json.dumps(document, indent=2))
        return
    numbers = {each: n for n, each in enumerate(dict.fromkeys(_said(p) for p in prices), 1)}
    wide = max((len(price.key) for price in prices), default=0)
    for price in prices:
        click.echo(f"{price.key:{wide}}  {_tiers(price)}  [{numbers[_said(price)]}]")
    click.echo()
    for each, number in numbers.items():
        click.echo(f"[{number}] {each}")


def _chosen(prices: Any, keys: tuple[str, ...], region: str) -> list["Price"]:
    from seatrial.mistake import Mistake, closest

    known = {price.key: price for price in sorted(prices, key=lambda price: price.key)}
    if not keys:
        return list(known.values())
    found: dict[str, Price] = {}
    for wanted in keys:
        fits = {
            key: price
            for key, price in known.items()
            if key == wanted or key.startswith(f"{wanted.rstrip('.')}.")
        }
        if not fits:
            kinds = {key.partition(".")[0] for key in known}
            near = closest(wanted, {*known, *kinds})
            right = (
                near if near.startswith("Did") else f"Keys begin with {', '.join(sorted(kinds))}."
            )
            raise Mistake(f"no price {wanted!r} is known in {region}.", right=right)
        found |= fits
    return list(found.values())


def _said(price: "Price") -> str:
    return f"{price.source} ({price.date})"


def _tiers(price: "Price") -> str:
    first, *rest = (f"${_number(tier.usd)}" for tier in price.tiers)
    later = (
        f", from {tier.start:,.0f} on {usd}"
        for tier, usd in zip(price.tiers[1:], rest, strict=True)
    )
    return f"{first} per {price.unit}{''.join(later)}  ({price.offer} {price.usage_type})"


def _number(usd: float) -> str:
    return f"{usd:.12f}".rstrip("0").rstrip(".") if usd else "0"


def _plain(price: "Price") -> dict[str, Any]:
    return {
        "key": price.key,
        "offer": price.offer,
        "usage_type": price.usage_type,
        "unit": price.unit,
        "tiers": [{"from": tier.start, "usd": tier.usd} for tier in price.tiers],
        "source": price.source,
        "date": price.date,
    }
