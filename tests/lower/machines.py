"""A system on one machine, and its Compose file as the machine gets it."""

from typing import Any

import yaml

from seatrial.graph import Graph
from seatrial.graph.values import GetAtt, Join, Pseudo, Ref, Value
from tests.lower.systems import graph_of

TEXT = (
    'jwt = Secret("jwt")\n'
    'db = Postgres("db", version="15", size="db.t4g.micro")\n'
    'redis = Redis("redis", url_options="ssl_cert_reqs=required&db=1", parameters={{'
    '"reserved-memory-percent": "10", "timeout": "60"}}{redis})\n'
    'files = Bucket("files")\n'
    'llm = LLM("llm", "amazon.nova-lite-v1:0")\n'
    'migrate = Job("migrate", "app", ["alembic", "upgrade", "head"], uses=[db])\n'
    'nightly = Job("nightly", "app", ["report", "$HOME"], uses=[files], '
    'schedule="cron(0 3 * * ? *)")\n'
    'ml = Service("ml", "ml", ["serve"], port=5001, internal="ml.internal")\n'
    'api = Service("api", "app", ["serve", "--port", PORT], port=8000, '
    "uses=[db, redis, files, llm, ml], before=migrate, "
    'env={{"JWT": jwt, "PRICE": "5 $", "REDIS_HOST": redis.host, "REDIS_PORT": redis.port}}, '
    'health=Health("/health", codes="200-299"){api})\n'
    'worker = Service("worker", "app", ["work"], uses=[db, redis])\n'
    'site = Website("site", "web", routes={{"/api/*": api, "/v?/feed": api}})\n'
    'system = System("shop", site, worker, nightly, alerts=Alerts("a@b.c", cpu=80){system})\n'
    'system.environment("cheap", machine="t4g.medium"{more})\n'
)


def machine(redis: str = "", api: str = "", system: str = "", more: str = "") -> Graph:
    """Lower the system with more said of some of its parts."""
    return graph_of(TEXT.format(redis=redis, api=api, system=system, more=more), "cheap")


def resolved(value: Value) -> str:
    """Give a text as AWS writes it, a word for each symbol."""
    pieces = value.parts if isinstance(value, Join) else (value,)
    return "".join(_word(each) for each in pieces)


def _word(piece: Value) -> str:
    match piece:
        case str():
            return piece
        case Ref(id):
            return f"the-{id.lower()}"
        case GetAtt(id, attribute):
            return f"the-{id.lower()}-{attribute.lower()}"
        case Pseudo(name):
            return name.rpartition(":")[2].lower()
    raise AssertionError(piece)


def compose_file(graph: Graph) -> dict[str, Any]:
    """Read the Compose file."""
    read = yaml.safe_load(resolved(graph["MachineFile"].properties["Value"]))
    assert isinstance(read, dict)
    return read


def configuration(graph: Graph) -> str:
    """Give what the proxy reads: Compose has taken the second of each two dollars."""
    text: str = compose_file(graph)["services"]["proxy"]["environment"]["CONFIGURATION"]
    return text.replace("$$", "$")
