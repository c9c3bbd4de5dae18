"""Versions, models, images and services that AWS ends, and when."""

from collections.abc import Iterator
from datetime import date

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._data import SOON, day, table

LIFECYCLES = "https://docs.aws.amazon.com/general/latest/gr/lifecycle.html"
RDS_TYPES = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")


def versioned(plan: Plan) -> Iterator[tuple[Resource, str, str, str]]:
    """Give what has a version: resource, engine, version, and the property that says it."""
    for each in plan.of(*RDS_TYPES):
        engine = written(each.properties.get("Engine"))
        if not each.properties.get("DBClusterIdentifier"):
            yield each, engine, _text(each, "EngineVersion"), "EngineVersion"
    for each in plan.of("AWS::DocDB::DBCluster"):
        yield each, "docdb", _text(each, "EngineVersion"), "EngineVersion"
    for each in plan.of("AWS::ElastiCache::ReplicationGroup", "AWS::ElastiCache::CacheCluster"):
        yield (
            each,
            written(each.properties.get("Engine")),
            _text(each, "EngineVersion"),
            "EngineVersion",
        )
    for each in plan.of("AWS::MSK::Cluster"):
        yield each, "kafka", _text(each, "KafkaVersion"), "KafkaVersion"
    for each in plan.of("AWS::OpenSearchService::Domain"):
        said = _text(each, "EngineVersion")
        if said.startswith("OpenSearch_"):
            yield each, "opensearch", said.removeprefix("OpenSearch_"), "EngineVersion"
    for each in plan.of("AWS::Lambda::Function"):
        yield each, "lambda", _text(each, "Runtime"), "Runtime"


def _text(resource: Resource, name: str) -> str:
    given = resource.properties.get(name)
    return str(given) if isinstance(given, int | float) else written(given)


def end_of(engine: str, version: str) -> tuple[date, str, str] | None:
    """Give the end of a version's standard support, what then happens, and AWS's page."""
    known = table("lifecycles")["engines"].get(engine)
    if known is None or not version:
        return None
    ends, pieces = known["ends"], version.split(".")
    whole = [version] if engine == "lambda" else []
    for name in whole or [".".join(pieces[:count]) for count in range(len(pieces), 0, -1)]:
        if name in ends:
            return date.fromisoformat(ends[name]), known["then"], known["page"]
    return None


@rule(
    "ST841",
    "version-ended",
    "error",
    "versions",
    why="AWS mends nothing in it any more, bills it as extended support, or upgrades it by itself.",
    source=LIFECYCLES,
)
def version_ended(plan: Plan) -> Iterator[Fault]:
    """Tell of an engine or a runtime whose standard support has ended.

    Bad:
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, EngineVersion: "12.22"}}

    Good:
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, EngineVersion: "17.5"}}
    """
    for resource, engine, version, path in versioned(plan):
        end = end_of(engine, version)
        if end is not None and end[0] < day(plan):
            yield Fault(
                resource.id,
                path,
                f"Standard support of {engine} {version} ended on {end[0]}; {end[1]}: {end[2]}",
                f"A newer {path}.",
                "A newer version=..." if resource.origin else "",
            )


@rule(
    "ST842",
    "version-ends-soon",
    "warning",
    "versions",
    why="A major version wants time to be tried before AWS's date.",
    source=LIFECYCLES,
)
def version_ends_soon(plan: Plan) -> Iterator[Fault]:
    """Tell of an engine or a runtime whose standard support ends within 180 days.

    Bad:
        Cache:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {Engine: redis, EngineVersion: "6.2"}

    Good:
        Cache:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {Engine: redis, EngineVersion: "7.1"}
    """
    for resource, engine, version, path in versioned(plan):
        end = end_of(engine, version)
        if end is not None and day(plan) <= end[0] < day(plan) + SOON:
            yield Fault(
                resource.id,
                path,
                f"Standard support of {engine} {version} ends on {end[0]}; then {end[1]}: {end[2]}",
                f"A newer {path}, before that day.",
                "A newer version=..." if resource.origin else "",
            )
