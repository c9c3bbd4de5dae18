"""Resolve a template as it stands in a stack: references become what the services say.

`Ref` is the physical id; `Fn::GetAtt` is asked of the service itself, so that a
comparison holds the wiring too, and not only the emulator's own idea of it.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.template.emulator.comparing import ANYTHING
from tests.template.emulator.paths import member

_NAMED = re.compile(r"\$\{(!?)([^}]+)\}")
_DYNAMIC = re.compile(r"\{\{resolve:secretsmanager:(.+?):SecretString(?::([^}:]*))?\}\}")


@dataclass(frozen=True)
class Resolver:
    """What is known of one stack at one time."""

    ids: Mapping[str, str]
    values: Mapping[str, Any]
    attribute: Callable[[str, str], Any]
    zones: list[str]
    secret: Callable[[str], Any]

    def resolve(self, value: Any) -> Any:
        """Give a value of the template without functions; ANYTHING where it cannot be known."""
        match value:
            case {"Ref": name}:
                return self.ids.get(name, self.values.get(name))
            case {"Fn::GetAtt": [name, attribute]}:
                return self.attribute(name, attribute)
            case {"Fn::Sub": text}:
                return self._write(text)
            case {"Fn::Join": [between, items]}:
                return str(between).join(str(each) for each in self.resolve(items))
            case {"Fn::Split": [between, text]}:
                return str(self.resolve(text)).split(between)
            case {"Fn::Select": [number, items]}:
                return self.resolve(items)[number]
            case {"Fn::GetAZs": _}:
                return self.zones
            case {"Fn::Base64": text}:
                return base64.b64encode(str(self.resolve(text)).encode()).decode()
            case dict():
                return {name: self.resolve(each) for name, each in value.items()}
            case list():
                return [self.resolve(each) for each in value]
            case _:
                return value

    def _write(self, text: str) -> Any:
        unknown = False

        def named(found: re.Match[str]) -> str:
            nonlocal unknown
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            id, _, attribute = name.partition(".")
            value = self.resolve({"Fn::GetAtt": [id, attribute]} if attribute else {"Ref": id})
            unknown = unknown or value is ANYTHING
            return str(value)

        def secret(found: re.Match[str]) -> str:
            value = self.secret(found[1])
            return str(member(value, found[2]) if found[2] else value)

        written = _DYNAMIC.sub(secret, _NAMED.sub(named, text))
        return ANYTHING if unknown else written
