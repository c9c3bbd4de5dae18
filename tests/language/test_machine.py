"""One machine: its types, and what it refuses because it cannot do it."""

import pytest

from seatrial.language.machine import MACHINES, containers, swap
from seatrial.mistake import Mistake
from tests.lower.systems import describe

PARTS = (
    'redis = Redis("redis")\n'
    'job = Job("migrate", "app", ["run"])\n'
    'api = Service("api", "app", ["run"], port=8000, uses=[redis], before=job{api})\n'
    'worker = Service("worker", "app", ["run"], uses=[redis])\n'
    'site = Website("site", "web", routes={{"/api/*": api}})\n'
    'system = System("shop", {written}worker, nat="one", alerts=Alerts())\n'
    'system.environment("cheap", machine={machine!r}{more})\n'
)


def cheap(
    api: str = "", written: str = "site, ", machine: str = "t4g.small", more: str = ""
) -> str:
    return PARTS.format(api=api, written=written, machine=machine, more=more)


def told(text: str) -> str:
    with pytest.raises(Mistake) as refused:
        describe(text)
    return str(refused.value)


def test_a_type_has_its_memory_and_processor() -> None:
    assert (MACHINES["t4g.small"].memory, MACHINES["t4g.small"].architecture) == (2048, "ARM64")
    assert (MACHINES["t3.medium"].memory, MACHINES["t3.medium"].architecture) == (4096, "X86_64")


def test_a_misspelt_type_is_told_with_the_nearest() -> None:
    said = told(cheap(machine="t4g.smal"))
    assert "there is no machine 't4g.smal'" in said
    assert "t4g.small" in said


@pytest.mark.parametrize("machine", [2, "m7g", ""])
def test_what_is_no_type_at_all_is_refused(machine: object) -> None:
    assert "there is no machine" in told(PARTS.format(api="", written="", machine=machine, more=""))


def test_it_has_no_nat_gateway_unless_it_asks() -> None:
    environment = describe(cheap()).in_environment("cheap")
    assert environment.setting("nat") == "none"
    asked = describe(cheap(more=', nat="one"')).in_environment("cheap")
    assert asked.setting("nat") == "one"
    assert describe(cheap(more="")).nat == "one"


def test_what_runs_all_the_time_is_counted_and_jobs_are_swap() -> None:
    environment = describe(cheap(api=", tasks=2", machine="t4g.large")).in_environment("cheap")
    assert containers(environment) == {
        "api": 512,
        "api 2": 512,
        "worker": 512,
        "redis": 128,
        "proxy": 64,
    }
    assert swap(environment) == 512


def test_what_does_not_fit_is_told_with_the_type_that_would() -> None:
    said = told(cheap(api=", cpu=512, memory=1024, tasks=2"))
    assert "'cheap' does not fit a t4g.small" in said
    assert "api 1024, api 2 1024, redis 128, worker 512, proxy 64 MiB" in said
    assert "and 310 for the system are 3062, and it has 2048" in said
    assert "machine='t4g.medium'" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (cheap(written="api, "), "through a website's routes alone"),
        (cheap(api=", tasks=Scale(min=1, max=2, cpu=70)"), "nothing scales by itself"),
        (cheap(api=', rollout=Rollout("canary")'), "no load balancer shifts traffic"),
        (cheap().replace('Redis("redis"', 'Redis("redis", nodes=2'), "one node, not 2"),
        (cheap().replace('"worker"', '"proxy"'), "a container of this name"),
        (
            cheap(more=', recovery=Recovery("us-west-2", strategy="backup and restore")'),
            "no second region",
        ),
        (
            cheap(written='site, Vpn("vpn", uses=[redis]), '),
            "Redis 'redis' is not in the network",
        ),
    ],
)
def test_what_one_machine_cannot_do_is_refused(text: str, says: str) -> None:
    assert says in told(text)
