"""docs/systems.md: every row of the seed documents, and what holds it.

Takes `docs/held/*.toml` and the inventory, gives the document's text.
"""

import json
from collections import Counter
from typing import Any

from scripts.docs.held import (
    KINDS,
    InDocument,
    InTemplate,
    InTest,
    Later,
    Otherwise,
    Place,
    Row,
    Seed,
    read_seeds,
)
from scripts.docs.markdown import anchor, table

_LONGEST = 100
_KINDS = {
    "resource": "by a value in the template",
    "pipeline": "by a step of the pipeline",
    "behaviour": "by a test of what runs",
    "document": "by a document",
    "otherwise": "otherwise",
    "later": "later",
}
_START = """\
# The seed documents, row by row

Made from `docs/held/*.toml` and `docs/seeds/inventory.json` by `make golden`; do not edit it here.

Each system of `examples/` comes from a document that describes its architecture on AWS. The
inventory lists the documents' facts, one a row; this table says what holds each of them. A test
holds this table: a row is held by a template only if the value is in the example's template, by a
test only if there is such a test, by a document only if that section speaks of it, by the pipeline
only if the value is in the system's GitHub workflows, its CodePipeline or its bootstrap stack.
*Otherwise* means that AWS refuses the document's value today; the reason is AWS's own
documentation. *Later* names the part that is to hold the row and is not there yet.
"""


def render() -> str:
    """Write the document."""
    return "\n".join([_START, *(_section(seed) for seed in read_seeds())])


def _section(seed: Seed) -> str:
    count = Counter(row.kind for row in seed.rows if row.id not in seed.waiting)
    named = [f"{count[kind]} {_KINDS[kind]}" for kind in KINDS if count[kind]]
    share = 100 * count["otherwise"] / len(seed.rows)
    said = f"{len(seed.rows)} rows: {', '.join(named)} ({share:.1f} % otherwise)"
    if seed.waiting:
        said += f"; {len(seed.waiting)} not held yet"
    rows = [(row.id, row.fact, row.kind, _where(row, seed)) for row in seed.rows]
    return (
        f"## {seed.system}\n\nSeed document `{seed.document}`; "
        f"[the system's own page](systems/{seed.system}.md).\n\n{said}.\n\n"
        f"{table(('Row', 'Fact', 'Held by', 'Where'), rows)}\n"
    )


def _where(row: Row, seed: Seed) -> str:
    told = "<br>".join(_place(each) for each in row.places)
    if row.note:
        told += f"<br>{row.note}."
    return f"**Not yet.** {told}" if row.id in seed.waiting else told


def _place(place: Place) -> str:
    match place:
        case InTemplate():
            where = f"`{place.name}`"
            if place.environment != "production":
                where += f" in {place.environment}"
            return f"{where} {_value(place)}"
        case InTest(file, test):
            return f"[`{test}`](../{file})"
        case InDocument(file, heading):
            return f"[{heading}]({file}#{anchor(heading)})"
        case Later(part):
            return f"Later: {part}"
        case Otherwise(because, source):
            return f"{because} ([AWS]({source}))"
    raise TypeError(place)


def _value(place: InTemplate) -> str:
    if place.test == "absent":
        return "is not there"
    if place.test == "has":
        return "has " + ", ".join(f"`{each}`" for each in place.expected)
    text = _short(place.expected)
    return f"is `{text}`" if len(text) <= _LONGEST else f"is `{text[: _LONGEST - 1]}…`"


def _short(value: Any) -> str:
    """Write a value as CloudFormation's short forms do."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, argument),) = value.items()
        if name == "Ref":
            return f"!Ref {argument}"
        if name == "Fn::GetAtt":
            return f"!GetAtt {'.'.join(argument)}"
        if name == "Fn::Sub":
            return f"!Sub {argument}"
    if isinstance(value, list):
        return f"[{', '.join(map(_short, value))}]"
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
