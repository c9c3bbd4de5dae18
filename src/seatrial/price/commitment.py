"""What a commitment of a year or three would save: a what-if, never part of a bill.

Takes a bill and the percentage that its user was offered; gives what it saves of the
lines that it covers, for as much as runs even at low traffic. Without the user's word it
gives what AWS's own rates save of the few things whose rate is known, in
`commitments.json`; of all else the saving is unknown.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seatrial.price.bill import Bill
from seatrial.price.line import Line
from seatrial.price.quantity import ZERO, Quantity
from seatrial.price.spot import CEILING


@dataclass(frozen=True, slots=True)
class Plan:
    """A kind of commitment: which price keys it covers, and where AWS says so."""

    name: str
    told: str
    covers: re.Pattern[str]
    source: str


_DB_PLANS = (
    r"aurora\.acu_h|aurora\.iopt\.acu_h|(?:rds|aurora)\.\w+\.db\.[a-z]+(?:[7-9]|\d\d)[a-z]*\."
)
PLANS = {
    plan.name: plan
    for plan in (
        Plan(
            "compute",
            "a Compute Savings Plan: Fargate, EC2 and Lambda",
            re.compile(r"fargate\.|ec2\.|lambda\.\w+\.gb_s"),
            "https://aws.amazon.com/savingsplans/compute-pricing/",
        ),
        Plan(
            "database",
            "a Database Savings Plan: Aurora Serverless and instances of generation 7 and later",
            re.compile(_DB_PLANS),
            "https://aws.amazon.com/savingsplans/database-pricing/",
        ),
        Plan(
            "reserved",
            "reserved nodes: instances of RDS and Aurora, ElastiCache and OpenSearch nodes",
            re.compile(
                r"(?:rds|aurora)\.\w+\.db\.|elasticache\.\w+\.cache\.|opensearch\.\w+\.\w+$"
            ),
            "https://aws.amazon.com/rds/reserved-instances/",
        ),
    )
}
"""Name -> kind of commitment."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What AWS asks an hour for what is committed for years, by price key."""

    plan: str
    region: str
    years: int
    usd: dict[str, float]
    source: str
    date: str


def rates() -> list[Rate]:
    """Give AWS's own rates, as far as a dated source is known."""
    read = json.loads(Path(__file__).with_name("commitments.json").read_text("utf-8"))
    return [
        Rate(
            each["plan"],
            each["region"],
            each["years"],
            each["usd"],
            read["sources"][each["source"]]["text"],
            read["sources"][each["source"]]["date"],
        )
        for each in read["rates"]
    ]


@dataclass(frozen=True, slots=True)
class Published:
    """What one of AWS's own rates would save, of the lines that it is known for."""

    rate: Rate
    of: float
    """What those lines cost a month at low traffic."""
    saved: float


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What one commitment would save; None where nobody said its discount."""

    plan: Plan
    percent: float | None
    covered: Quantity
    """What the lines that it covers cost a month."""
    saved: float | None
    """US dollars a month, at every traffic: only what runs at low traffic is committed."""
    published: tuple[Published, ...] = ()
    """What AWS's own rates would save, where nobody said a discount."""


def covered(bill: Bill, plan: Plan) -> Iterator[Line]:
    """Give the lines that a commitment covers; what runs on Spot is not."""
    for line in bill.lines:
        spot = CEILING in line.assumed or "(Spot)" in line.how
        if line.known and not spot and plan.covers.match(line.key) and line.cost.low >= 0:
            yield line


def published(bill: Bill, plan: Plan) -> Iterator[Published]:
    """Give what AWS's own rates would save; nothing where the bill has no such line."""
    for rate in rates():
        if (rate.plan, rate.region) != (plan.name, bill.region):
            continue
        of = saved = 0.0
        for line in covered(bill, plan):
            if line.key in rate.usd and line.price:
                of += line.cost.low
                saved += line.cost.low * (1 - rate.usd[line.key] / line.price.tiers[0].usd)
        if of:
            yield Published(rate, of, saved)


def what_if(bill: Bill, name: str, percent: float | None) -> WhatIf:
    """Say what a commitment at a discount would save, or at AWS's own rates."""
    plan = PLANS[name]
    cost = ZERO
    for line in covered(bill, plan):
        cost = cost + line.cost
    if percent is None:
        return WhatIf(plan, None, cost, None, tuple(published(bill, plan)))
    return WhatIf(plan, percent, cost, cost.low * percent / 100)
