"""What AWS offers: regions, database versions and classes, Fargate sizes, log retentions.

Takes names as AWS writes them, gives plain values from the packed tables
(`data/facts.tsv`, written by `scripts/refresh-schemas` from cfn-lint's
data). Each table is read once, at the first question. It never asks AWS.
"""

from functools import cache
from pathlib import Path

from seatrial.graph.schema.lines import Lines, read_lines

FILE = Path(__file__).parent / "data/facts.tsv"


@cache
def tables() -> Lines:
    """Open the packed tables."""
    return read_lines(FILE)


@cache
def regions() -> frozenset[str]:
    """Give every AWS region, in all partitions."""
    return frozenset(tables()["zones"])


def zones(region: str) -> int:
    """Tell how many availability zones a region has; KeyError for an unknown region."""
    count: int = tables()["zones"][region]
    return count


@cache
def engines() -> frozenset[str]:
    """Give the engines whose node classes are known.

    RDS's engines as RDS names them, and `docdb`, `elasticache`, `opensearch`.
    """
    return frozenset(tables().under("classes"))


@cache
def database_classes(
    engine: str, region: str | None = None, version: str | None = None
) -> frozenset[str]:
    """Give an engine's node classes, e.g. `db.t4g.micro` for `postgres`.

    Of one region or one offered version where they are named: a region
    without the engine has none, a version without a table narrows nothing.
    KeyError for an unknown engine.
    """
    packed = tables()[f"classes/{engine}"]
    names: list[str] = packed["names"]
    mask = -1
    if region is not None:
        mask &= int(packed["regions"].get(region, "0"), 16)
    if version is not None and version in packed["versions"]:
        mask &= int(packed["versions"][version], 16)
    return frozenset(name for index, name in enumerate(names) if mask >> index & 1)


@cache
def engine_versions(engine: str) -> tuple[str, ...]:
    """Give the full versions that AWS offers for new databases, oldest first.

    For RDS's engines and `redis`, `valkey`, `memcached`; KeyError for others.
    """
    return tuple(tables()[f"versions/{engine}"]["offered"])


@cache
def deprecated_versions(engine: str) -> frozenset[str]:
    """Give the full versions that AWS knows but no longer offers for new databases."""
    return frozenset(tables()[f"versions/{engine}"]["deprecated"])


@cache
def newest_minor(engine: str, version: str) -> str | None:
    """Give the newest offered version that `version` names: "15" -> "15.19".

    A full version that is offered names itself. None where AWS offers none.
    """
    prefix = f"{version}."
    named = [each for each in engine_versions(engine) if each == version or each.startswith(prefix)]
    return named[-1] if named else None


@cache
def fargate_cpus() -> tuple[int, ...]:
    """Give Fargate's task sizes in CPU units (1024 are one vCPU), smallest first."""
    return tuple(sorted(map(int, tables()["fargate"])))


@cache
def fargate_memory(cpu: int) -> tuple[int, ...]:
    """Give the memory sizes in MiB that Fargate has for so many CPU units, () for none.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
    """
    return tuple(tables()["fargate"].get(str(cpu), ()))


@cache
def log_retentions() -> tuple[int, ...]:
    """Give the days for which a log group can keep its events, fewest first."""
    return tuple(sorted(tables()["log_retentions"]))
