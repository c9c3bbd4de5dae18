"""What cfn-lint says of a graph; `python -m tests.graph.schema.lint` records it.

Linting every mutation takes minutes, so what cfn-lint found of each is kept in
`cfn-lint.json`, under the hash of its template; the tests lint a few of them
again and refuse a record that is not of these mutations.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from seatrial.graph import Graph
from tests import cfn_lint
from tests.graph.schema.system import template_of

RECORD = Path(__file__).parent / "cfn-lint.json"


def text_of(graph: Graph) -> str:
    return json.dumps(template_of(graph), sort_keys=True)


def hash_of(graph: Graph) -> str:
    return hashlib.sha256(text_of(graph).encode()).hexdigest()[:16]


def errors(graph: Graph) -> list[tuple[str, str]]:
    """Give cfn-lint's errors as (resource, rule), "" where it names no resource."""
    found = cfn_lint.matches(text_of(graph), graph.region)
    return sorted(
        {
            (
                str(each.path[1]) if len(each.path) > 1 and each.path[0] == "Resources" else "",
                each.rule.id,
            )
            for each in found
            if each.rule.id.startswith("E")
        }
    )


def record() -> dict[str, Any]:
    """Give what is recorded: by a mutation's name its template's hash and cfn-lint's errors."""
    kept: dict[str, Any] = json.loads(RECORD.read_text("utf-8"))
    return kept


def main() -> None:
    """Lint what the record does not have yet, and write it."""
    import importlib.metadata

    from tests.graph.test_check_mutations import MUTATIONS, broken

    version = importlib.metadata.version("cfn-lint")
    kept = record() if RECORD.exists() else {}
    known = kept.get("mutations", {}) if kept.get("version") == version else {}
    mutations = {}
    for mutation in MUTATIONS:
        graph = broken(mutation)
        if known.get(mutation.name, {}).get("template") == hash_of(graph):
            mutations[mutation.name] = known[mutation.name]
            continue
        found = sorted({rule for _, rule in errors(graph)})
        mutations[mutation.name] = {"template": hash_of(graph), "errors": found}
    written = {"version": version, "mutations": mutations}
    RECORD.write_text(json.dumps(written, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
