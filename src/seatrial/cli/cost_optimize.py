"""`seatrial cost --optimize`: the cheapest way to write a system that still holds."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.cli.checking import Checked
from seatrial.cli.cost_against import document_of
from seatrial.cli.cost_commitment import several
from seatrial.cli.cost_plan import Goal, plan_document, plan_text
from seatrial.cli.pricing import priced
from seatrial.language import Environment
from seatrial.language.loading import find, load
from seatrial.mistake import Mistake
from seatrial.optimize.edit import TooClever, edited, patch, settled
from seatrial.optimize.plan import Plan, plan
from seatrial.price.against import most_saved

if TYPE_CHECKING:
    from seatrial.graph import Graph
    from seatrial.language import System
    from seatrial.price.bill import Bill
    from seatrial.price.usage import Usage


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for, at which traffic and prices, and what is told of it.

    `against` names the document whose own goal it is held against; `budget` says another.
    `patch` asks for one step as a patch in place of the whole plan.
    """

    usage_file: Path | None = None
    commitments: tuple[str, ...] = ()
    no_free: bool = False
    against: str | None = None
    budget: float | None = None
    every: bool = False
    patch: int | None = None
    as_json: bool = False


def cheapest(path: Path, name: str, search: Search, today: date | None = None) -> str:
    """Search an environment, and tell.

    `today` is the day that versions are held against, unsaid the present one.
    """
    file = find(path)
    system = load(path)
    environment = system.in_environment(name)
    goal = _goal(system, search)
    found = _found(environment, search, today or datetime.now(UTC).date())
    text = file.read_text()
    steps = [
        replace(each, changes=tuple(settled(text, file, environment, each.changes)))
        for each in found.steps
    ]
    found = replace(found, steps=tuple(steps))
    if search.patch is not None:
        return _patch(file, environment, found, search.patch)
    if search.as_json:
        return json.dumps(plan_document(environment, found, goal), indent=2)
    return plan_text(environment, found, goal)


def _found(environment: Environment, search: Search, today: date) -> Plan:
    bought = {name: percent for name, percent in several(search.commitments).items() if percent}

    def price(graph: "Graph", usage: "Usage") -> "Bill":
        return priced(graph, search.usage_file, no_free=search.no_free, usage=usage)

    return plan(environment, price, Checked(today).findings, bought, all_=search.every)


def _goal(system: "System", search: Search) -> Goal | None:
    if search.budget is not None:
        return Goal(search.budget)
    if search.against is None:
        return None
    for table in document_of(system, search.against).tables:
        if table.optimised is not None:
            row = table.optimised
            return Goal(row.usd[1], f"{row.id}: {row.quote}", partial(most_saved, table))
    return None


def _patch(file: Path, environment: Environment, found: Plan, step: int) -> str:
    if not 0 <= step < len(found.steps):
        last = len(found.steps) - 1
        right = f"There are 0 to {last}." if last else "There is step 0 alone."
        raise Mistake(f"there is no step {step}.", right=right)
    text = file.read_text()
    try:
        new = edited(text, environment, found.steps[step].changes)
    except TooClever:
        raise Mistake(
            f"{file.name} makes a value in a way that no patch changes.",
            right="Edit it by hand: seatrial cost --optimize lists each setting.",
        ) from None
    return patch(file, text, new)
