"""A system with all that lives in two regions at once: a website, Kafka, files."""

from seatrial.graph import Graph
from tests.lower.systems import graph_of

FIRST, SECOND = "production", "production-recovery"
TEXT = """
kafka = Kafka("kafka", brokers=3, login="iam"{kafka})
events = kafka.topic("events")
files = Bucket("files", upload_origins=["https://www.example.com"])
api = Service("api", "app", ["run"], port=8000, uses=[events.write, files.write], {api})
worker = Service("worker", "work", ["run"], uses=[events.read(group="workers"), files.read])
site = Website("site", "web", routes={{"/v1/*": api}}, {site})
system = System("shop", site, worker, zones=3, {more}
    domain=Domain("www.example.com"), recovery=Recovery("us-west-2", {strategy!r}))
"""


def regions(
    side: str,
    strategy: str = "pilot light",
    kafka: str = "",
    api: str = "",
    site: str = "",
    more: str = "alerts=Alerts(),",
) -> Graph:
    """Lower the system in one of its two regions."""
    text = TEXT.format(strategy=strategy, kafka=kafka, api=api, site=site, more=more)
    return graph_of(text, side)
