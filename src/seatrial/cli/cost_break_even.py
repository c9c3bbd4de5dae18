"""`seatrial cost --break-even` and `--compare`: ways to one thing, over how much is wanted."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from click import style

from seatrial.cli.cost_against import bill_with, document_of
from seatrial.cli.cost_text import WIDTH, amount, wrapped
from seatrial.graph.measures import MEASURES
from seatrial.mistake import Mistake, closest
from seatrial.price.bill import total
from seatrial.price.crossing import Crossing, Way, crossings
from seatrial.price.document import BreakEven, Variant
from seatrial.price.quantity import HOURS, Quantity, plain
from seatrial.price.usage import Said, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.language import System
    from seatrial.price.line import Line

DAYS = HOURS / 24
"""Days of a month of 730 hours."""
AVERAGES = ("request_kb", "response_kb", "request_ms", "spot_discount", "hours")
"""What is said of each request or of the whole month, and does not grow with the volume."""
VOLUMES = (100.0, 300.0, 1000.0, 3000.0, 10000.0, 30000.0, 100000.0)


def break_even(path: Path, what: str, *, as_json: bool) -> str:
    """Compare what a document names as ways to one thing."""
    from seatrial.language.loading import load

    system = load(path)
    document = document_of(system, what)
    if document.break_even is None:
        raise Mistake(
            f"{document.name} has no ways to compare.", right="Use --compare ENV,ENV PART.MEASURE."
        )
    return told(system, document.break_even, as_json=as_json)


def compare(path: Path, environments: str, over: str, *, as_json: bool) -> str:
    """Compare environments over a measure of a part, e.g. `llm.requests`."""
    from seatrial.language.loading import load

    system = load(path)
    part, _, measure = over.rpartition(".")
    if measure not in MEASURES or measure in AVERAGES:
        known = [each for each in MEASURES if each not in AVERAGES]
        what = f"--compare {over!r}: there is no measure {measure!r}."
        if not part:
            what = f"--compare {over!r} is not PART.MEASURE."
            raise Mistake(what, right="Write e.g. --compare production,staging api.requests.")
        raise Mistake(what, right=closest(measure, known))
    names = [each.name for each in system.parts()]
    if part not in names:
        what = f"--compare {over!r}: there is no part {part!r}."
        raise Mistake(what, right=closest(part, names))
    several = [each.strip() for each in environments.split(",")]
    if len(several) < 2 or len({*several} - {""}) < len(several):
        raise Mistake(
            f"--compare {environments!r} names no two environments.",
            right="Write e.g. --compare production,staging api.requests.",
        )
    variants = tuple(Variant(each, each, {}, Usage(), {}, "") for each in several)
    each = _each(system, part, measure)
    return told(
        system, BreakEven("", "", part, measure, VOLUMES, each, variants, ""), as_json=as_json
    )


def _each(system: "System", part: str, measure: str) -> dict[str, float]:
    """Give how much of other measures one unit takes, by what the description expects."""
    said = {
        name: levels[1]
        for each in system.expectations
        if each.part is not None and each.part.name == part
        for name, levels in each.measures.items()
    }
    volume = said.pop(measure, 0.0)
    if not volume:
        return {}
    return {name: much / volume for name, much in said.items() if name not in AVERAGES}


def told(system: "System", asked: BreakEven, *, as_json: bool) -> str:
    """Give the table and the crossings."""
    ways = [_way(system, asked, each) for each in asked.variants]
    found = crossings(ways, asked.volumes)
    return _json(asked, ways, found) if as_json else _text(system, asked, ways, found)


def _way(system: "System", asked: BreakEven, variant: Variant) -> Way:
    if variant.per:
        return Way(variant.name, _by_word(asked, variant), variant.note)
    lines: dict[float, list[Line]] = {}

    def at(volume: float) -> "list[Line]":
        if volume not in lines:
            usage = variant.usage.over(_usage(asked, volume))
            bill = bill_with(system, variant.environment, variant.change, usage)
            lines[volume] = [each for each in bill.lines if each.part == asked.part]
        return lines[volume]

    first = at(asked.volumes[0])
    out = [each for each in first if not each.known]
    reasons = "; ".join(dict.fromkeys(each.unknown for each in out))
    note, unknown = variant.note, ""
    if not first:
        unknown = f"nothing of its bill is {asked.part}'s"
    elif len(out) == len(first) or not all(each.wants for each in out):
        unknown = reasons
    elif reasons:
        note = "; ".join(filter(None, (note, f"left out: {reasons}")))
    return Way(variant.name, lambda volume: total(at(volume)).expected, note, unknown)


def _usage(asked: BreakEven, a_day: float) -> Usage:
    month = a_day * DAYS
    by = f"{plain(a_day)} a day"
    said = {asked.measure: Said(Quantity.of(month), by)}
    for name, much in asked.each.items():
        said[name] = Said(Quantity.of(month * much), by)
    return Usage({asked.part: said})


def _by_word(asked: BreakEven, variant: Variant) -> "Callable[[float], float]":
    def cost(a_day: float) -> float:
        month = a_day * DAYS
        units = {asked.measure: month, **{name: month * n for name, n in asked.each.items()}}
        units["month"] = 1.0
        return sum(units.get(name, 0.0) * usd for name, usd in variant.per.items())

    return cost


NAME = 31
FIGURE = 12


def _text(system: "System", asked: BreakEven, ways: list[Way], found: list[Crossing]) -> str:
    title = asked.title or f"{system.name}: {', '.join(each.name for each in ways)}"
    unit = f"US dollars a month by {asked.measure} of {asked.part} a day"
    text = [style(title, bold=True) + "\n", style(unit, dim=True) + "\n"]
    if asked.each:
        each = ", ".join(f"{plain(much)} {name}" for name, much in asked.each.items())
        text.append(style(f"each with {each}", dim=True) + "\n")
    columns = (WIDTH - NAME) // FIGURE
    volumes = list(asked.volumes)
    while volumes:
        now, volumes = volumes[:columns], volumes[columns:]
        head = "".join(f"{plain(each):>{FIGURE}}" for each in now)
        text.append("\n" + style(f"{'':<{NAME}}{head}", dim=True) + "\n")
        least = {
            volume: min((each.cost(volume) for each in ways if not each.unknown), default=0.0)
            for volume in now
        }
        for way in ways:
            if way.unknown:
                text.append(f"{way.name:<{NAME}}{'unknown':>{FIGURE}}\n")
                continue
            figures = ""
            for volume in now:
                cost = way.cost(volume)
                figure = f"{amount(cost):>{FIGURE}}"
                figures += style(figure, bold=True) if cost <= least[volume] else figure
            text.append(f"{way.name:<{NAME}}{figures}\n")
    text.append("\n" + style("the cheaper of two changes", bold=True) + "\n")
    text += [
        wrapped(
            f"at {plain(round(each.volume))} a day, {amount(each.cost)}: from {each.first} "
            f"to {each.then}",
            2,
        )
        for each in found
    ]
    if not found:
        text.append("  nowhere between these volumes\n")
    text.append("\n")
    for way in ways:
        why = way.unknown and f"unknown: {way.unknown}"
        if way.note or why:
            text.append(wrapped(f"{way.name}: {'; '.join(filter(None, (way.note, why)))}", 2))
    if asked.note:
        text.append("\n" + wrapped(asked.note, 0))
    return "".join(text)


def _json(asked: BreakEven, ways: list[Way], found: list[Crossing]) -> str:
    return json.dumps(
        {
            "title": asked.title,
            "rows_of_document": asked.rows,
            "part": asked.part,
            "measure": asked.measure,
            "each": dict(asked.each),
            "currency": "USD",
            "ways": [
                {
                    "name": way.name,
                    "note": way.note or None,
                    "unknown": way.unknown or None,
                    "costs": None
                    if way.unknown
                    else [
                        {"a_day": volume, "usd": round(way.cost(volume), 2)}
                        for volume in asked.volumes
                    ],
                }
                for way in ways
            ],
            "crossings": [
                {
                    "from": each.first,
                    "to": each.then,
                    "a_day": round(each.volume, 2),
                    "usd": round(each.cost, 2),
                }
                for each in found
            ],
            "note": asked.note or None,
        },
        indent=2,
    )
