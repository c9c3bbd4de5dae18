"""What one combination is: lowered, held against AWS's rules, priced and checked as a whole.

Takes an environment, its choices, and from whoever asks the bill and the findings of a
graph; gives outcomes. Each combination is measured once. A price that is not known, a
figure that nobody said, a load that is not carried and a new finding are faults alike.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import ceil

from seatrial.graph import Graph
from seatrial.language import LLM, Environment, Kafka, RedisCluster, Search, Service
from seatrial.language.options import Options
from seatrial.language.part import Part
from seatrial.lower import lower
from seatrial.mistake import Mistake
from seatrial.optimize.choices import Choices
from seatrial.optimize.edit import values
from seatrial.optimize.frontier import Measure, Outcome
from seatrial.optimize.grid import Combination
from seatrial.policy import Finding
from seatrial.price.bill import Bill
from seatrial.price.commitment import PLANS, covered
from seatrial.price.quantity import Quantity
from seatrial.price.usage import Said, Usage

Price = Callable[[Graph, Usage], Bill]
"""Gives the bill of a graph; what the usage says goes before the description."""
Check = Callable[[Graph], Iterable[Finding]]


@dataclass
class Measured:
    """Measures combinations, and keeps what each was and why its faults are faults."""

    environment: Environment
    choices: Choices
    price: Price
    check: Check
    vouched: bool = True
    """Whether an alternative that nobody vouches for is refused."""

    def __post_init__(self) -> None:
        self.wholes: dict[Combination, tuple[Outcome, Bill | None]] = {}
        self.words: dict[str, str] = {}
        """Fault -> what it means."""

    def __call__(self, combination: Combination) -> Outcome:
        """Measure a combination, or remember it."""
        return self.whole(combination)[0]

    def committed(self, percents: Mapping[str, float]) -> Measure:
        """Give the measure where commitments take off so many percent of what they cover."""

        def measure(combination: Combination) -> Outcome:
            outcome, bill = self.whole(combination)
            if bill is None or not percents:
                return outcome
            return replace(outcome, cost=outcome.cost - saved(bill, percents))

        return measure

    def whole(self, combination: Combination) -> tuple[Outcome, Bill | None]:
        """Give a combination's outcome and its bill; no bill where it is no system."""
        if combination not in self.wholes:
            self.wholes[combination] = self._measured(combination)
        return self.wholes[combination]

    def graph(self, combination: Combination) -> Graph:
        """Lower a combination; `Mistake` where it is no system."""
        parts, settings = values(self.choices.changes(combination))
        return lower(self.environment.varied(parts, settings))

    def _measured(self, combination: Combination) -> tuple[Outcome, Bill | None]:
        if self.vouched:
            for option, number in zip(self.choices.grid, combination, strict=True):
                if option.alternatives[number].refused:
                    return Outcome(0, refused=option.alternatives[number].refused), None
        parts, settings = values(self.choices.changes(combination))
        try:
            environment = self.environment.varied(parts, settings)
            graph = lower(environment)
        except Mistake as mistake:
            return Outcome(0, refused=mistake.what), None
        usage, faults = self._carried(environment)
        bill = self.price(graph, usage)
        faults |= self._unknown(bill)
        faults |= self._found(graph)
        return Outcome(bill.total.expected, frozenset(faults)), bill

    def _unknown(self, bill: Bill) -> set[str]:
        found = set()
        for line in bill.unknown:
            fault = f"price {line.part} {line.component} {line.key} {line.wants}"
            self.words[fault] = line.unknown
            found.add(fault)
        return found

    def _found(self, graph: Graph) -> set[str]:
        found = set()
        for each in self.check(graph):
            if each.accepted is None and each.rule.severity != "note":
                where = each.resource.id if each.resource else each.part
                fault = f"check {each.rule.id} {where} {each.path}"
                self.words[fault] = f"{each.rule.id} {each.rule.name}: {each.what}"
                found.add(fault)
        return found

    def _carried(self, environment: Environment) -> tuple[Usage, set[str]]:
        """Hold what is declared to be carried against the load; give the tasks that it takes."""
        said: dict[str, dict[str, Said]] = {}
        faults = set()
        for name, options in self.choices.loads.items():
            part = next((each for each in environment.parts if each.name == name), None)
            if part is None or options.load is None:
                continue
            one = _carries(part, options)
            least, most = _count(part)
            needed = [ceil(each / one) if one else 0 for each in options.load]
            if not one or needed[-1] > most:
                fault = f"load {name}"
                faults.add(fault)
                bears = (
                    "of what is written nobody said what it carries"
                    if not one
                    else (f"{most} x {one:g} carry {most * one:g}")
                )
                self.words[fault] = f"{name} must carry {options.load[-1]:g}: {bears}"
            elif isinstance(part, Service):
                low, expected, high = (float(max(least, each)) for each in needed)
                by = f"{options.load[1]:g} at {one:g} a task, by system.options"
                said[name] = {"tasks": Said(Quantity(low, expected, high), by)}
        return Usage(said), faults


def saved(bill: Bill, percents: Mapping[str, float]) -> float:
    """Give what commitments save a month: of two on one line the larger, of what always runs."""
    best: dict[int, float] = {}
    for name, percent in percents.items():
        for line in covered(bill, PLANS[name]):
            best[id(line)] = max(best.get(id(line), 0.0), line.cost.low * percent / 100)
    return sum(best.values())


def _carries(part: Part, options: Options) -> float:
    """Give what one unit of a part carries as it is set; 0 where that is not said."""
    ((setting, carried),) = options.carries.items()
    return carried.get(getattr(part, setting), 0.0)


def _count(part: Part) -> tuple[int, int]:
    """Give how many units share a part's load at least and at most."""
    if isinstance(part, Service | LLM):
        return part.scale.min, part.scale.max
    if isinstance(part, Kafka):
        return part.brokers, part.brokers
    if isinstance(part, Search):
        return part.nodes, part.nodes
    if isinstance(part, RedisCluster):
        return part.shards, part.shards
    return 1, 1  # of a database and of a cache, one takes every write
