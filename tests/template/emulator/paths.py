"""Find something in an answer.

A path is names with points between; a number picks one of a list, `*` goes into
each, `#` counts, `,` splits. `{A,B|x}` picks the one whose A and B are the resource's own (x
where it does not say), `{=A}` the one whose A is the physical id; `?A=x` keeps those whose A is x
(`@`: the physical id). `name|text` is
what follows the last `text` in a string.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

MISSING = object()


def find(record: Any, path: str, id: str = "", own: Mapping[str, Any] | None = None) -> Any:
    """Give what is at the path, or MISSING."""
    found = record
    for step in _steps(path):
        found = _step(found, step, id, own or {})
        if found is MISSING:
            return MISSING
    return found


def _steps(path: str) -> list[str]:
    steps, depth = [""], 0
    for letter in path:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "." and not depth:
            steps.append("")
        else:
            steps[-1] += letter
    return [step for step in steps if step]


def _step(found: Any, step: str, id: str, own: Mapping[str, Any]) -> Any:
    if step == "#":
        return len(found) if isinstance(found, list) else MISSING
    if step == ",":
        return found.split(",") if isinstance(found, str) else MISSING
    if step == "*":
        return found if isinstance(found, list) else MISSING
    if step.startswith("?") and isinstance(found, list):
        name, _, value = step[1:].partition("=")
        wanted = plain(id) if value == "@" else value
        return [one for one in found if plain(member(one, name)) == wanted]
    if step.startswith("{"):
        return _pick(found, step[1:-1], id, own)
    if step.isdigit():
        number = int(step)
        return found[number] if isinstance(found, list) and len(found) > number else MISSING
    name, _, after = step.partition("|")
    if isinstance(found, list):
        each = [_step(one, step, id, own) for one in found]
        return MISSING if MISSING in each else each
    value = member(found, name)
    if after and isinstance(value, str):
        return value.strip("/").rpartition(after)[2]
    return value


def member(found: Any, name: str) -> Any:
    """Give a record's value whatever the case of its name; a document in JSON is a record too."""
    record = opened(found)
    if not isinstance(record, Mapping):
        return MISSING
    if name in record:
        return record[name]
    for key, value in record.items():
        if key.lower() == name.lower():
            return value
    return MISSING


def opened(found: Any) -> Any:
    """Read a document, which IAM quotes as in an address."""
    if isinstance(found, str):
        text = unquote(found) if found.startswith("%7B") else found
        if text.startswith(("{", "[")):
            try:
                return json.loads(text)
            except ValueError:
                return found
    return found


def _pick(found: Any, keys: str, id: str, own: Mapping[str, Any]) -> Any:
    if not isinstance(found, list):
        return MISSING
    for one in found:
        if keys.startswith("="):
            fits = member(one, keys[1:]) == id
        else:
            fits = all(
                plain(member(one, name)) == plain(own.get(name, default))
                for name, _, default in (key.partition("|") for key in keys.split(","))
            )
        if fits:
            return one
    return MISSING


def plain(value: Any) -> str:
    """Write a scalar as APIs and templates agree on: in small letters, no point at a name's end."""
    text = str(value).lower()
    if text.endswith(".0") and text[:-2].lstrip("-").isdigit():
        return text[:-2]
    return text.rstrip(".") if not text.replace(".", "").isdigit() else text
