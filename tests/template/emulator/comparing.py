"""Hold what a template says against what a service answers.

Gives the places where they differ. What the answer has more of is the
service's own business, but not in a list: an item that nobody wrote is told.
"""

import json
import string
from collections.abc import Iterator, Mapping
from typing import Any

from tests.template.emulator.paths import MISSING, find, member, opened, plain

ANYTHING = object()
"""A value that only AWS knows."""


def differences(
    expected: Any, found: Any, inner: Mapping[str, str], *, more: bool = False, at: str = ""
) -> Iterator[str]:
    """Give each place where `found` does not hold `expected`, with both; empty for none."""
    if expected is ANYTHING and found is not MISSING:
        return
    found = opened(found)
    match opened(expected):
        case dict() as parts if isinstance(found, list):
            named = _by_name(found)
            if named is None:
                # A list that the API has without the property around it.
                yield from differences(*_unwrapped(parts, found), inner, more=more, at=at)
            else:
                yield from _of_parts(parts, named, inner, at)
        case dict() as parts:
            yield from _of_parts(parts, found, inner, at)
        case list() as items if isinstance(found, Mapping) and _by_name(items) is not None:
            yield from _of_parts(_by_name(items) or {}, found, inner, at)
        case list() as items:
            yield from _of_items(items, found, inner, more=more, at=at)
        case scalar:
            if found is MISSING or not same(scalar, found):
                shown = "nothing" if found is MISSING else repr(found)[:120]
                yield f"{at}: {scalar!r:.120}, found {shown}"


def same(expected: Any, found: Any) -> bool:
    """Compare two scalars: text, numbers and truth as APIs write them."""
    if plain(expected) == plain(found) or (expected is True and plain(found) == "enabled"):
        return True
    if expected is False and plain(found) == "disabled":
        return True
    try:
        return float(expected) == float(found)
    except (TypeError, ValueError):
        return False


def generated(wanted: Mapping[str, Any], found: Any) -> Iterator[str]:
    """Give where a generated secret is not what was asked for, without showing it."""
    key = wanted.get("GenerateStringKey")
    made = str(member(found, key) if key else found)
    if len(made) != wanted.get("PasswordLength", 32):
        yield f": {len(made)} letters"
    barred = set(wanted.get("ExcludeCharacters", ""))
    if wanted.get("ExcludePunctuation"):
        barred |= set(string.punctuation)
    if barred & set(made):
        yield f": has {sorted(barred & set(made))}"
    template = json.loads(wanted.get("SecretStringTemplate", "{}"))
    yield from differences(template, found if key else {}, {})


def _of_parts(
    parts: Mapping[str, Any], found: Any, inner: Mapping[str, str], at: str
) -> Iterator[str]:
    for name, value in parts.items():
        there = find(found, inner.get(name, name))
        if there is MISSING:
            there = member(found, name)
        if value in ([], {}) and there is MISSING:
            continue
        yield from differences(value, there, inner, at=f"{at}.{name}")


def _of_items(
    items: list[Any], found: Any, inner: Mapping[str, str], *, more: bool, at: str
) -> Iterator[str]:
    if isinstance(found, Mapping) and "Quantity" in found:
        found = found.get("Items", [])  # CloudFront counts its lists
    if not isinstance(found, list):
        if len(items) != 1:
            shown = "nothing" if found is MISSING else repr(found)[:120]
            yield f"{at}: {len(items)} items, found {shown}"
            return
        found = [] if found is MISSING else [found]
    rest = list(found)
    for item in items:
        fitting = [one for one in rest if not [*differences(item, one, inner)]]
        if fitting:
            rest.remove(fitting[0])
        elif len(items) == len(found) == 1:
            yield from differences(item, found[0], inner, at=f"{at}.0")
            return
        else:
            yield f"{at}: {item!r:.200} is not among {found!r:.600}"
            return
    rest = [one for one in rest if not str(member(one, "Key")).startswith("aws:")]
    if rest and not more:
        yield f"{at}: nobody wrote {rest!r:.200}"


def _by_name(items: list[Any]) -> dict[str, Any] | None:
    """Give a list of named values (tags, parameters, variables) as a record, if it is one."""
    for name, value in (
        ("ParameterName", "ParameterValue"),
        ("Key", "Value"),
    ):
        if items and all(member(item, name) is not MISSING for item in items):
            return {member(item, name): member(item, value) for item in items}
    return None


def _unwrapped(parts: Mapping[str, Any], found: list[Any]) -> tuple[Any, Any]:
    if len(parts) == 1:
        return next(iter(parts.values())), found
    return parts, MISSING
