"""A template as text: JSON or YAML, in the graph's own order."""

import json
from collections.abc import Mapping
from json.encoder import encode_basestring as quote
from typing import Any

from seatrial.graph import Graph
from seatrial.template.cloudformation import template


def render_json(graph: Graph) -> str:
    """Write the template as JSON."""
    return _indented(template(graph)) + "\n"


def _indented(value: Any, begin: str = "\n") -> str:
    """Give what `json.dumps(value, indent=2, ensure_ascii=False)` does, in 0.6 of its time.

    Where it indents, `json` is Python too, a generator for each value. `begin` is a new line.
    """
    if isinstance(value, str):
        return quote(value)
    inner = f"{begin}  "
    if isinstance(value, dict) and value:
        members = [f"{quote(key)}: {_indented(each, inner)}" for key, each in value.items()]
        return f"{{{inner}{f',{inner}'.join(members)}{begin}}}"
    if isinstance(value, list | tuple) and value:
        return f"[{inner}{f',{inner}'.join([_indented(each, inner) for each in value])}{begin}]"
    return json.dumps(value)


def render_yaml(graph: Graph) -> str:
    """Write the template as YAML, with CloudFormation's short forms (`!Ref`, `!GetAtt`, `!Sub`)."""
    import yaml  # noqa: PLC0415 - 15 ms that JSON does not need

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML asks of each value
            return True

    def mapping(dumper: yaml.SafeDumper, data: Mapping[str, Any]) -> yaml.Node:
        if len(data) == 1:
            ((key, value),) = data.items()
            if key == "Ref":
                return dumper.represent_scalar("!Ref", value)
            if key == "Fn::GetAtt":
                return dumper.represent_scalar("!GetAtt", ".".join(value))
            if key == "Fn::Sub" and isinstance(value, str):
                return dumper.represent_scalar("!Sub", value)
        return dumper.represent_dict(data.items())

    def text(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
        style = "|" if "\n" in data else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)

    Dumper.add_representer(dict, mapping)
    Dumper.add_representer(str, text)
    return yaml.dump(template(graph), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)
