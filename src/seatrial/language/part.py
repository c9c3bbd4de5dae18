"""The frame that every part and setting of the language stands in.

`@setting` makes a frozen dataclass whose arguments are checked when it is
written: misspelt and missing ones, wrong types, then the class's own `check`.
Whatever is wrong becomes one `Mistake` at the line of the user's file. `@part`
adds a name. Nothing here knows a particular part.
"""

import dataclasses
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, wraps
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Any,
    ClassVar,
    Literal,
    Self,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from seatrial.mistake import Mistake, Place, closest

T = TypeVar("T")
_OURS = str(Path(__file__).parent.parent)


class Setting:
    """A group of named values; `place` is the line of the user's file that wrote it."""

    place: Place

    noun: ClassVar[str] = ""

    def check(self) -> None:
        """Raise `Mistake` when the values do not fit together."""

    def label(self) -> str:
        """Give the words by which a message names it."""
        return type(self).__name__

    def wrong(self, what: str, right: str = "") -> Mistake:
        """Make the mistake that names this part and its line."""
        return Mistake(f"{self.label()}: {what}", self.place, right)

    def but(self, changes: Mapping[str, object], place: Place) -> Self:
        """Copy with some values changed, checked as if written at `place`."""
        known = {each.name for each in fields(self) if each.init}  # type: ignore[arg-type]  # every setting is a dataclass
        for name in changes:
            if name not in known:
                raise Mistake(
                    f"{self.label()} has no setting {name!r}.", place, closest(name, known)
                )
        values = {name: getattr(self, name) for name in known} | dict(changes)
        return _make(type(self), place, (), values)


class Part(Setting):
    """A named thing of the system that becomes AWS resources."""

    name: str

    def label(self) -> str:
        """Give kind and name, as a message names it."""
        return f"{type(self).__name__} {self.name!r}"

    def uses_parts(self) -> Collection["Part"]:
        """Give the parts that this one needs, directly."""
        return ()

    def in_standby(self, _running: int) -> Mapping[str, object]:
        """Give the values that change in a second region where `running` tasks a service run."""
        return {}


def caller() -> Place:
    """Find the line of the user's file that is running: the nearest frame not ours."""
    frame = sys._getframe(1)
    while frame.f_back and (
        frame.f_code.co_filename.startswith(_OURS) or frame.f_code.co_filename.startswith("<")
    ):
        frame = frame.f_back
    return Place(frame.f_code.co_filename, frame.f_lineno)


def _make(cls: type[T], place: Place, args: Sequence[object], values: Mapping[str, object]) -> T:
    made = cls.__new__(cls)
    object.__setattr__(made, "place", place)
    cls.__init__(made, *args, **values)
    return made


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def setting(cls: type[T]) -> type[T]:
    """Make a class of named values that are checked when it is written."""
    made: type[T] = dataclass(frozen=True, eq=False)(cls)
    known = [each.name for each in fields(made) if each.init]  # type: ignore[arg-type]  # just made one
    required = [
        each.name
        for each in fields(made)  # type: ignore[arg-type]  # just made one
        if each.init and each.default is each.default_factory is dataclasses.MISSING
    ]
    plain: Callable[..., None] = made.__init__
    hints = cache(lambda: _hints(made))  # read when first written: annotations may look ahead

    @wraps(plain)
    def checked(self: Any, *args: object, **values: object) -> None:
        if not hasattr(self, "place"):
            object.__setattr__(self, "place", caller())
        _check_names(self, known, required, args, values)
        plain(self, *args, **values)
        for name, hint in hints().items():
            value = getattr(self, name)
            if not fits(value, hint):
                raise self.wrong(f"{name} must be {words(hint)}, not {shown(value)}.")
        self.check()

    made.__init__ = checked  # type: ignore[method-assign]  # the checked form has the same signature
    return made


part = setting


def _check_names(
    self: Any,
    known: Sequence[str],
    required: Sequence[str],
    args: Sequence[object],
    values: Mapping[str, object],
) -> None:
    kind = type(self).__name__
    name = args[0] if args else values.get("name")
    label = f"{kind} {name!r}" if "name" in known and isinstance(name, str) else kind
    for given in values:
        if given not in known:
            raise Mistake(f"{label} has no setting {given!r}.", self.place, closest(given, known))
    if len(args) > len(known):
        raise Mistake(
            f"{label} takes at most {len(known)} values without a name, not {len(args)}.",
            self.place,
            f"In order: {', '.join(known)}.",
        )
    doubled = [given for given in known[: len(args)] if given in values]
    if doubled:
        raise Mistake(f"{label} is given {doubled[0]!r} twice.", self.place)
    missing = [one for one in required if one not in known[: len(args)] and one not in values]
    if missing:
        raise Mistake(
            f"{label} needs {' and '.join(map(repr, missing))}.",
            self.place,
            f"Write {kind}(..., {missing[0]}=...).",
        )


def _hints(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {each.name: hints[each.name] for each in fields(cls) if each.init}


def fits(value: object, hint: Any) -> bool:
    """Say whether a value is of an annotated type; a bool is never a number here."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is None:
        kinds = (int, float) if hint is float else hint
        boolean = isinstance(value, bool) and hint in (int, float)
        return isinstance(value, kinds) and not boolean
    if origin in (Union, UnionType):
        return any(fits(value, each) for each in inner)
    if origin is Literal:
        return any(value == each and type(value) is type(each) for each in inner)
    if issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            fits(key, inner[0]) and fits(each, inner[1]) for key, each in value.items()
        )
    return isinstance(value, list | tuple) and all(fits(each, inner[0]) for each in value)


_WORDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    NoneType: "None",
}


def words(hint: Any) -> str:
    """Give a type in plain words."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        kinds = [words(each) for each in inner]
        return " or ".join(dict.fromkeys(kinds))
    if origin is Literal:
        return "one of " + ", ".join(repr(each) for each in inner)
    if origin is not None and issubclass(origin, Mapping):
        return f"a dict of {words(inner[0])} to {words(inner[1])}"
    if origin is not None and issubclass(origin, Sequence):
        return f"a list of {words(inner[0])}"
    if hint in _WORDS:
        return _WORDS[hint]
    name: str = hint.__name__
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def shown(value: object) -> str:
    """Give a value as a message may show it: short, and never a whole object."""
    if isinstance(value, Part):
        return value.label()
    if isinstance(value, Setting):
        return f"a {type(value).__name__}"
    if isinstance(value, str | int | float | bool | NoneType):
        text = repr(value)
        return text if len(text) <= 60 else text[:57] + "..."
    if isinstance(value, list | tuple):
        first = [shown(each) for each in value[:3]]
        return f"[{', '.join([*first, *(['...'] if len(value) > 3 else [])])}]"
    return f"a {type(value).__name__}"
