"""What is said of a system beside its parts: its traffic, what must never be, what is accepted.

Takes what the methods of `System` were given and holds it to what can be said.
It never looks into AWS's resources: whether a rule of `check` is there, `check` tells.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from seatrial.graph.measures import FORM, MEASURES, NoLevels, read_levels
from seatrial.language.part import Part, shown
from seatrial.mistake import Mistake, Place, closest

Wrong = Callable[..., Mistake]
Level = float | tuple[float, float, float]
"""One figure, or three: at low, expected and high traffic."""

INTERNET = "internet"


@dataclass(frozen=True, slots=True)
class Expectation:
    """How much a part, or None the system, is used in a month: measure -> three levels."""

    part: Part | None
    measures: Mapping[str, tuple[float, float, float]]
    place: Place


@dataclass(frozen=True, slots=True)
class Prohibition:
    """What must never reach what; `internet` stands for everyone outside."""

    source: Part | None
    target: Part | None
    port: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A finding of `check` that is accepted, for one part or (None) everywhere."""

    rule: str
    part: Part | None
    reason: str
    place: Place


def expectation(
    part: object | None, measures: Mapping[str, object], parts: Collection[Part], wrong: Wrong
) -> tuple[Part | None, dict[str, tuple[float, float, float]]]:
    """Read what `expects` was given; None stands for the whole system."""
    known = None if part is None else _part(part, parts, "expects", wrong)
    if not measures:
        raise wrong("expects says nothing.", "Write e.g. expects(api, requests=1_000_000).")
    return known, {name: levels(name, value, wrong) for name, value in measures.items()}


def levels(name: str, value: object, wrong: Wrong) -> tuple[float, float, float]:
    """Read one measure: a number for every traffic, or three that do not fall."""
    if name not in MEASURES:
        raise wrong(f"there is no measure {name!r}.", closest(name, MEASURES))
    try:
        return read_levels(name, value)
    except NoLevels as why:
        raise wrong(
            f"{name}={shown(value)}: {why}.", f"{FORM} It counts {MEASURES[name]}."
        ) from None


def prohibition(
    source: object, target: object, port: object, parts: Collection[Part], wrong: Wrong
) -> tuple[Part | None, Part | None, int | None]:
    """Read what `never` was given."""
    ends = [
        None if each == INTERNET else _part(each, parts, "never", wrong)
        for each in (source, target)
    ]
    if ends[0] is ends[1]:
        raise wrong("never(...) needs two different ends.", "Write e.g. never('internet', db).")
    if port is not None and (
        not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535
    ):
        raise wrong(f"port={shown(port)} must be a number from 1 to 65535.")
    return ends[0], ends[1], port


def acceptance(
    rule: object, part: object, reason: object, parts: Collection[Part], wrong: Wrong
) -> tuple[str, Part | None, str]:
    """Read what `accept` was given."""
    if not isinstance(rule, str) or not rule:
        raise wrong("accept needs a rule's name or id, as check prints it.")
    if not isinstance(reason, str) or not reason.strip():
        raise wrong(f"accept({rule!r}) needs a reason.", "Write reason='why this is meant'.")
    return rule, None if part is None else _part(part, parts, "accept", wrong), reason


def _part(value: object, parts: Collection[Part], method: str, wrong: Wrong) -> Part:
    """Take a part, or its name."""
    if isinstance(value, Part):
        if value not in parts:
            raise wrong(f"{method} speaks of {value.label()}, which the system does not use.")
        return value
    names = {each.name: each for each in parts}
    if isinstance(value, str) and value in names:
        return names[value]
    if isinstance(value, str):
        raise wrong(f"{method} speaks of {value!r}, which is no part.", closest(value, names))
    raise wrong(f"{method} needs a part, not {shown(value)}.")
