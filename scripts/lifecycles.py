"""Write `policy/data/lifecycles.json` from a checkout of the endoflife.date collection.

    python -m scripts.lifecycles FOLDER DAY

FOLDER is its `products`, DAY the day of its last commit. The collection (MIT License) follows
AWS's own pages, which each engine's entry names; nothing is fetched here.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent.parent / "src/seatrial/policy/data/lifecycles.json"
NOTE = (
    "When AWS's standard support of a version ends; `page` is AWS's own. Read through the "
    "endoflife.date collection of that day, which follows those pages. A version that is not "
    "listed has no published end."
)
DOCS = "https://docs.aws.amazon.com/"
BY_THE_HOUR = "extended support, billed by the hour, begins"
BY_THE_VCPU = "extended support, billed by the vCPU and hour, begins"
WIDTH = 96


@dataclass(frozen=True, slots=True)
class Product:
    """One engine: its file in the collection, AWS's page, and what follows the end."""

    file: str
    page: str
    then: str
    end: str = "eol"


RDS = DOCS + "AmazonRDS/latest/"
PRODUCTS = {
    "postgres": Product(
        "amazon-rds-postgresql",
        RDS + "PostgreSQLReleaseNotes/postgresql-release-calendar.html",
        BY_THE_VCPU,
    ),
    "aurora-postgresql": Product(
        "amazon-aurora-postgresql",
        RDS + "AuroraPostgreSQLReleaseNotes/aurorapostgresql-release-calendar.html",
        BY_THE_VCPU,
    ),
    "mysql": Product(
        "amazon-rds-mysql", RDS + "UserGuide/MySQL.Concepts.VersionMgmt.html", BY_THE_VCPU
    ),
    "mariadb": Product(
        "amazon-rds-mariadb",
        RDS + "UserGuide/MariaDB.Concepts.VersionMgmt.html",
        "AWS upgrades it by itself",
    ),
    "kafka": Product(
        "amazon-msk",
        DOCS + "msk/latest/developerguide/supported-kafka-versions.html",
        "AWS upgrades the cluster by itself, at any time",
    ),
    "opensearch": Product(
        "amazon-opensearch",
        DOCS + "opensearch-service/latest/developerguide/what-is.html#choosing-version",
        BY_THE_HOUR,
    ),
    "redis": Product(
        "amazon-elasticache-redis",
        DOCS + "AmazonElastiCache/latest/dg/engine-versions.html",
        BY_THE_HOUR,
    ),
    "docdb": Product(
        "amazon-documentdb",
        DOCS + "documentdb/latest/developerguide/docdb-version-support-dates.html",
        BY_THE_VCPU,
    ),
    "lambda": Product(
        "aws-lambda",
        DOCS + "lambda/latest/dg/lambda-runtimes.html",
        "AWS patches it no more, and later refuses updates",
        "eoas",
    ),
}
ALSO = {"kafka": {"2.8.0": "2024-09-11", "2.8.1": "2024-09-11"}}
"""Where the collection knows a major version only and AWS's page tells its minor ones apart."""


def ends(text: str, end: str) -> Iterator[tuple[str, str]]:
    """Give each version of a product's file that has a last day, with the day."""
    name = ""
    for line in text.splitlines():
        if found := re.match(r'- +releaseCycle: *"?([^"\s]+)"?', line.strip()):
            name = found[1]
        elif found := re.match(rf"{end}: (\d{{4}}-\d\d-\d\d)", line.strip()):
            yield name, found[1]


def collect(folder: Path) -> dict[str, Any]:
    """Read every product's file."""
    engines = {}
    for engine, product in PRODUCTS.items():
        text = (folder / f"{product.file}.md").read_text(encoding="utf-8")
        known = dict(ends(text, product.end)) | ALSO.get(engine, {})
        if engine == "mysql":  # its minor versions end with their major one
            known = {name: day for name, day in known.items() if name.count(".") == 1}
        in_order = dict(sorted(known.items(), key=lambda each: (each[1], each[0])))
        engines[engine] = {"page": product.page, "then": product.then, "ends": in_order}
    return engines


def written(engines: dict[str, Any], day: str) -> str:
    """Give the file's text: several versions a line."""
    whole = json.dumps({"date": day, "note": NOTE, "engines": engines}, indent=2)
    return (
        re.sub(r'"ends": \{(.*?)\}', lambda found: _packed(found[1]), whole, flags=re.DOTALL) + "\n"
    )


def _packed(body: str) -> str:
    lines, line = [], " " * 7
    for each in body.split():
        pair_begins = each.endswith(":")
        if pair_begins and len(line) > WIDTH - 28:
            lines.append(line)
            line = " " * 7
        line += f" {each}"
    return '"ends": {\n' + "\n".join([*lines, line]) + "\n      }"


if __name__ == "__main__":
    FILE.write_text(written(collect(Path(sys.argv[1])), sys.argv[2]), encoding="utf-8")
