"""docs/fidelity.md: the whole ledger, and what the decisions assume.

Takes `seatrial.local.ledger` and `seatrial.control.assumptions`, gives the
document's text.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from scripts.docs.markdown import table
from seatrial.control.assumptions import ASSUMPTIONS
from seatrial.local.ledger import MARKS, Entry, entries

_WORDS = {"run": "run", "substituted": "substituted", "aws": "AWS only"}
_START = """\
# What the local cloud is true about

Made from `src/seatrial/local/ledger.toml` and `src/seatrial/control/assumptions.py` by
`make golden`; do not edit it here.

`seatrial up` runs the same resources that AWS would get. Of each property of each resource type
that a system of ours can hold, the ledger says what happens to it on your machine:

- **run**: the local cloud does it.
- **substituted**: it does it otherwise, and the text says how.
- **AWS only**: nothing here follows it. The text says what is here instead.

A property that the ledger does not answer is refused before anything starts. A text is about this
machine, unless it names AWS.

*Paced* means shortened by `--pace`: health-check intervals, alarm periods, cool-downs and the delay
before a failover, which are AWS's own observation and control. Everything that is a contract with
the program (request and health-check timeouts, start-up grace, drain, stop and idle timeouts) keeps
AWS's time at any pace.
"""


def render() -> str:
    """Write the document."""
    return "\n".join((_START, _counts(), *_types(), _assumptions()))


def _counts() -> str:
    count = Counter(each.mark for each in entries())
    said = ", ".join(f"{count[mark]} {_WORDS[mark]}" for mark in MARKS)
    return f"{len(entries())} properties of {len({e.type for e in entries()})} types: {said}.\n"


def _types() -> Iterator[str]:
    for kind, of_kind in groupby(entries(), key=lambda each: each.type):
        rows = [(f"`{each.property}`", _WORDS[each.mark], _text(each)) for each in of_kind]
        yield f"## {kind}\n\n{table(('Property', 'Mark', 'Here'), rows)}\n"


def _text(entry: Entry) -> str:
    return f"{entry.text}." if entry.text else ""


def _assumptions() -> str:
    rows = [
        (f"`{each.id}`", each.assumed, each.why, f"`control/{each.where}.py`")
        for each in ASSUMPTIONS
    ]
    return (
        "## What is assumed where AWS is silent\n\n"
        "The decisions that AWS takes are rules in `seatrial.control`, the same for the local cloud"
        " and the simulation.\nWhere AWS's documentation does not say what happens, this is what"
        " they do.\n\n"
        f"{table(('Assumption', 'What is assumed', 'Why', 'Where'), rows)}\n"
    )
