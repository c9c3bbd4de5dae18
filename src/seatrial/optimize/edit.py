"""The edit of `system.py` that a combination is: which text stands where, and what instead.

Takes the system, the environment and the settings that change; gives texts. An edit is
made where the value stands that counts in the environment: in its own `change`, else
where the part or the system is written. It never writes a file, and where the text is
too clever to be edited it says so instead of trying.
"""

import ast
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any

from seatrial.language import Environment, System
from seatrial.language.loading import read
from seatrial.language.part import Part, Setting
from seatrial.mistake import Mistake, Place


@dataclass(frozen=True, slots=True)
class Change:
    """One setting of a part (None: of the system) that gets another value."""

    part: Part | None
    setting: str
    value: object
    here: bool = False
    """Whether it is written in the environment, because it would break what others say."""

    @property
    def text(self) -> str:
        """Give it as it is written, e.g. `size='db.t4g.small'`."""
        return f"{self.setting}={written(self.value)}"


ALWAYS = ("min", "max")
"""Settings that are written also where they are what they would be anyway."""


class TooClever(Exception):
    """The text makes the value in a way that no edit of one value changes."""


def written(value: object) -> str:
    """Give a value as Python writes it; a group of settings with what is not its default."""
    if isinstance(value, Setting) and not isinstance(value, Part):
        said = [
            f"{each.name}={written(getattr(value, each.name))}"
            for each in fields(value)  # type: ignore[arg-type]  # every setting is a dataclass
            if each.init and (getattr(value, each.name) != _default(each) or each.name in ALWAYS)
        ]
        return f"{type(value).__name__}({', '.join(said)})"
    if isinstance(value, str):
        quoted = repr(value)
        return f'"{quoted[1:-1]}"' if quoted[0] == "'" and '"' not in quoted else quoted
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    return repr(value)


def _default(each: Any) -> object:
    if each.default_factory is not MISSING:
        return each.default_factory()
    return each.default


def edited(text: str, environment: Environment, changes: Iterable[Change]) -> str:
    """Give the text of `system.py` with every change made; `TooClever` where one cannot be."""
    for change in changes:
        text = _Source(text, environment).after(change)
    return text


def settled(
    text: str, file: Path, environment: Environment, changes: Iterable[Change]
) -> list[Change]:
    """Write what would break the description elsewhere into the environment instead."""
    found = []
    for change in changes:
        moved = replace(change, here=change.part is not None)
        stays = _loads(text, file, environment, change)
        found.append(change if stays or not _loads(text, file, environment, moved) else moved)
    return found


def _loads(text: str, file: Path, environment: Environment, change: Change) -> bool:
    try:
        read(edited(text, environment, [change]), file).in_environment(environment.name)
    except (TooClever, Mistake):
        return False
    return True


def place(environment: Environment, change: Change) -> Place:
    """Give the line that an edit is made in."""
    if change.part is None:
        there = change.setting in environment.declared
        return environment.place if there else environment.system.place
    changed = environment.changed(change.part)
    if isinstance(changed, Part):
        return changed.place
    inside = change.here or change.setting in changed
    return environment.place if inside else change.part.place


