"""A bill as plain text for a terminal of 80 columns."""

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import fill

from click import style

from seatrial.price.allowance import PART as FREE_PART
from seatrial.price.bill import Bill, total
from seatrial.price.book import Price
from seatrial.price.estimate import SERVICE
from seatrial.price.line import Line
from seatrial.price.quantity import Quantity, plain

WIDTH = 80
FIGURE = 11


def room(width: int) -> int:
    """Give the columns that a table of so many leaves to names."""
    return width - 3 * FIGURE - 2


@dataclass(frozen=True, slots=True)
class Row:
    """What one component of one part costs, of however many resources."""

    part: str
    component: str
    lines: tuple[Line, ...]

    @property
    def cost(self) -> Quantity:
        """Give what it costs."""
        return total(self.lines)

    @property
    def name(self) -> str:
        """Give the component, and how many resources it stands for."""
        count = len({each.resource for each in self.lines})
        return f"{self.component} x{count}" if count > 1 else self.component


def rows(bill: Bill) -> dict[str, list[Row]]:
    """Give the rows of each part: dearest part and row first, what is taken off last.

    What is unknown, and what there is nothing of, is in no row.
    """
    found: dict[str, list[Row]] = {}
    for part, lines in bill.parts.items():
        grouped: dict[str, list[Line]] = {}
        for line in lines:
            if line.known and not line.empty:
                grouped.setdefault(line.component, []).append(line)
        rows = [Row(part, name, tuple(each)) for name, each in grouped.items()]
        if rows:
            found[part] = sorted(rows, key=lambda row: -abs(row.cost.expected))
    order = sorted(found, key=lambda part: (part == FREE_PART, -_sum(found[part]).expected))
    return {part: found[part] for part in order}


def _sum(several: Iterable[Row]) -> Quantity:
    return total(line for row in several for line in row.lines)


def left_out(system: str, lines: Iterable[Line]) -> list[str]:
    """Say what unknown lines leave out: what nobody said, by measure, then each other reason.

    What belongs to the whole system, or to no part, is named by its logical id, as a usage
    file would.
    """
    wanted: dict[str, dict[str, None]] = {}
    others: dict[str, dict[str, None]] = {}
    for line in lines:
        if line.wants:
            own = line.resource and (line.part == system or line.part.startswith(SERVICE))
            wanted.setdefault(line.wants, {})[line.resource if own else line.part] = None
        else:
            others.setdefault(line.unknown, {})[f"{line.part}: {line.component}"] = None
    said = [f"nobody said {measure} of {', '.join(parts)}" for measure, parts in wanted.items()]
    return said + [f"{', '.join(what)}: {why}" for why, what in others.items()]


def assumed(bill: Bill) -> list[str]:
    """Say what was assumed, each once, with the parts that it is assumed of."""
    found: dict[str, dict[str, None]] = {}
    for line in bill.lines:
        for each in line.assumed:
            found.setdefault(each, {})[line.part] = None
    return [f"{what} ({', '.join(parts)})" for what, parts in found.items()]


def amount(usd: float) -> str:
    """Give US dollars with cents; less than nothing with its sign."""
    return f"{round(usd, 2) + 0.0:,.2f}"


def _figures(cost: Quantity) -> str:
    return "".join(f"{amount(each):>{FIGURE}}" for each in (cost.low, cost.expected, cost.high))


def _named(name: str, cost: Quantity, width: int, indent: int = 0) -> str:
    left = room(width) - indent
    return f"{' ' * indent}{fitted(name, left):<{left}}  {_figures(cost)}"


def fitted(name: str, room: int) -> str:
    """Cut a name that is longer than its room; how many it stands for stays."""
    if len(name) <= room:
        return name
    _, times, count = name.rpartition(" x")
    end = f"… x{count}" if times and count.isdecimal() else "…"
    return name[: room - len(end)] + end


