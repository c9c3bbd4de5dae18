"""What `cost --optimize` found, as text for a terminal and as one JSON document.

Takes a plan of the search, with the goal that it is held against; it searches nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click import style

from seatrial.cli.cost_text import WIDTH, amount, wrapped
from seatrial.language import Environment
from seatrial.optimize.edit import Change, place, shown
from seatrial.optimize.plan import Plan, Refused, Step
from seatrial.price.bill import Bill
from seatrial.price.commitment import PLANS


@dataclass(frozen=True, slots=True)
class Goal:
    """What it should cost; `said` names who says so, `claimed` what they would save of a bill."""

    usd: float
    said: str = ""
    claimed: Callable[[Bill], float] | None = None


def plan_text(environment: Environment, found: Plan, goal: Goal | None) -> str:
    """Give the frontier step by step, what was not taken and why, and how near the goal is."""
    system = environment.system
    heading = f"{system.name}  {environment.name}  {environment.region}"
    text = [style(heading, bold=True) + "\n"]
    many = f"{found.combinations:,} combinations of {len(found.grid)} options"
    text.append(style(f"{many}; US dollars a month, expected\n", dim=True))
    text.append("\n" + _figure("as written", found.written.cost))
    before: Step | None = None
    for number, step in enumerate(found.steps):
        text += _step(environment, number, step, before, found)
        before = step
    if any(each.changes for each in found.steps):
        text.append(
            "\n" + wrapped("an edit of a part holds in every environment that says nothing else", 0)
        )
    text += _not_taken(found)
    if goal is not None:
        text += _goal(found, goal)
    return "".join(text)


def _figure(name: str, usd: float, more: str = "") -> str:
    room = WIDTH - 12 - 14
    if len(name) > room and " " in name.strip():
        indent = len(name) - len(name.lstrip())
        *lines, name = wrapped(name.strip(), indent, room).splitlines()
        return "".join(f"{line}\n" for line in lines) + _figure(name, usd, more)
    return f"{name:<{room}}{amount(usd):>12}{more:>14}".rstrip() + "\n"


def _step(
    environment: Environment, number: int, step: Step, before: Step | None, found: Plan
) -> Iterable[str]:
    count = len(step.losses)
    name = "gives up nothing" if not count else f"gives up {count} thing{'s' * (count > 1)}"
    saves = step.cost - found.written.cost
    more = "" if abs(saves) < 0.005 else amount(saves)
    yield "\n" + style(_figure(f"step {number}: {name}", step.cost, more), bold=True)
    if not step.changes and not step.bought:
        yield "  nothing to change\n"
        return
    old = dict.fromkeys([*map(_key, before.changes), *before.bought]) if before else {}
    new = dict.fromkeys([*map(_key, step.changes), *step.bought])
    if before and old and _adds(old, new):
        yield f"  step {number - 1}, and\n"
        changes = [each for each in step.changes if _key(each) not in old]
        lost = [each for each in step.losses if each not in before.losses]
        needs = [each for each in step.needs if each not in before.needs]
    else:
        changes, lost, needs = list(step.changes), list(step.losses), list(step.needs)
    for where, part, values in _edits(environment, changes):
        yield wrapped(f"{where}  {part + ': ' if part else ''}{shown(values)}", 2)
    for each in step.bought:
        if each not in old or not _adds(old, new):
            yield wrapped(f"buy the {each.replace('=', ' commitment at ')} % off by your word", 2)
    for part, loss in lost:
        yield wrapped(f"gives up {loss.what}{of(part)} ({loss.kind})", 4)
    together: dict[str, list[str]] = {}
    for part, need in needs:
        together.setdefault(need, []).append(part)
    for need, parts in together.items():
        yield wrapped(f"needs {need} ({', '.join(parts)})", 4)


def _adds(old: Iterable[object], new: Iterable[object]) -> bool:
    """Tell whether a step keeps everything of the one before it."""
    return set(old) <= set(new)


def of(part: str) -> str:
    """Name the part that something is of."""
    return f" of {part}" if part else ""


def _key(change: Change) -> tuple[str, str]:
    return (change.part.name if change.part else "", change.text)


def _edits(
    environment: Environment, changes: Iterable[Change]
) -> list[tuple[str, str, dict[str, object]]]:
    """Put the changes of one part in one line of the file together."""
    found: dict[tuple[str, str], dict[str, object]] = {}
    for each in changes:
        where = place(environment, each)
        line = f"{Path(where.file).name}:{where.line}"
        part = each.part.name if each.part else ""
        found.setdefault((line, part), {})[each.setting] = each.value
    return [(line, part, values) for (line, part), values in found.items()]


def _not_taken(found: Plan) -> Iterable[str]:
    worth = [each for each in found.refused if each.saves is not None and each.saves >= 0.005]
    if worth:
        yield "\n" + style("not taken, and what each would save", bold=True) + "\n"
    for each in worth:
        assert each.saves is not None
        yield _figure(f"  {_shown(each)}", -each.saves)
        yield from (wrapped(why, 4) for why in each.why)
    unknown = [each for each in found.refused if each.saves is None]
    yield "\n" + style("not taken, because nobody knows", bold=True) + "\n"
    for each in unknown:
        if "spot" not in each.values:
            yield wrapped(f"{_shown(each)}: {'; '.join(each.why)}", 2)
    spots: dict[str, list[str]] = {}
    for each in unknown:
        if "spot" in each.values:
            rules = "; ".join(why.partition(": ")[0] for why in each.why)
            spots.setdefault(rules, []).append(each.part)
    for why, parts in spots.items():
        yield wrapped(f"spot=True of {', '.join(parts)}: {why}", 2)
    idle = [(part, values) for part, values in found.worthless if values != {"spot": True}]
    spot = [part for part, values in found.worthless if values == {"spot": True}]
    if spot:
        yield wrapped(
            f"spot=True of {', '.join(spot)}: Spot has no list price; "
            f"system.expects({spot[0].replace('-', '_')}, spot_discount=...) says what it saves",
            2,
        )
    missing = [name for name in PLANS if name not in found.commitments]
    if missing:
        yield wrapped(
            f"commitments ({', '.join(missing)}): few rates are known; --commit "
            f"{missing[0]}=PERCENT takes the discount that you were offered",
            2,
        )
    if idle:
        yield "\n" + style("saves nothing by itself, as far as prices are known", bold=True) + "\n"
        yield wrapped(
            "; ".join(f"{part + ': ' if part else ''}{shown(values)}" for part, values in idle), 2
        )


def _shown(each: Refused) -> str:
    return f"{each.part + ': ' if each.part else ''}{shown(each.values)}"


LARGEST = 6
"""Lines of what is left that are named."""


def _goal(found: Plan, goal: Goal) -> Iterable[str]:
    best = found.best.cost
    yield "\n" + style(_figure(goal.said or "budget", goal.usd), bold=True)
    if best <= goal.usd:
        first = next(at for at, each in enumerate(found.steps) if each.cost <= goal.usd)
        yield wrapped(f"reached by step {first}", 2)
        return
    yield wrapped(f"not reached: the cheapest that holds is {amount(best - goal.usd)} over it", 2)
    over = found.unbound - goal.usd
    yield wrapped(
        f"the cheapest of the whole grid, whatever it breaks, costs {amount(found.unbound)}: "
        + (f"{amount(over)} over" if over > 0 else "the promises are what stops it"),
        2,
    )
    if goal.claimed is not None:
        left = best - goal.claimed(found.bill)
        yield wrapped(
            "were each saving that the document names as large as it says, the cheapest that "
            f"holds would cost {amount(left)}: "
            + (f"{amount(left - goal.usd)} over" if left > goal.usd else "within it"),
            2,
        )
    yield "  what is left in it\n"
    sums: dict[tuple[str, str], float] = {}
    for line in found.bill.lines:
        name = line.part, line.component
        sums[name] = sums.get(name, 0.0) + line.cost.expected
    largest = sorted(sums.items(), key=lambda each: -each[1])[:LARGEST]
    for (part, component), usd in largest:
        yield _figure(f"    {part}: {component}", usd)


def plan_document(environment: Environment, found: Plan, goal: Goal | None) -> dict[str, Any]:
    """Give the same as a JSON document."""
    return {
        "system": environment.system.name,
        "environment": environment.name,
        "region": environment.region,
        "currency": "USD",
        "combinations": found.combinations,
        "measured": found.measured,
        "written": round(found.written.cost, 2),
        "steps": [
            {
                "cost": round(step.cost, 2),
                "given_up": [
                    {"part": part, "kind": loss.kind, "what": loss.what}
                    for part, loss in step.losses
                ],
                "needs": [{"part": part, "what": need} for part, need in step.needs],
                "buys": list(step.bought),
                "edits": [
                    {"at": where, "part": part or None, "settings": _texts(values)}
                    for where, part, values in _edits(environment, step.changes)
                ],
            }
            for step in found.steps
        ],
        "refused": [
            {
                "part": each.part or None,
                "settings": _texts(each.values),
                "saves": None if each.saves is None else round(each.saves, 2),
                "why": list(each.why),
            }
            for each in found.refused
        ],
        "saves_nothing": [
            {"part": part or None, "settings": _texts(values)} for part, values in found.worthless
        ],
        "cheapest_of_all": round(found.unbound, 2),
        "budget": None
        if goal is None
        else {"usd": goal.usd, "said": goal.said or None, "reached": found.best.cost <= goal.usd},
    }


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: shown({name: value}).partition("=")[2] for name, value in values.items()}
