"""What the parameters of a template stand for.

A value that is given, else the default, else what the type alone says: the first of
the allowed values, or the region's zones. Anything else stays open. Nothing is looked
up in AWS, so a parameter of SSM's stays open, whatever its name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.graph import Parameter
from seatrial.graph.schema import facts
from seatrial.graph.values import SYMBOLS, Join, Value, Zone, join
from seatrial.mistake import Mistake, Place, closest
from seatrial.template.reading.sections import Sections

ZONE = "AWS::EC2::AvailabilityZone::Name"
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a parameter stands for, if that is known, and what was assumed to know it."""

    known: bool
    value: Value = None
    note: str = ""


def meanings(
    sections: Sections, given: Mapping[str, Value], region: str, prefix: str = ""
) -> dict[str, Meaning]:
    """Give what each parameter stands for; one that is given and not there is a mistake."""
    for name in given:
        if name not in sections.parameters:
            raise Mistake(
                f"the template has no parameter {name!r}",
                sections.written.place("Parameters"),
                closest(name, sections.parameters),
            )
    zone = 0
    found = {}
    for name, said in sections.parameters.items():
        place = sections.written.place("Parameters", name)
        if name in given:
            found[name] = Meaning(known=True, value=_checked(name, said, given[name], place))
        elif said["Type"] == ZONE and said.get("Default") is None:
            text = f"parameter {prefix}{name} has no default: it is zone {zone + 1} of {region}"
            found[name] = Meaning(known=True, value=Zone(zone % facts.zones(region)), note=text)
            zone += 1
        else:
            found[name] = _undecided(prefix + name, said, region, place)
        if said["Type"].startswith("AWS::SSM::Parameter::Value<"):
            found[name] = _from_ssm(prefix + name, found[name])
    return found


def _undecided(name: str, said: Mapping[str, Any], region: str, place: Place) -> Meaning:
    """Give what a parameter stands for to which nobody gave a value."""
    kind, default = said["Type"], said.get("Default")
    if default is not None:
        return Meaning(known=True, value=_typed(name, kind, default, place))
    allowed = said.get("AllowedValues")
    if isinstance(allowed, list) and allowed:
        value = _typed(name, kind, allowed[0], place)
        text = f"parameter {name} has no default: it is {spelled(allowed[0])!r}, the first allowed"
        return Meaning(known=True, value=value, note=text)
    if kind == f"List<{ZONE}>":
        value = [Zone(index) for index in range(facts.zones(region))]
        text = f"parameter {name} has no default: it is the zones of {region}"
        return Meaning(known=True, value=value, note=text)
    text = f"parameter {name} ({kind}) has no default and stays open"
    return Meaning(known=False, note=text)


def _from_ssm(name: str, found: Meaning) -> Meaning:
    of = f" {found.value}" if found.known and isinstance(found.value, str) else ""
    return Meaning(
        known=False, note=f"parameter {name} is what SSM's parameter{of} holds: it stays open"
    )


def _checked(name: str, said: Mapping[str, Any], value: Value, place: Place) -> Value:
    """Hold a given value against the parameter's type and its allowed values."""
    typed = _typed(name, said["Type"], value, place)
    allowed = said.get("AllowedValues")
    if not isinstance(allowed, list) or not isinstance(value, str | int | float):
        return typed
    texts = [spelled(each) for each in allowed]
    if spelled(value) not in texts and not isinstance(typed, list):
        what = f"parameter {name} cannot be {spelled(value)!r}"
        raise Mistake(what, place, closest(spelled(value), texts))
    return typed


def _typed(name: str, kind: str, value: Value, place: Place) -> Value:
    """Give a value as its parameter's type has it: a number, a list, a text."""
    if isinstance(value, Join) and is_list(kind):
        return pieces(value)
    if isinstance(value, SYMBOLS):
        return value
    if isinstance(value, dict):
        raise Mistake(f"parameter {name}: a value must be a text or a number", place)
    if is_list(kind):
        texts = value if isinstance(value, list) else spelled(value).split(",")
        stripped = [each.strip() if isinstance(each, str) else each for each in texts]
        return [_number(each) for each in stripped] if kind == "List<Number>" else stripped
    if isinstance(value, list):
        raise Mistake(f"parameter {name} ({kind}) takes one value, not a list", place)
    if kind != "Number":
        return value
    number = _number(value)
    if isinstance(number, str):
        raise Mistake(f"parameter {name} takes a number, not {value!r}", place)
    return number


def is_list(kind: str) -> bool:
    """Tell whether a parameter's type holds several values."""
    return "List<" in kind or "CommaDelimitedList" in kind


def pieces(joined: Join, mark: str = ",") -> list[Value]:
    """Give what stands between the marks of a joined text."""
    found: list[list[Value]] = [[]]
    for part in joined.parts:
        if not isinstance(part, str):
            found[-1].append(part)
            continue
        first, *others = part.split(mark)
        found[-1].append(first)
        found.extend([each] for each in others)
    return [join(*each) for each in found]


def _number(value: Value) -> Value:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        return value
    return float(value) if "." in value else int(value)


def spelled(value: Any) -> str:
    """Give a scalar's text, as CloudFormation compares and joins it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def declared(name: str, said: Mapping[str, Any], meaning: Meaning | None = None) -> Parameter:
    """Give a parameter as the graph has it; its default is what it stands for, if that is plain."""
    default = said.get("Default")
    if meaning is not None and meaning.known and isinstance(meaning.value, str | int | float):
        default = meaning.value
    pattern = said.get("AllowedPattern")
    return Parameter(
        name,
        said["Type"],
        str(said.get("Description") or ""),
        default if isinstance(default, str | int) else None if default is None else str(default),
        pattern if isinstance(pattern, str) else None,
        no_echo=spelled(said.get("NoEcho", False)).lower() == "true",
    )
