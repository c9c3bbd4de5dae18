"""Systems to deliver: the example, and a graph with a website, two machines and three stages."""

from collections.abc import Mapping
from functools import cache

from seatrial.cli.options import checked_graph
from seatrial.graph import Graph, Ref, Resource
from seatrial.graph.annotations import Source
from seatrial.graph.values import GetAtt
from seatrial.pipeline.delivery import Delivery, delivery
from seatrial.pipeline.repository import Repository
from seatrial.pipeline.source import Suite, suite
from tests.golden.systems import ROOT, graphs
from tests.lower.systems import describe

ACME = Repository("acme", "shop")

SHOP = """
db = Postgres("db", version="15", size="db.t3.micro")
job = Job("migrate", "app", ["alembic", "upgrade", "head"], uses=[db])
serve = ["serve", "--host", HOST, "--port", PORT]
api = Service("api", "app", serve, port=8000, uses=[db], health="/up", tasks=2, before=job)
scale = Scale(min=1, max=3, cpu=70)
worker = Service("worker", "jobs/worker", ["python", "-m", "worker"], tasks=scale)
system = System("shop", api, worker)
for name in ("test", "staging", "production"):
    system.environment(name)
"""


@cache
def example() -> Delivery:
    """Give fastapi-app as it is delivered."""
    made = graphs("fastapi-app")
    return delivery([made["staging"], made["production"]], ACME, path="examples/fastapi-app")


def example_suites() -> Mapping[str, Suite]:
    """Give how the example's source folder is tested."""
    found = suite(ROOT / "examples/fastapi-app/app")
    assert found
    return {"app": found}


@cache
def shop() -> Delivery:
    """Give a system of two images, one of them for ARM, with a website, over three stages."""
    system = describe(SHOP)
    made = [_with_site(checked_graph(system, name)) for name in ("test", "staging", "production")]
    return delivery(made, ACME)


def _with_site(graph: Graph) -> Graph:
    graph["WorkerTask"].properties["RuntimePlatform"]["CpuArchitecture"] = "ARM64"
    graph.add(Resource("WebFiles", "AWS::S3::Bucket"))
    graph.add(
        Resource(
            "Web",
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "Enabled": True,
                    "DefaultRootObject": "index.html",
                    "Origins": [
                        {
                            "Id": "files",
                            "DomainName": GetAtt("WebFiles", "RegionalDomainName"),
                            "OriginAccessControlId": Ref("WebAccess"),
                        }
                    ],
                    "DefaultCacheBehavior": {
                        "TargetOriginId": "files",
                        "ViewerProtocolPolicy": "redirect-to-https",
                    },
                }
            },
        )
    )
    graph.annotations.append(Source("WebFiles", "web"))
    return graph


DELIVERIES = {"fastapi-app": example, "shop": shop}
