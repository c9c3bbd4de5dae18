"""What-ifs of commitments, as they are asked for and told on the command line."""

import click

from seatrial.cli.cost_text import amount
from seatrial.mistake import closest
from seatrial.price.bill import Bill
from seatrial.price.commitment import PLANS, WhatIf, what_if
from seatrial.price.quantity import plain

ALL = 100.0


def answered(texts: tuple[str, ...], bill: Bill) -> list[WhatIf]:
    """Read each `--commit KIND[=PERCENT]` and answer it."""
    return [what_if(bill, *each) for each in several(texts).items()]


def several(texts: tuple[str, ...]) -> dict[str, float | None]:
    """Read each `--commit KIND[=PERCENT]`; a kind can be bought once."""
    found: dict[str, float | None] = {}
    for name, percent in map(read, texts):
        if name in found:
            raise click.BadParameter(f"{name} stands twice.", param_hint="'--commit'")
        found[name] = percent
    return found


def read(text: str) -> tuple[str, float | None]:
    """Read one `KIND[=PERCENT]`."""
    name, equals, percent = text.partition("=")
    if name not in PLANS:
        raise click.BadParameter(
            f"there is no commitment {name!r}. {closest(name, PLANS)}", param_hint="'--commit'"
        )
    if not equals:
        return name, None
    try:
        number = float(percent.rstrip("% "))
    except ValueError:
        number = -1.0
    if not 0 <= number <= ALL:
        raise click.BadParameter(
            f"{percent!r} is no percentage from 0 to 100.", param_hint="'--commit'"
        )
    return name, number


def told(several: list[WhatIf]) -> list[str]:
    """Say each in a sentence or two."""
    return [_told(each) for each in several]


def _told(each: WhatIf) -> str:
    low, expected = amount(each.covered.low), amount(each.covered.expected)
    covers = f"{each.plan.told} covers {low} USD at low traffic, {expected} expected"
    if each.percent is None or each.saved is None:
        own = (
            f"{amount(found.of)} of it at AWS's rates of {found.rate.date} for"
            f" {found.rate.years} year{'s' if found.rate.years > 1 else ''} saves"
            f" {amount(found.saved)} USD a month ({found.rate.source})"
            for found in each.published
        )
        rest = "what it saves" + (" otherwise" if each.published else "")
        return "; ".join(
            (
                covers,
                *own,
                (
                    f"{rest} is unknown: no more rates of commitments are known."
                    f" --commit {each.plan.name}=PERCENT takes the discount that you were offered"
                    f" ({each.plan.source})"
                ),
            )
        )
    return (
        f"{covers}; committed to the low figure at {plain(each.percent)} % off by your word"
        f" it saves {amount(each.saved)} USD a month, at every traffic"
    )
