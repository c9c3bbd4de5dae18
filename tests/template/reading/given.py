"""Templates as files, for the tests of reading."""

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

from seatrial.template.reading import Reading, read_template


def written(folder: Path, text: str, name: str = "stack.yaml") -> Path:
    """Write a template; give its file."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text))
    return file


def read(folder: Path, text: str, region: str = "us-east-1", **parameters: str) -> Reading:
    """Read a template from its text."""
    return read_template(written(folder, text), parameters, region)


def evaluated(folder: Path, value: Any, rest: dict[str, Any] | None = None) -> Any:
    """Give what a value comes to as a property of a queue; and the notes."""
    resources = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Value": value}}}
    template = dict(rest or {})
    template["Resources"] = resources | template.get("Resources", {})
    reading = read_template(written(folder, json.dumps(template), "t.json"), {}, "us-east-1")
    return reading.graph["Queue"].properties.get("Value"), reading.assumptions
