"""A system with every store that the language has, and what tests ask of its graph."""

from typing import Any

from seatrial.graph import Graph
from tests.lower.systems import graph_of

STORES = """
db = Postgres("db", version="15", size="db.r5.xlarge", storage_gb=500, multi_az=True,
    readers=["db.r5.large"], proxy=True, url=True)
vectors = Postgres("vectors", version="16", serverless=(0.5, 16), multi_az=True, proxy=True,
    extensions=["vector", "pg_cron"], url=True)
large = Postgres("large", version="16", aurora=True, size="db.r6g.large",
    readers=["db.r6g.large"], insights=True)
docs = Documents("docs", size="db.t3.medium", instances=3)
search = Search("search", size="t3.small.search", nodes=3, masters="t3.small.search", shards=5,
    options={"indices.fielddata.cache.size": "40"})
files = Bucket("files", upload_origins=["https://app.example.com"], replica_region="us-west-2",
    lifecycle=[Lifecycle("daily/", expire_days=7), Lifecycle(archive_days=90, expire_days=365)])
notes = Bucket("notes", versioning=False)
api = Service("api", "app", ["run"], port=8000, env={"DB_HOST": db.reader.host},
    uses=[db.write, vectors, docs, search, files.under("uploads/").write,
        files.under("avatars/").read, notes.read])
query = Service("query", "app", ["run"],
    uses=[db.reader, vectors.reader, large.reader, docs.reader, files.write])
system = System("shop", api, query, zones=3, alerts=Alerts(database_cpu=80))
system.environment("production")
system.environment("staging")
"""


def stores(environment: str = "production") -> Graph:
    """Lower the system."""
    return graph_of(STORES, environment)


def two_regions(environment: str) -> Graph:
    """Lower the system with a pilot light in the region that the bucket is copied to."""
    asked = "alerts=Alerts(database_cpu=80), recovery=Recovery('us-west-2', zones=3))"
    return graph_of(STORES.replace("alerts=Alerts(database_cpu=80))", asked), environment)


def container(graph: Graph, task: str) -> dict[str, Any]:
    """Give a task definition's one container."""
    (found,) = graph[task].properties["ContainerDefinitions"]
    assert isinstance(found, dict)
    return found


def environment(graph: Graph, task: str) -> dict[str, Any]:
    """Give a task's variables and secrets by their names."""
    found = container(graph, task)
    variables = {each["Name"]: each["Value"] for each in found["Environment"]}
    return variables | {each["Name"]: each["ValueFrom"] for each in found["Secrets"]}


def entries(graph: Graph, group: str) -> dict[str, int]:
    """Give who comes into a security group, by the id of their own, and on which port."""
    return {
        each.properties["SourceSecurityGroupId"].id: each.properties["FromPort"]
        for each in graph.of("AWS::EC2::SecurityGroupIngress")
        if each.properties["GroupId"].id == group
    }


def alarms(graph: Graph, part: str) -> dict[str, dict[str, Any]]:
    """Give a part's alarms by the metric that they watch."""
    return {
        each.properties["MetricName"]: each.properties
        for each in graph.of("AWS::CloudWatch::Alarm")
        if each.origin and each.origin.part == part
    }


def text(graph: Graph, secret: str) -> str:
    """Give a secret's text, each symbol as its name."""
    pieces = graph[secret].properties["SecretString"].parts
    return "".join(
        each if isinstance(each, str) else f"<{getattr(each, 'key', '') or repr(each)}>"
        for each in pieces
    )
