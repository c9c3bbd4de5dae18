"""What may be changed: options, each with the ways to write it, and what a way gives up.

Plain data; nothing here knows a price, a rule or a kind of part.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LossKind = Literal[
    "zone", "interruption", "retention", "capacity", "recovery", "sight", "commitment"
]
"""What can be given up: the loss of a zone is felt; AWS may take the machine back; something is
kept for less long; less room for load; less to recover with; less to look
at; what runs now must be paid for years."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that is given up, in words, e.g. `a standby in another zone`."""

    kind: LossKind
    what: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to write an option: values of settings. The first of an option has none: as written.

    `needs` says what else must then be so, which nobody here can see, e.g. an image for ARM.
    """

    settings: Mapping[str, object]
    losses: tuple[Loss, ...] = ()
    needs: str = ""
    refused: str = ""
    """Why it can never be taken, where that is known without pricing it."""


AS_WRITTEN = Alternative({})


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to decide about a part ("": about the system); its first alternative is as written.

    `was` gives the present value of each setting that an alternative changes.
    """

    part: str
    alternatives: tuple[Alternative, ...]
    was: Mapping[str, object]


Grid = tuple[Option, ...]
Combination = tuple[int, ...]
"""For each option the number of its alternative."""


def as_written(grid: Grid) -> Combination:
    """Give the combination that changes nothing."""
    return (0,) * len(grid)


def size(grid: Grid) -> int:
    """Give the number of combinations."""
    count = 1
    for option in grid:
        count *= len(option.alternatives)
    return count


def changed(combination: Combination) -> int:
    """Give the number of options that are not as written."""
    return sum(1 for each in combination if each)


def losses(grid: Grid, combination: Combination) -> list[tuple[str, Loss]]:
    """Give what a combination gives up, each with its part."""
    return [
        (option.part, loss)
        for option, number in zip(grid, combination, strict=True)
        for loss in option.alternatives[number].losses
    ]
