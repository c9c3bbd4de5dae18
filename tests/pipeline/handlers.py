"""Which actions CloudFormation needs for each resource type, out of AWS's schemas.

An action that IAM does not know is left out (some handlers name such), and one that AWS
holds to no resource is marked with a leading `-`. Both are told by the service authorization
reference, which cfn-lint carries too.

`python -m tests.pipeline.handlers` writes the table of the pipeline room anew from
the locked cfn-lint; a test holds the two equal.
"""

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import seatrial.graph.schema
import seatrial.pipeline


def _home() -> Path:
    """Give cfn-lint's folder, without the second that it takes to import it."""
    spec = find_spec("cfnlint")
    assert spec
    assert spec.origin
    return Path(spec.origin).parent


DATA = _home() / "data"
SCHEMAS = DATA / "schemas"
TYPES = Path(seatrial.graph.schema.__file__).parent / "types.txt"
TABLE = Path(seatrial.pipeline.__file__).parent / "actions.tsv"
ACTION = re.compile(r"([A-Za-z0-9-]+):([A-Z][A-Za-z]+\*?)")


def table() -> str:
    """Give the table: a type, a tab, the actions of its handlers but `list`."""
    hashes = json.loads((SCHEMAS / "providers/us-east-1.json").read_text())
    types = [each for each in TYPES.read_text().split("\n") if each.startswith("AWS::")]
    return "".join(f"{each}\t{' '.join(_actions(hashes[each]))}\n" for each in sorted(types))


def _actions(name: str) -> list[str]:
    schema = json.loads((SCHEMAS / f"resources/{name}.json").read_text())
    found = {
        f"{'' if holds(match[0]) else '-'}{match[1].lower()}:{match[2]}"
        for kind, handler in schema.get("handlers", {}).items()
        for action in handler.get("permissions", [])
        if kind != "list" and (match := ACTION.fullmatch(action)) and known(action)
    }
    return sorted(found, key=lambda each: each.lstrip("-"))


@cache
def authorization() -> Any:
    """Give the service authorization reference: each service's actions."""
    return json.loads((DATA / "AdditionalSpecs/Policies.json").read_text())


def known(action: str) -> bool:
    """Say whether IAM has such an action."""
    service, _, name = action.lower().partition(":")
    return name.endswith("*") or name in authorization().get(service, {}).get("Actions", {})


def holds(action: str) -> bool:
    """Say whether AWS can hold an action to a resource."""
    service, _, name = action.lower().partition(":")
    return bool(authorization().get(service, {}).get("Actions", {}).get(name, {}).get("Resources"))


if __name__ == "__main__":
    TABLE.write_text(table())
