"""How an environment differs: parts changed, replaced by others, or left out.

Takes the parts as they were written, gives each as it is here. Whoever used a
part that is left out loses that use, and nobody has to be written anew for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

from seatrial.language.access import Access, Reference
from seatrial.language.part import Part
from seatrial.mistake import Mistake, Place

Change = Mapping[str, object] | Part
"""The values that are other here, or the part that stands in."""


def vary(
    written: Collection[Part],
    changes: Mapping[Part, Change],
    without: Collection[Part],
    where: str,
    place: Place,
) -> dict[Part, Part]:
    """Give each written part that is another here; `Mistake` for one that is not there.

    `where` names the environment in messages.
    """
    for each in [*changes, *without]:
        if each not in written:
            verb = "changes" if each in changes else "leaves out"
            raise Mistake(f"{where} {verb} {each.label()}, which the system does not use.", place)
        if each in changes and each in without:
            raise Mistake(f"{where} changes {each.label()} and leaves it out.", place)
    here: dict[Part, Part] = {}
    for each, change in changes.items():
        if isinstance(change, Part):
            _check_stands_in(written, each, change, where, place)
            here[each] = change
        else:
            here[each] = each.but(change, place)
    if without:
        for each in written:
            lost = _losses(here.get(each, each), frozenset(without))
            if lost and each not in without:
                here[each] = here.get(each, each).but(lost, place)
    return here


def _check_stands_in(
    written: Collection[Part], old: Part, new: Part, where: str, place: Place
) -> None:
    """Refuse a stand-in that has not the values which others name."""
    if new in written and new is not old:
        raise Mistake(
            f"{where}: {new.label()} cannot stand in for {old.label()}, it is there already.",
            place,
            f"Leave out one of the two: without=[{old.name.replace('-', '_')}].",
        )
    for each in written:
        for value in getattr(each, "env", {}).values():
            named = isinstance(value, Reference) and value.part is old
            if named and not isinstance(getattr(new, value.field, None), Reference):
                raise Mistake(
                    f"{where}: {each.label()} names the {value.field} of {old.label()}, "
                    f"and {new.label()} has none.",
                    place,
                )


def _losses(part: Part, gone: frozenset[Part]) -> dict[str, object]:
    """Give the values of a part that spoke of one that is gone, without it."""
    lost: dict[str, object] = {}
    for each in fields(part):  # type: ignore[arg-type]  # every part is a dataclass
        if each.init:
            value = getattr(part, each.name)
            kept = _without(value, gone)
            if kept is not value:
                lost[each.name] = kept
    return lost


def _without(value: Any, gone: frozenset[Part]) -> Any:
    if _speaks_of(value, gone):
        return None
    if isinstance(value, Mapping) and any(_speaks_of(each, gone) for each in value.values()):
        return {key: each for key, each in value.items() if not _speaks_of(each, gone)}
    if (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and any(_speaks_of(each, gone) for each in value)
    ):
        return [each for each in value if not _speaks_of(each, gone)]
    return value


def _speaks_of(value: object, gone: frozenset[Part]) -> bool:
    part = value.part if isinstance(value, Access | Reference) else value
    return isinstance(part, Part) and part in gone