def heading(bill: Bill, width: int = WIDTH) -> str:
    """Give the first lines: what is priced, and what the columns are."""
    what = f"{bill.system}  {bill.environment}  {bill.region}"
    columns = "".join(f"{each:>{FIGURE}}" for each in ("low", "expected", "high"))
    unit = "US dollars a month of 730 hours"
    unit = unit if len(unit) <= room(width) else "US dollars a month"
    units = f"{unit:<{room(width)}}  {columns}"
    return f"{style(what, bold=True)}\n{style(units, dim=True)}\n"


def bill_text(bill: Bill, width: int = WIDTH) -> str:
    """Give the whole bill: each part with its components, the total, what it leaves out."""
    text = [heading(bill, width)]
    for part, several in rows(bill).items():
        text.append("\n" + style(_named(part, _sum(several), width), bold=True) + "\n")
        text += [_named(row.name, row.cost, width, 2) + "\n" for row in several]
    text.append("\n" + style(_named("total", bill.total, width), bold=True, fg="cyan") + "\n")
    text += section("the total leaves out", left_out(bill.system, bill.unknown), width)
    text += section("assumed", assumed(bill), width)
    text += section("said for nothing", list(bill.unheard), width)
    return "".join(text)


def section(name: str, sentences: list[str], width: int = WIDTH) -> list[str]:
    """Give sentences below a heading; nothing without any."""
    if not sentences:
        return []
    told = (wrapped(f"- {each}", 2, width) for each in sentences)
    return ["\n" + style(name, bold=True) + "\n", *told]


def wrapped(text: str, indent: int, width: int = WIDTH) -> str:
    """Break a sentence to the width; an address stays whole."""
    return (
        fill(
            text,
            width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
        + "\n"
    )


def explained(bill: Bill, width: int = WIDTH) -> str:
    """Give each line with its arithmetic and its price, and below where the prices are from."""
    text = [heading(bill, width)]
    sources: dict[str, int] = {}
    for part, lines in bill.parts.items():
        text.append("\n" + style(part, bold=True) + "\n")
        for line in lines:
            text += _explained(line, sources, width)
    text.append("\n" + style(_named("total", bill.total, width), bold=True, fg="cyan") + "\n")
    if sources:
        text.append("\n" + style("prices are from", bold=True) + "\n")
        text += [wrapped(f"[{number}] {source}", 2, width) for source, number in sources.items()]
    if bill.free:
        text.append("\n" + style("costs nothing", bold=True) + "\n")
        by_reason: dict[tuple[str, str], list[str]] = {}
        for each in bill.free:
            by_reason.setdefault((each.reason, each.source), []).append(each.type)
        for (reason, source), types in by_reason.items():
            text.append(wrapped(f"- {reason}: {_counted(types)} ({source})", 2, width))
    return "".join(text)


def _counted(types: list[str]) -> str:
    counts = {each: types.count(each) for each in dict.fromkeys(types)}
    return ", ".join(
        name.removeprefix("AWS::") + (f" x{count}" if count > 1 else "")
        for name, count in counts.items()
    )


def _explained(line: Line, sources: dict[str, int], width: int) -> Iterable[str]:
    where = f" of {line.resource}" if line.resource else ""
    if line.unknown:
        yield f"  {style('unknown', fg='yellow')}  {line.component}{where}\n"
        yield wrapped(line.unknown, 4, width)
    else:
        yield _named(f"{line.component}{where}", line.cost, width, 2) + "\n"
        if line.how:
            yield wrapped(line.how, 4, width)
    if line.price is not None:
        number = sources.setdefault(f"{line.price.source}, {line.price.date}", len(sources) + 1)
        what = f"{line.key}, {line.price.offer} {line.price.usage_type}"
        yield wrapped(f"x {rate(line.price)}: {what} [{number}]", 4, width)
    for each in (line.note, *(f"assumed: {one}" for one in line.assumed)):
        if each:
            yield wrapped(each, 4, width)


def rate(price: Price) -> str:
    """Say a price: `0.045 USD per GB`, or each of its tiers."""
    steps = price.tiers
    if len(steps) == 1:
        return f"{steps[0].usd:g} USD per {price.unit}"
    told = ", ".join(f"{each.usd:g} from {plain(each.start)}" for each in steps)
    return f"USD per {price.unit}, {told}"
