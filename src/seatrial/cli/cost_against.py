"""`seatrial cost --against`: a document's own cost table beside list prices, line by line."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click import style

from seatrial.cli.cost_diff import CENT, signed
from seatrial.cli.cost_json import rounded
from seatrial.cli.cost_text import WIDTH, amount, fitted, left_out, wrapped
from seatrial.cli.pricing import book_of, parts_of, priced
from seatrial.mistake import Mistake, Place, closest
from seatrial.price.against import Compared, Comparison, compare, most_saved
from seatrial.price.bill import total
from seatrial.price.document import Document, Table, document, seed
from seatrial.price.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seatrial.language import System
    from seatrial.price.bill import Bill
    from seatrial.price.line import Line

FIGURE = 18
NAME = WIDTH - 3 * FIGURE


def against(path: Path, what: str, *, as_json: bool) -> str:
    """Compare a system with the tables of its seed document, or of a file (`what`)."""
    from seatrial.language.loading import load

    system = load(path)
    found = document_of(system, what)
    if not found.tables:
        reason = found.without or "it holds no table"
        if what != "seed" and not found.without:
            raise Mistake("it holds no table.", Place(what), "Write [[table]] with its rows.")
        if as_json:
            return json.dumps({"document": found.name, "tables": [], "without": reason}, indent=2)
        return wrapped(f"{found.name} has no cost table to compare with: {reason}.", 0)
    compared = [_compared(system, what, each) for each in found.tables]
    if as_json:
        tables = [_json(each) for each in compared]
        return json.dumps({"document": found.name, "currency": "USD", "tables": tables}, indent=2)
    return "\n".join(_text(found, each) for each in compared)


def _compared(system: "System", what: str, table: Table) -> Comparison:
    """Compare one table; what is wrong with it is told of the document, not of the system."""
    try:
        return compared_with(system, table)
    except Mistake as mistake:
        if what == "seed":
            raise
        said = f"table {table.title!r}: {mistake.what}"
        raise Mistake(said, Place(what), mistake.right) from None


def document_of(system: "System", what: str) -> Document:
    """Find the document: the seed's that has the system's name, or a file."""
    if what != "seed":
        return document(Path(what))
    found = seed(system.name)
    if found is None:
        raise Mistake(
            f"no seed document describes a system {system.name!r}.",
            right="Name a TOML file of your own instead.",
        )
    return found


def bill_with(
    system: "System",
    environment: str,
    change: "Mapping[str, Mapping[str, Any]]",
    usage: "Usage",
    *,
    alone: bool = False,
) -> "Bill":
    """Price an environment with values of parts changed; `alone`: at this usage and no other."""
    from seatrial.lower import lower
    from seatrial.price.bill import bill

    here = system.in_environment(environment)
    named = {here.part(each).name: each for each in system.parts()}
    for name in change:
        if name not in named:
            what = f"{environment} has no part {name!r} to change."
            raise Mistake(what, right=closest(name, named))
    changed = here.varied({named[name]: values for name, values in change.items()}, {})
    graph = lower(changed)
    known = parts_of(graph)
    for name in usage.names:
        if name not in known and name not in graph.resources:
            what = f"{environment} has no part {name!r} to speak of."
            raise Mistake(what, right=closest(name, known))
    if alone:
        return bill(graph, book_of(graph.region), usage, elsewhere=book_of)
    return priced(graph, usage=usage)


def compared_with(system: "System", table: Table) -> Comparison:
    """Compare one table with the system's bill at the table's own usage."""
    bill = bill_with(system, table.environment, table.change, table.usage, alone=True)
    described = bill_with(system, table.environment, {}, Usage())
    return compare(table, bill, described, book_of(bill.region))


def _text(document: Document, compared: Comparison) -> str:
    table, bill = compared.table, compared.bill
    title = f"{document.name}  {table.title}"
    text = [
        style(title if len(title) <= WIDTH else table.title, bold=True) + "\n",
        style(f"beside {bill.system}  {bill.environment}  {bill.region}\n", dim=True),
        style(_columns("US dollars a month", "document", "list price", "difference"), dim=True),
        "\n",
    ]
    for row in compared.rows:
        text += _row(row)
    text += _sums(compared)
    text += _outside(compared)
    text += _savings(compared)
    text += _verdict(compared)
    if table.note:
        text.append("\n" + wrapped(table.note, 0))
    return "".join(text)


def _columns(name: str, *figures: str) -> str:
    shown = f"{fitted(name, NAME - 1):<{NAME}}"
    return (shown + "".join(f"{each:>{FIGURE}}" for each in figures)).rstrip() + "\n"


def _range(two: tuple[float, float], sign: bool = False) -> str:
    one = signed if sign else amount
    low, high = (one(each) for each in two)
    return low if low == high else f"{low} to {high}"


def _row(row: Compared) -> "Iterable[str]":
    said = _range(row.row.usd)
    if row.known:
        difference = _range(row.difference, sign=True)
        yield _columns(row.row.id, said, amount(row.listed.expected), difference)
    else:
        yield _columns(row.row.id, said, "unknown", "")
    yield wrapped(row.row.quote, 2)
    parts: dict[str, list[Line]] = {}
    for line in row.lines:
        if line.known and line.cost.expected >= CENT:
            parts.setdefault(line.component, []).append(line)
    if row.known and len(parts) > 1:
        sums = [f"{name} {amount(total(lines).expected)}" for name, lines in parts.items()]
        yield wrapped(f"= {' + '.join(sums)}", 2)
    if row.known and not row.listed.steady:
        low, high = amount(row.listed.low), amount(row.listed.high)
        yield wrapped(f"list price from {low} to {high}", 2)
    if not row.known:
        yield wrapped(f"unknown: {row.missing}", 2)
    yield wrapped(row.row.why, 2)


def _sums(compared: Comparison) -> "Iterable[str]":
    known = compared.said_of_known
    low, high = known
    name = "these rows" if all(each.known for each in compared.rows) else "rows with a list price"
    difference = _range((compared.listed - high, compared.listed - low), sign=True)
    yield "\n" + style(
        _columns(name, _range(known), amount(compared.listed), difference), bold=True
    )
    if compared.table.says is not None and compared.table.says != compared.said:
        yield _columns("the document's total", _range(compared.table.says), "", "")


def _outside(compared: Comparison) -> "Iterable[str]":
    if compared.table.says is None:
        return
    yield "\n" + style(_wide("the document has no row for", compared.missing), bold=True)
    grouped: dict[tuple[str, str], list[Line]] = {}
    for line in compared.left_out:
        if line.known and line.cost.expected >= CENT:
            grouped.setdefault((line.part, line.component), []).append(line)
    for (part, component), lines in sorted(
        grouped.items(), key=lambda each: -total(each[1]).expected
    ):
        yield _wide(f"  {part}: {component}", total(lines).expected)
    free = total(compared.free).expected
    if free < 0:
        yield "\n" + _wide("always free (if no other system uses it)", free)
    whole = compared.bill.total.expected
    yield "\n" + style(_wide("the whole system at list price", whole), bold=True)
    yield from (
        _wide(f"  without {row.row.id}, which it has not", row.listed.expected)
        for row in compared.rows
        if row.row.direct and row.known
    )
    described = compared.described.total.expected
    yield _wide("  as described, with its own traffic", described)
    unknown = left_out(compared.bill.system, compared.bill.unknown)
    if unknown:
        yield "\nno figure here holds\n"
        yield from (wrapped(f"- {each}", 2) for each in unknown)


def _wide(name: str, usd: float) -> str:
    room = NAME + FIGURE
    return f"{fitted(name, room - 1):<{room}}{amount(usd):>{FIGURE}}\n"


def _savings(compared: Comparison) -> "Iterable[str]":
    if not compared.saved:
        return
    yield "\n" + style("what the document would save", bold=True) + "\n"
    for each in compared.saved:
        usd = f"{_range(each.usd)} of list price if it is so" if each.usd else ""
        yield _columns(each.option.id, "", "", "").rstrip() + (f"  {usd}" if usd else "") + "\n"
        yield wrapped(each.option.quote, 2)
        yield wrapped(each.option.why, 2)


def verdict(compared: Comparison) -> list[str]:
    """Say in sentences how far off a table is."""
    table = compared.table
    if table.says is None:
        return []
    low, high = table.says
    whole = compared.bill.total.expected
    said = _range(compared.said_of_known)
    rows = (
        f"The document says {_range(table.says)}. Its rows that have a list price say "
        f"{said} and cost {amount(compared.listed)}: "
        f"{_off(compared.listed, *compared.said_of_known)} that."
    )
    system = (
        f"The system costs {amount(whole)}, {_off(whole, low, high)} the document's total, "
        "and more where traffic is not counted."
    )
    found = [rows, system]
    if table.optimised is not None:
        goal = table.optimised.usd[1]
        least = whole - most_saved(table, compared.bill)
        found.append(
            f'{table.optimised.id}: "{table.optimised.quote}". Were every saving that it names '
            f"as large as it says, and possible, {amount(least)} would be left: "
            + (
                f"{amount(least - goal)} over that."
                if least > goal
                else "that can be reached on paper."
            )
        )
    return found


def _off(usd: float, low: float, high: float) -> str:
    """Say by how much a figure is off another, or a range."""
    if low <= usd <= high and low != high:
        return "within"
    nearest = high if usd > high else low
    if not nearest:
        return "from nothing"
    percent = round((usd / nearest - 1) * 100)
    if percent == 0:
        return "as much as"
    return f"{abs(percent)} % {'more' if percent > 0 else 'less'} than"


def _verdict(compared: Comparison) -> "Iterable[str]":
    sentences = verdict(compared)
    if sentences:
        yield "\n"
        yield from (wrapped(each, 0) for each in sentences)


def _json(compared: Comparison) -> "dict[str, Any]":
    table = compared.table
    return {
        "title": table.title,
        "rows_of_document": table.rows,
        "environment": table.environment,
        "says": table.says,
        "rows": [
            {
                "id": each.row.id,
                "quote": each.row.quote,
                "document": each.row.usd,
                "list": rounded(each.listed) if each.known else None,
                "difference": [round(one, 2) for one in each.difference] if each.known else None,
                "unknown": each.missing or None,
                "why": each.row.why,
                "lines": [
                    {"part": line.part, "component": line.component, "key": line.key}
                    for line in each.lines
                ],
            }
            for each in compared.rows
        ],
        "list": round(compared.listed, 2),
        "left_out": [
            {"part": line.part, "component": line.component, "list": rounded(line.cost)}
            for line in compared.left_out
            if line.known and not line.empty
        ],
        "always_free": round(total(compared.free).expected, 2),
        "unknown": left_out(compared.bill.system, compared.bill.unknown),
        "system": rounded(compared.bill.total),
        "described": rounded(compared.described.total),
        "savings": [
            {
                "id": each.option.id,
                "quote": each.option.quote,
                "percent": each.option.percent,
                "list": [round(one, 2) for one in each.usd] if each.usd else None,
                "why": each.option.why,
            }
            for each in compared.saved
        ],
        "verdict": verdict(compared),
        "note": table.note or None,
    }
