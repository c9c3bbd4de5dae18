"""What a commitment of a year or three would save: a what-if, never part of a bill.

Takes a bill and the percentage that its user was offered; gives what it saves of the
lines that it covers, for as much as runs even at low traffic. The book holds no price
of a commitment, so without the user's word the saving is unknown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
class WhatIf:
    """What one commitment would save; None where nobody said its discount."""

    plan: Plan
    percent: float | None
    covered: Quantity
    """What the lines that it covers cost a month."""
    saved: float | None
    """US dollars a month, at every traffic: only what runs at low traffic is committed."""


def covered(bill: Bill, plan: Plan) -> Iterator[Line]:
    """Give the lines that a commitment covers; what runs on Spot is not."""
    for line in bill.lines:
        spot = CEILING in line.assumed or "(Spot)" in line.how
        if line.known and not spot and plan.covers.match(line.key) and line.cost.low >= 0:
            yield line


def what_if(bill: Bill, name: str, percent: float | None) -> WhatIf:
    """Say what a commitment at a discount would save."""
    plan = PLANS[name]
    cost = ZERO
    for line in covered(bill, plan):
        cost = cost + line.cost
    saved = None if percent is None else cost.low * percent / 100
    return WhatIf(plan, percent, cost, saved)
