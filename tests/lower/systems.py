"""Systems as a person might write them: a text of the language, and a strategy that writes such."""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st

from seatrial.graph import Graph, Resource
from seatrial.language import System
from seatrial.lower import lower

few = settings(max_examples=25, deadline=None)
FILE = "/described/system.py"
"""A folder that does not exist: whether source folders are there is not looked at."""


def describe(text: str) -> System:
    """Run a description and give its `system`."""
    names: dict[str, object] = {}
    exec(compile(f"from seatrial import *\n{text}", FILE, "exec"), names)
    system = names["system"]
    assert isinstance(system, System)
    return system


def graph_of(text: str, environment: str = "production") -> Graph:
    """Lower a description in one environment."""
    return lower(describe(text).in_environment(environment))


@dataclass(frozen=True)
class Described:
    """A description and one of its environments."""

    text: str
    environment: str

    def graph(self) -> Graph:
        """Lower it."""
        return graph_of(self.text, self.environment)

    def __repr__(self) -> str:
        return f"--env {self.environment}\n{self.text}"


NAMES = st.sampled_from(["api", "a", "web-2", "user-api", "worker", "admin", "x1", "events-in"])
DATABASES = ["db", "users", "read-model"]
SECRETS = ["jwt", "api-key"]
SIZES = st.sampled_from([(256, 512), (512, 1024), (1024, 8192)])
SOURCES = st.sampled_from(["app", "services/api", "worker"])


@st.composite
def databases(draw: st.DrawFn, name: str) -> str:
    more = {
        "multi_az": draw(st.booleans()),
        "url": draw(st.booleans()),
        "backup_days": draw(st.integers(1, 35)),
        "insights": draw(st.booleans()),
        "protect": draw(st.sampled_from([None, True, False])),
        "max_storage_gb": draw(st.sampled_from([None, 100])),
        "backup_region": draw(st.sampled_from([None, "us-west-2"])),
        "readers": draw(st.sampled_from([(), ("db.t3.micro",), ("db.t3.micro", "db.m5.large")])),
        "engine_url": draw(st.sampled_from([None, "OWN_DATABASE"])),
    }
    version = draw(st.sampled_from(["14", "15", "16"]))
    given = ", ".join(f"{key}={value!r}" for key, value in more.items())
    return f'Postgres({name!r}, version={version!r}, size="db.t3.medium", {given})'


@st.composite
def scales(draw: st.DrawFn, web: bool) -> str:
    if draw(st.booleans()):
        return str(draw(st.integers(0, 4)))
    low = draw(st.integers(0, 3))
    high = low + draw(st.integers(0, 3))
    targets = ["cpu=70", "memory=80", *(["requests=500"] if web else [])]
    chosen = draw(st.lists(st.sampled_from(targets), min_size=1, unique=True))
    schedule = draw(
        st.sampled_from(["", ', schedule=[Scheduled("cron(0 20 ? * MON-FRI *)", 0, 1)]'])
    )
    return f"Scale(min={low}, max={high}, {', '.join(chosen)}{schedule})"


@st.composite
def programs(draw: st.DrawFn, name: str, used: list[str], jobs: list[str]) -> str:
    cpu, memory = draw(SIZES)
    web = draw(st.booleans())
    uses = draw(st.lists(st.sampled_from(used), unique=True)) if used else []
    env = draw(st.dictionaries(st.sampled_from(["LOG_LEVEL", "TOKEN", "DB"]), st.just(None)))
    values = {
        "LOG_LEVEL": "'info'",
        "TOKEN": f"Secret_{draw(st.sampled_from(range(len(SECRETS))))}",
        "DB": f"{used[0].split('.')[0]}.host" if used else "7",
    }
    given = ", ".join(f"{key!r}: {values[key]}" for key in env)
    command = '["run", "--port", PORT]' if web else '["run"]'
    arguments = [
        repr(name),
        repr(draw(SOURCES)),
        command,
        f"cpu={cpu}, memory={memory}, uses=[{', '.join(uses)}], env={{{given}}}",
        f"tasks={draw(scales(web))}, spot={draw(st.booleans())}",
    ]
    if web:
        paths = draw(st.sampled_from([[f"/{name}/*"], [f"/{name}", f"/v1/{name}/*"]]))
        hosts = draw(st.sampled_from([[], ["*.example.com"]]))
        arguments.append(f"port={draw(st.integers(1, 65535))}, paths={paths}, hosts={hosts}")
        arguments.append(f"drain={draw(st.integers(0, 3600))}")
    if jobs and draw(st.booleans()):
        arguments.append(f"before={draw(st.sampled_from(jobs))}")
    return f"Service({', '.join(arguments)})"


@st.composite
def systems(draw: st.DrawFn) -> Described:
    """Write any system that the language takes: up to three databases, jobs and services."""
    lines = [f"Secret_{number} = Secret({name!r})" for number, name in enumerate(SECRETS)]
    used: list[str] = []
    for number, name in enumerate(draw(st.lists(st.sampled_from(DATABASES), unique=True))):
        database = draw(databases(name))
        lines.append(f"db_{number} = {database}")
        ways = ["", ".write", *([] if "readers=()" in database else [".reader"])]
        used.append(f"db_{number}{draw(st.sampled_from(ways))}")
    jobs = []
    if draw(st.booleans()):
        lines.append(f'migrate = Job("migrate", "app", ["run"], uses=[{", ".join(used[:1])}])')
        jobs.append("migrate")
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    for number, name in enumerate(names):
        lines.append(f"service_{number} = {draw(programs(name, used, jobs))}")
    listed = ", ".join(f"service_{number}" for number in range(len(names)))
    zones = draw(st.sampled_from([2, 3]))
    alerts = draw(st.sampled_from(["None", "Alerts()", 'Alerts("ops@example.com")']))
    domain = draw(st.sampled_from(["None", 'Domain("api.example.com")']))
    nat = draw(st.sampled_from(["each zone", "one", "none"]))
    lines.append(
        f'system = System("shop", {listed}, zones={zones}, alerts={alerts}, domain={domain}, '
        f"nat={nat!r}, objectives=Objectives(rto='15 min', p95='300 s'))"
    )
    environment = draw(st.sampled_from(["production", "staging"]))
    lines.append(f"system.environment({environment!r})")
    return Described("\n".join(lines), environment)


def part_of(resource: Resource) -> str:
    """Give the name of the part that asked for a resource."""
    assert resource.origin
    return resource.origin.part
