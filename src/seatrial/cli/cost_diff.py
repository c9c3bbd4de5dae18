"""What a change of the description costs: two bills, component by component."""

import json
from dataclasses import asdict, dataclass

from click import style

from seatrial.cli.cost_json import rounded
from seatrial.cli.cost_markdown import cell, listed
from seatrial.cli.cost_text import FIGURE, WIDTH, amount, fitted, left_out, room, section
from seatrial.price.allowance import PART as FREE_PART
from seatrial.price.bill import Bill, total
from seatrial.price.line import Line
from seatrial.price.quantity import ZERO, Quantity

CENT = 0.005


@dataclass(frozen=True, slots=True)
class Change:
    """What one component of one part cost before, and costs now."""

    part: str
    component: str
    before: Quantity
    now: Quantity


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs between two bills."""

    before: Bill
    now: Bill
    changes: tuple[Change, ...]
    appeared: tuple[str, ...]
    """What the new total leaves out and the old one did not."""
    vanished: tuple[str, ...]


def changes(before: Bill, now: Bill) -> Changes:
    """Give the components whose cost differs by a cent at any traffic, dearest change first."""
    old, new = _components(before), _components(now)
    found = []
    for name in dict.fromkeys((*old, *new)):
        was, is_ = total(old.get(name, ())), total(new.get(name, ()))
        difference = is_ - was
        if any(abs(each) >= CENT for each in asdict(difference).values()):
            found.append(Change(*name, was, is_))
    moved: dict[str, float] = {}
    for each in found:
        moved[each.part] = moved.get(each.part, 0.0) + abs(_moved(each))
    found.sort(
        key=lambda each: (each.part == FREE_PART, -moved[each.part], each.part, -abs(_moved(each)))
    )
    return Changes(before, now, tuple(found), _only(now, before), _only(before, now))


def _moved(change: Change) -> float:
    return change.now.expected - change.before.expected


def _only(here: Bill, there: Bill) -> tuple[str, ...]:
    """Say what one bill leaves out and the other one does not."""
    known = {(each.part, each.component, each.unknown) for each in there.unknown}
    mine = [each for each in here.unknown if (each.part, each.component, each.unknown) not in known]
    return tuple(left_out(here.system, mine))


def _components(bill: Bill) -> dict[tuple[str, str], list[Line]]:
    found: dict[tuple[str, str], list[Line]] = {}
    for line in bill.lines:
        found.setdefault((line.part, line.component), []).append(line)
    return found


def signed(usd: float) -> str:
    """Give a difference with its sign."""
    shown = amount(usd)
    return shown if shown.startswith("-") or shown == "0.00" else f"+{shown}"


def diff_text(found: Changes, reference: str, width: int = WIDTH) -> str:
    """Give the differences at expected traffic, and the totals at all three."""
    now = found.now
    text = [
        style(f"{now.system}  {now.environment}  {now.region}  since {reference}", bold=True)
        + "\n",
        style(_columns(width, "US dollars a month", "before", "now", "change"), dim=True) + "\n",
    ]
    part = None
    for each in found.changes:
        if each.part != part:
            part = each.part
            text.append(f"\n{style(part, bold=True)}\n")
        text.append(_line(width, f"  {each.component}", each.before.expected, each.now.expected))
    if not found.changes:
        text.append("\nnothing changes\n")
    text.append("\n")
    for name in ("low", "expected", "high"):
        before, after = getattr(found.before.total, name), getattr(now.total, name)
        text.append(style(_line(width, f"total, {name}", before, after), bold=name == "expected"))
    for told, sentences in (("now left out", found.appeared), ("no longer so", found.vanished)):
        text += section(told, list(sentences), width)
    return "".join(text)


def _columns(width: int, name: str, *figures: str) -> str:
    left = room(width)
    return f"{fitted(name, left):<{left}}  " + "".join(f"{each:>{FIGURE}}" for each in figures)


def _line(width: int, name: str, before: float, now: float) -> str:
    return _columns(width, name, amount(before), amount(now), signed(now - before)) + "\n"


def diff_markdown(found: Changes, reference: str) -> str:
    """Give the differences as a table for a pull request."""
    now = found.now
    was = found.before.total
    change = now.total.expected - was.expected
    low, high = signed(now.total.low - was.low), signed(now.total.high - was.high)
    sums = f"{amount(was.expected)} at `{reference}`, {amount(now.total.expected)} now"
    text = [
        f"### {now.system}, {now.environment}: {signed(change)} USD a month\n\n",
        f"{sums}; at low traffic {low}, at high traffic {high}.\n\n",
    ]
    if found.changes:
        text.append("| part | component | before | now | change |\n")
        text.append("| --- | --- | ---: | ---: | ---: |\n")
    for each in found.changes:
        old, new = each.before.expected, each.now.expected
        figures = f"{amount(old)} | {amount(new)} | {signed(new - old)}"
        text.append(f"| {cell(each.part)} | {cell(each.component)} | {figures} |\n")
    if not found.changes:
        text.append("Nothing changes.\n")
    text += listed("Now left out", list(found.appeared))
    text += listed("No longer left out", list(found.vanished))
    return "".join(text)


def diff_json(found: Changes, reference: str) -> str:
    """Give the differences as one JSON document."""
    return json.dumps(
        {
            "system": found.now.system,
            "environment": found.now.environment,
            "since": reference,
            "currency": "USD",
            "before": rounded(found.before.total),
            "now": rounded(found.now.total),
            "changes": [
                {
                    "part": each.part,
                    "component": each.component,
                    "before": rounded(each.before or ZERO),
                    "now": rounded(each.now),
                }
                for each in found.changes
            ],
            "left_out": list(found.appeared),
            "no_longer_left_out": list(found.vanished),
        },
        indent=2,
    )