def patch(file: Path, before: str, after: str) -> str:
    """Give the difference of two texts of a file as a patch."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"a/{file.name}",
        f"b/{file.name}",
        n=1,
    )
    return "".join(each if each.endswith("\n") else f"{each}\n" for each in lines)


class _Source:
    """One text of `system.py`, with its calls found by the line that they begin in."""

    def __init__(self, text: str, environment: Environment) -> None:
        self.text = text
        self.environment = environment
        self.system: System = environment.system
        self.tree = ast.parse(text)
        self.starts = [0]
        for line in text.encode().splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def after(self, change: Change) -> str:
        if change.part is None:
            method = change.setting in self.environment.declared
            where = self.environment.place if method else self.system.place
            call = self._call(where, "environment" if method else "System")
            return self._with_keyword(call, change.setting, written(change.value))
        changed = self.environment.changed(change.part)
        if isinstance(changed, Part):
            return self._in_part(changed, changed.place, change)
        if change.here or change.setting in changed:
            return self._in_environment(change.part, change)
        return self._in_part(change.part, change.part.place, change)

    def _in_part(self, part: Part, where: Place, change: Change) -> str:
        twins = [each for each in self.system.parts() if each.place == where]
        if len(twins) > 1 and all(isinstance(each, type(part)) for each in twins):
            raise TooClever  # one text makes several parts: an edit would change them all
        call = self._call(where, type(part).__name__, type(part).__name__.lower())
        positional = [each.name for each in fields(part) if each.init]  # type: ignore[arg-type]  # every part is a dataclass
        for argument, name in zip(call.args, positional, strict=False):
            if name == change.setting:
                return self._replaced(argument, written(change.value))
        return self._with_keyword(call, change.setting, written(change.value))

    def _in_environment(self, part: Part, change: Change) -> str:
        """Edit the value in `change={db: dict(size=...)}`, or lay one over what is there."""
        call = self._call(self.environment.place, "environment")
        values = next((each.value for each in call.keywords if each.arg == "change"), None)
        name = self._name(part)
        fresh = f"{name}: dict({change.setting}={written(change.value)})"
        if values is None:
            return self._with_keyword(call, "change", f"{{{fresh}}}")
        if isinstance(values, ast.Dict):
            for key, value in zip(values.keys, values.values, strict=True):
                if isinstance(key, ast.Name) and key.id == name:
                    return self._in_values(value, change)
        if not self.environment.changed(part):
            if isinstance(values, ast.Dict):
                comma = ", " if values.keys else ""
                return self._inserted(self._end(values) - 1, comma + fresh)
            if isinstance(values, ast.Name):
                return self._replaced(values, f"{{**{values.id}, {fresh}}}")
            raise TooClever
        if isinstance(values, ast.Dict):
            others = [
                value for key, value in zip(values.keys, values.values, strict=True) if not key
            ]
            if len(others) == 1 and isinstance(others[0], ast.Name):
                over = self._laid_over(name, others[0].id, change)
                return self._inserted(self._end(values) - 1, f", {over}")
        if isinstance(values, ast.Name):
            over = self._laid_over(name, values.id, change)
            return self._replaced(values, f"{{**{values.id}, {over}}}")
        raise TooClever

    @staticmethod
    def _laid_over(name: str, values: str, change: Change) -> str:
        value = f'"{change.setting}": {written(change.value)}'
        return f"{name}: {{**{values}[{name}], {value}}}"

    def _in_values(self, value: ast.expr, change: Change) -> str:
        new = written(change.value)
        if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "dict":
            known = [each.arg for each in value.keywords]
            if change.setting in known or None not in known:
                return self._with_keyword(value, change.setting, new)
        if isinstance(value, ast.Dict):
            for key, each in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == change.setting:
                    return self._replaced(each, new)
        there = ast.get_source_segment(self.text, value)
        return self._replaced(value, f'{{**{there}, "{change.setting}": {new}}}')

    def _name(self, part: Part) -> str:
        """Give the variable that a part is kept in."""
        call = self._call(part.place, type(part).__name__, type(part).__name__.lower())
        for each in ast.walk(self.tree):
            if isinstance(each, ast.Assign) and each.value is call:
                target = each.targets[0]
                if isinstance(target, ast.Name):
                    return target.id
        raise TooClever

    def _call(self, where: Place, *names: str) -> ast.Call:
        """Find the one call of these names that begins in a line."""
        found = [
            each
            for each in ast.walk(self.tree)
            if isinstance(each, ast.Call)
            and each.lineno == where.line
            and (getattr(each.func, "id", None) or getattr(each.func, "attr", None)) in names
        ]
        if len(found) != 1:
            raise TooClever
        return found[0]

    def _with_keyword(self, call: ast.Call, name: str, value: str) -> str:
        for each in call.keywords:
            if each.arg == name:
                return self._replaced(each.value, value)
        last = [*call.args, *(each.value for each in call.keywords)]
        if any(each.arg is None for each in call.keywords):
            raise TooClever  # **values may hold it already
        if not last:
            return self._inserted(self._end(call) - 1, f"{name}={value}")
        end = max(self._end(each) for each in last)
        return self._inserted(end, f", {name}={value}")

    def _end(self, node: ast.expr) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.starts[node.end_lineno - 1] + node.end_col_offset

    def _inserted(self, at: int, new: str) -> str:
        raw = self.text.encode()
        return (raw[:at] + new.encode() + raw[at:]).decode()

    def _replaced(self, node: ast.expr, new: str) -> str:
        raw = self.text.encode()
        start = self.starts[node.lineno - 1] + node.col_offset
        return (raw[:start] + new.encode() + raw[self._end(node) :]).decode()


def values(changes: Iterable[Change]) -> tuple[dict[Part, dict[str, object]], dict[str, object]]:
    """Give changes as `Environment.varied` takes them: of parts, and of the system."""
    parts: dict[Part, dict[str, object]] = {}
    settings: dict[str, object] = {}
    for each in changes:
        if each.part is None:
            settings[each.setting] = each.value
        else:
            parts.setdefault(each.part, {})[each.setting] = each.value
    return parts, settings


def shown(changes: Mapping[str, object]) -> str:
    """Give values as they are written side by side: `size="db.t4g.small", nodes=1`."""
    return ", ".join(f"{name}={written(value)}" for name, value in changes.items())
