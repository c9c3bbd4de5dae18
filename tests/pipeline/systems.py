"""Systems to deliver: the examples, and one with a website, two machines and three stages."""

from collections.abc import Callable, Mapping
from functools import cache, partial

from seatrial.cli.options import checked_graph
from seatrial.pipeline.delivery import ORDER, Delivery, delivery
from seatrial.pipeline.repository import Repository
from seatrial.pipeline.source import Suite, all_suites
from tests.golden.systems import EXAMPLES, ROOT, graphs
from tests.lower.systems import describe

ACME = Repository("acme", "shop")

SHOP = """
db = Postgres("db", version="15", size="db.t3.micro")
job = Job("migrate", "app", ["alembic", "upgrade", "head"], uses=[db])
serve = ["serve", "--host", HOST, "--port", PORT]
api = Service("api", "app", serve, port=8000, uses=[db], health="/up", tasks=2, before=job)
scale = Scale(min=1, max=3, cpu=70)
work = ["python", "-m", "worker"]
worker = Service("worker", "jobs/worker", work, tasks=scale, architecture="ARM64")
web = Website("web", "web", routes={"/up": api}, build=[], output=".")
system = System("shop", web, api, worker)
for name in ("test", "staging", "production"):
    system.environment(name)
"""


@cache
def of_example(name: str, *environments: str) -> Delivery:
    """Give an example as it is delivered; by default to what the command line chooses."""
    made = graphs(name)
    wanted = environments or [each for each in ORDER if each in made]
    return delivery([made[each] for each in wanted], ACME, path=f"examples/{name}")


def example() -> Delivery:
    """Give fastapi-app as it is delivered."""
    return of_example("fastapi-app")


@cache
def suites(name: str) -> Mapping[str, Suite]:
    """Give how an example's source folders are tested."""
    return all_suites(ROOT / "examples" / name, of_example(name))


def example_suites() -> Mapping[str, Suite]:
    """Give how fastapi-app's source folder is tested."""
    return suites("fastapi-app")


@cache
def shop() -> Delivery:
    """Give a system of two images, one of them for ARM, with a website, over three stages."""
    system = describe(SHOP)
    made = [checked_graph(system, name) for name in ("test", "staging", "production")]
    return delivery(made, ACME)


VARIANTS = ("demo", "own-model", "sagemaker", "production")
"""All of support's environments that tasks run, one after the other."""
MACHINE = "support on one machine"
DELIVERIES: Mapping[str, Callable[[], Delivery]] = {
    **{name: partial(of_example, name) for name in EXAMPLES},
    "support variants": partial(of_example, "support", *VARIANTS),
    MACHINE: partial(of_example, "support", "ultra-low-cost"),
    "support on machine and tasks": partial(of_example, "support", "ultra-low-cost", "production"),
    "shop": shop,
}
SUITES: Mapping[str, Callable[[], Mapping[str, Suite]]] = {
    **{name: partial(suites, name) for name in EXAMPLES},
    "support variants": partial(suites, "support"),
    MACHINE: partial(suites, "support"),
    "support on machine and tasks": partial(suites, "support"),
    "shop": dict,
}
