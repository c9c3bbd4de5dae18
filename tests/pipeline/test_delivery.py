"""What a delivery has to do, read from graphs."""

import re

import pytest

from seatrial.cli.options import checked_graph
from seatrial.graph import Graph
from seatrial.pipeline.delivery import Delivery, NotDeliverable, delivery
from seatrial.pipeline.questions import Questions, questions
from seatrial.pipeline.source import site_suite
from tests.lower.systems import describe, graph_of
from tests.pipeline.systems import ACME, DELIVERIES, of_example

SERVE = '["serve", "--host", HOST, "--port", PORT]'


def asked(parts: str, *, extra: str = "") -> Questions:
    return questions(graph_of(f'{parts}\nsystem = System("x", {extra})'))


def api(more: str = "", health: str = "/up") -> str:
    return f'api = Service("api", "app", {SERVE}, port=80, health="{health}"{more})'


def test_a_service_behind_the_load_balancer_is_asked_for_its_health() -> None:
    assert asked(api(), extra="api") == Questions(("/up",), ())


def test_a_health_path_that_is_not_routed_is_not_asked_for() -> None:
    assert asked(api(', paths=["/v1/*"]'), extra="api") == Questions((), ("/v1/",))


@pytest.mark.parametrize(
    ("routes", "healthy", "answered"),
    [
        ('"/v1/*": api', (), ("/v1/",)),
        ('"/u*": api', ("/up",), ()),
        ('"/v1/*": api, "/status": api', (), ("/status",)),
    ],
)
def test_behind_a_distribution_only_routes_reach_a_service(
    routes: str, healthy: tuple[str, ...], answered: tuple[str, ...]
) -> None:
    site = f'site = Website("w", "web", routes={{{routes}}}, build=[], output=".")'
    assert asked(f"{api()}\n{site}", extra="site") == Questions(healthy, answered)


def test_a_service_at_a_host_of_its_own_is_not_asked() -> None:
    assert asked(api(', hosts=["api.example.com"]'), extra="api") == Questions((), ())


def test_the_machine_with_a_model_is_not_asked_from_outside() -> None:
    (stage,) = of_example("support", "own-model").stages
    assert stage.questions == Questions(("/api/health",), ())


@pytest.mark.parametrize("system", DELIVERIES)
def test_every_system_is_asked_something(system: str) -> None:
    for stage in DELIVERIES[system]().stages:
        assert stage.questions
        assert stage.questions.healthy or stage.questions.answered


@pytest.mark.parametrize("system", DELIVERIES)
def test_every_job_without_a_schedule_runs_and_no_other(system: str) -> None:
    for stage in DELIVERIES[system]().stages:
        tasks = {each.id for each in stage.graph.of("AWS::ECS::TaskDefinition")}
        services = {
            each.properties["TaskDefinition"].id for each in stage.graph.of("AWS::ECS::Service")
        }
        assert {each.task for each in stage.jobs} == tasks - services


def test_what_stands_before_a_service_runs_first_and_what_a_schedule_starts_never() -> None:
    (stage,) = of_example("support", "demo").stages
    assert [each.task for each in stage.jobs] == ["MigrateTask", "IndexTask"]
    text = f"""
night = Job("night", "app", ["night"], schedule="rate(1 hour)")
once = Job("once", "app", ["once"])
first = Job("first", "app", ["first"])
{api(", before=first")}
system = System("x", night, once, api)
"""
    (stage,) = _delivered(text).stages
    assert [each.task for each in stage.jobs] == ["FirstTask", "OnceTask"]
    assert stage.jobs[1].subnets == stage.jobs[0].subnets


def _delivered(text: str, *environments: str) -> Delivery:
    system = describe(text)
    graphs: list[Graph] = [checked_graph(system, each) for each in environments or ["production"]]
    return delivery(graphs, ACME)


def test_a_job_runs_on_the_machine_that_its_image_is_for() -> None:
    made = _delivered(
        'job = Job("job", "app", ["x"])\n'
        + api(', before=job, architecture="ARM64"')
        + '\nsystem = System("x", api)'
    )
    (image,) = made.images
    assert (image.name, image.architecture) == ("api-arm64", "ARM64")
    task = made.stages[0].graph["JobTask"].properties["RuntimePlatform"]
    assert task["CpuArchitecture"] == "ARM64"


def test_two_machines_for_one_folder_are_refused() -> None:
    text = (
        f'{api()}\nother = Service("other", "app", ["work"], architecture="ARM64")\n'
        'system = System("x", api, other)'
    )
    with pytest.raises(NotDeliverable, match=re.escape("they share one image")):
        _delivered(text)


def test_a_part_of_another_folder_in_another_environment_is_refused() -> None:
    text = (
        f'{api()}\nsystem = System("x", api)\nsystem.environment("staging", change={{'
        'api: dict(source="next")})\nsystem.environment("production")'
    )
    with pytest.raises(NotDeliverable, match="what is built once serves all"):
        _delivered(text, "staging", "production")


@pytest.mark.parametrize(
    ("environments", "asked"),
    [
        (("demo",), []),
        (("production",), ["production"]),
        (("demo", "production"), ["production"]),
        (("production", "demo"), ["production"]),
        (("demo", "own-model"), ["own-model"]),
    ],
)
def test_somebody_is_asked_before_production_or_before_the_last(
    environments: tuple[str, ...], asked: list[str]
) -> None:
    made = of_example("support", *environments)
    assert [each.environment for each in made.stages if made.asks_before(each)] == asked


def test_a_website_is_installed_as_its_lock_says(tmp_path) -> None:
    assert site_suite(tmp_path, ["make"]) is None
    (tmp_path / "package.json").write_text('{"scripts": {"build": "x"}}')
    assert site_suite(tmp_path, []) is None
    made = site_suite(tmp_path, ["npm", "run", "build"])
    assert made
    assert (made.install, made.test) == (("npm install --no-audit --no-fund",), ())
    (tmp_path / "package-lock.json").touch()
    made = site_suite(tmp_path, ["npm", "run", "build"])
    assert made
    assert made.install == ("npm ci",)
    (tmp_path / "package.json").write_text('{"scripts": {"test": "x", "lint": "y"}}')
    (tmp_path / "pnpm-lock.yaml").touch()
    made = site_suite(tmp_path, [])
    assert made
    assert made.install == ("corepack enable", "pnpm install --frozen-lockfile")
    assert made.test == ("pnpm run lint", "pnpm test")
