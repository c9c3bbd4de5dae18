"""What may be changed to make a system cheaper: the grid that `cost --optimize` searches.

Takes what `System.options` was given and holds it to what the part can be set to.
A value that does not fit together with another is no mistake here: that
combination is simply not one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import Any

from seatrial.language.part import Part, shown
from seatrial.language.statements import Wrong
from seatrial.mistake import Place, closest

SETTINGS = ("zones", "nat", "endpoints", "log_retention", "flow_logs", "audit", "tracing")
"""What may be tried of the system itself."""


@dataclass(frozen=True, slots=True)
class Options:
    """The values that some settings of a part (None: of the system) may have.

    `carries` says of a setting's values how much load one task, node, broker or
    instance of it bears; `load` is what all of them must bear together, at low,
    expected and high traffic and in the same unit.
    """

    part: Part | None
    settings: Mapping[str, tuple[object, ...]]
    place: Place
    carries: Mapping[str, Mapping[Any, float]] = field(default_factory=dict)
    load: tuple[float, float, float] | None = None


def options(
    part: object,
    load: object,
    settings: Mapping[str, object],
    parts: Collection[Part],
    place: Place,
    wrong: Wrong,
) -> Options:
    """Read what `System.options` was given."""
    if part is not None and not isinstance(part, Part):
        raise wrong(
            f"options needs a part first, not {shown(part)}.",
            "Write e.g. options(db, size=['db.t4g.small']), or options(nat=['one']).",
        )
    if part is not None and part not in parts:
        raise wrong(f"options speaks of {part.label()}, which the system does not use.")
    if not settings:
        raise wrong("options says nothing.", "Write e.g. options(db, size=['db.t4g.small']).")
    known = _known(part)
    values: dict[str, tuple[object, ...]] = {}
    carries: dict[str, Mapping[Any, float]] = {}
    for name, given in settings.items():
        if name not in known:
            what = part.label() if part else "the system"
            raise wrong(f"{what} has no setting {name!r} to try.", closest(name, known))
        if not isinstance(given, list | tuple | Mapping) or not given:
            raise wrong(
                f"{name}={shown(given)} must be a list of values to try, "
                "or a dict of values to what each carries."
            )
        if isinstance(given, Mapping):
            carries[name] = _capacities(name, given, wrong)
        values[name] = tuple(given)
    if len(carries) > 1:
        raise wrong(f"two settings say what is carried: {' and '.join(carries)}.", "Say it of one.")
    return Options(part, values, place, carries, _load(load, carries, part, wrong))


def _known(part: Part | None) -> list[str]:
    if part is None:
        return list(SETTINGS)
    named = [each.name for each in fields(part) if each.init]  # type: ignore[arg-type]  # every part is a dataclass
    return [each for each in named if each not in ("name", "place")]


def _capacities(name: str, given: Mapping[Any, object], wrong: Wrong) -> Mapping[Any, float]:
    for value, carried in given.items():
        if not _number(carried) or carried == 0:
            raise wrong(
                f"{name}: {shown(value)} carries {shown(carried)}, which is no number over 0.",
                "Write e.g. cpu={256: 40, 512: 85} with load=120.",
            )
    return {value: float(carried) for value, carried in given.items()}  # type: ignore[arg-type]  # numbers: just held


def _load(
    load: object, carries: Mapping[str, object], part: Part | None, wrong: Wrong
) -> tuple[float, float, float] | None:
    if load is None:
        if carries:
            raise wrong(
                f"{next(iter(carries))} says what is carried, but not what must be.",
                "Add load=(low, expected, high) in the same unit.",
            )
        return None
    if part is None or not carries:
        raise wrong(
            "load means nothing without what a size carries.",
            "Write e.g. options(api, load=120, cpu={256: 40, 512: 85}).",
        )
    three = tuple(load) if isinstance(load, list | tuple) else (load, load, load)
    if len(three) != 3 or not all(map(_number, three)) or list(three) != sorted(three):
        raise wrong(f"load={shown(load)} must be a number, or three: low, expected and high.")
    low, expected, high = (float(each) for each in three)
    return low, expected, high


def _number(value: object) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and isfinite(value) and value >= 0  # type: ignore[arg-type, operator]  # plain says so
