"""A file of names, measures and values in YAML, TOML or JSON, as data with its lines.

Takes a path; gives what it says and the line of each name and measure. A key that
stands twice, and whatever is not the form that the suffix names, is a `Mistake` with
its line. It does not know what a measure is.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from seatrial.mistake import Mistake, Place

Lines = Mapping[tuple[str, ...], int]
"""`("api",)` and `("api", "requests")` to the line, 1-based, where the key stands."""

_AT = re.compile(r"line (\d+)")
_WHERE = re.compile(r" \(at (?:line \d+, column \d+|end of document)\)")
_POWER = re.compile(r"[-+]?\d+(\.\d*)?[eE][+-]?\d+")
DEEPEST = 100


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, with or without a mark of it."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise Mistake(f"cannot read {path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Mistake("this is not text in UTF-8.", Place(str(path))) from None
    except ValueError:
        raise Mistake(f"{str(path)!r} is no file's name.") from None


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file."""
    text = read_text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        raise _no_form("TOML", _WHERE.sub("", str(error)), path, line) from None
    except RecursionError:
        raise _too_deep(path) from None
    except ValueError:  # a number of thousands of digits
        raise _no_form("TOML", "a number is too long", path, 0) from None


def read_lines(path: Path) -> tuple[Any, Lines]:
    """Read a file in the form that its suffix names."""
    read = _FORMS.get(path.suffix.lower())
    if read is None and not path.is_dir():
        raise Mistake(
            f"{path.name!r} has no suffix that says what it is.",
            Place(str(path)),
            "Name it .yaml, .toml or .json.",
        )
    return (read or _yaml)(path)


def _toml(path: Path) -> tuple[Any, Lines]:
    data = read_toml(path)
    return data, _found(read_text(path), data, "{}", "#")


def _json(path: Path) -> tuple[Any, Lines]:
    text = read_text(path)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in pairs:
            if key in made:
                rows = text.splitlines()
                first = _next(rows, 0, f'"{key}"')
                raise _twice(key, path, _next(rows, first, f'"{key}"', again=True) + 1)
            made[key] = value
        return made

    try:
        data = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise _no_form("JSON", error.msg, path, error.lineno) from None
    except RecursionError:
        raise _too_deep(path) from None
    except ValueError:  # a number of thousands of digits
        raise _no_form("JSON", "a number is too long", path, 0) from None
    return data, _found(text, data, '"{}"')


def _yaml(path: Path) -> tuple[Any, Lines]:
    import yaml  # noqa: PLC0415 - heavy, and only a file of this form needs it

    text = read_text(path)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if text.count("[") + text.count("{") > DEEPEST * DEEPEST:
        raise _too_deep(path)  # libyaml's own C would overflow its stack
    try:
        root = yaml.compose(text, loader)
        lines = _yaml_lines(root, path, yaml.MappingNode)
        data = _numbers(yaml.load(text, loader))  # noqa: S506 - a safe loader, C or not
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        said = " ".join(str(error.problem or error.context).split())
        raise _no_form("YAML", said, path, mark.line + 1 if mark else 0) from None
    except yaml.YAMLError as error:  # a character that YAML does not take
        raise _no_form("YAML", str(error).partition("\n")[0], path, 0) from None
    except RecursionError:
        raise _too_deep(path) from None
    except ValueError:  # a date that there is not, a number of thousands of digits
        raise _no_form("YAML", "a value is none", path, 0) from None
    return data, lines


def _yaml_lines(root: Any, path: Path, mapping: Any) -> Lines:
    """Give the line of each key of the first two levels; none may stand twice."""
    lines: dict[tuple[str, ...], int] = {}
    above: tuple[tuple[tuple[str, ...], Any], ...] = (((), root),)
    for _ in range(2):
        below = []
        for names, node in above:
            for key, inner in node.value if isinstance(node, mapping) else ():
                name = (*names, str(key.value))
                if name in lines:
                    raise _twice(name[-1], path, key.start_mark.line + 1)
                lines[name] = key.start_mark.line + 1
                below.append((name, inner))
        above = tuple(below)
    return lines


_FORMS: Mapping[str, Callable[[Path], tuple[Any, Lines]]] = {
    ".yaml": _yaml,
    ".yml": _yaml,
    ".json": _json,
    ".toml": _toml,
}


def _numbers(value: Any) -> Any:
    """Read `1e6`, which YAML 1.1 takes for a text, as the number that was meant."""
    if isinstance(value, dict):
        return {key: _numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_numbers(inner) for inner in value]
    if isinstance(value, str) and _POWER.fullmatch(value):
        return float(value)
    return value


def _found(text: str, data: Any, form: str, comment: str = "") -> Lines:
    """Find the line of each name and measure, in the order in which they are written."""
    lines: dict[tuple[str, ...], int] = {}
    rows = text.splitlines()
    if comment:
        rows = ["" if row.lstrip().startswith(comment) else row for row in rows]
    at = 0
    for name, measures in data.items() if isinstance(data, dict) else ():
        at = _next(rows, at, form.format(name))
        lines[name,] = at + 1
        below = at
        for measure in measures if isinstance(measures, dict) else ():
            below = _next(rows, below, form.format(measure))
            lines[name, measure] = below + 1
    return lines


def _next(rows: list[str], start: int, word: str, *, again: bool = False) -> int:
    """Give the row where a word stands next; `again` the one after its first."""
    pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    for index in range(start, len(rows)):
        found = len(pattern.findall(rows[index]))
        if found > again:
            return index
        again = again and not found
    return start


def _no_form(form: str, said: str, path: Path, line: int) -> Mistake:
    said = said[:1].lower() + said[1:].rstrip(".")
    return Mistake(f"this is not {form}: {said}.", Place(str(path), line))


def _twice(key: str, path: Path, line: int) -> Mistake:
    return Mistake(f"{key!r} stands twice.", Place(str(path), line), "Take one of them away.")


def _too_deep(path: Path) -> Mistake:
    return Mistake("this is nested too deeply to be read.", Place(str(path)))
