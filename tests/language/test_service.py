"""Programs: what they need, and what Fargate and a target group take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.graph.schema import facts
from seatrial.language import HOST, PORT, Health, Job, Postgres, Scale, Secret, Service
from seatrial.mistake import Mistake

DB = Postgres("db", "15", "db.t3.micro", readers=["db.t3.micro"])
OTHER = Postgres("other", "15", "db.t3.micro")


def service(**settings: object) -> Service:
    return Service("api", ".", ["run"], **{"port": 8000, **settings})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"port": 0}, "not between 1 and 65535"),
        ({"tasks": -1}, "cannot be negative"),
        ({"health": "up"}, "must start with '/'"),
        ({"paths": ["v1"]}, "not a path that an ALB can match"),
        ({"paths": ["/" + "x" * 128]}, "not a path that an ALB can match"),
        ({"stop_timeout": 1}, "between 2 and 120"),
        ({"drain": 3601}, "between 0 and 3600"),
        ({"env": {"A-B": "x"}}, "cannot be the name of an environment variable"),
        ({"port": None, "tasks": Scale(1, 2, requests=5)}, "a worker gets no requests"),
        ({"port": None, "env": {"P": PORT}}, "PORT is used"),
    ],
)
def test_what_aws_would_refuse_is_told_before_it_does(
    settings: dict[str, object], told: str
) -> None:
    with pytest.raises(Mistake, match=told):
        service(**settings)


def test_an_empty_command_is_told() -> None:
    with pytest.raises(Mistake, match="the command is empty"):
        Job("job", ".", [])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"path": "up"}, "must start with '/'"),
        ({"interval": 4}, "interval=4 is not between 5 and 300"),
        ({"timeout": 1}, "timeout=1 is not between 2 and 120"),
        ({"healthy": 1}, "healthy=1 is not between 2 and 10"),
        ({"unhealthy": 11}, "unhealthy=11 is not between 2 and 10"),
        ({"interval": 5, "timeout": 5}, "must be shorter than interval=5"),
        ({"codes": "600"}, "not like '200'"),
        ({"codes": "200-"}, "not like '200'"),
    ],
)
def test_a_health_check_is_what_a_target_group_takes(
    settings: dict[str, object], told: str
) -> None:
    with pytest.raises(Mistake, match=told):
        Health(**settings)


@given(st.sampled_from(sorted(facts.fargate_cpus())), st.integers(0, 130_000))
def test_a_size_exists_or_the_nearest_that_does_is_told(cpu: int, memory: int) -> None:
    known = facts.fargate_memory(cpu)
    try:
        assert service(cpu=cpu, memory=memory).memory in known
    except Mistake as mistake:
        assert memory not in known
        near = int(mistake.right.split("The nearest is ")[1].split(";")[0])
        assert service(cpu=cpu, memory=near).memory == near


def test_what_is_used_is_known_once_with_the_strongest_access() -> None:
    key = Secret("key")
    api = service(
        uses=[DB.reader, OTHER, DB.write], env={"HOST_NAME": DB.host, "KEY": key, "LISTEN": HOST}
    )
    assert [(each.part, each.mode) for each in api.accesses()] == [
        (DB, "write"),
        (OTHER, "write"),
        (key, "read"),
    ]


def test_the_job_that_runs_first_comes_along_with_what_it_uses() -> None:
    job = Job("migrate", ".", ["run"], uses=[OTHER])
    assert list(service(uses=[DB], before=job).uses_parts()) == [DB, job, OTHER]


def test_short_forms_mean_the_long_ones() -> None:
    api = service(tasks=3, health="/up")
    assert (api.scale.min, api.scale.max, api.scale.fixed) == (3, 3, True)
    assert (api.probe.path, api.probe.interval) == ("/up", 30)
    scale, health = Scale(1, 2, cpu=50), Health("/x")
    api = service(tasks=scale, health=health)
    assert (api.scale, api.probe) == (scale, health)


def test_a_sticky_service_is_public_and_its_time_is_what_an_alb_takes() -> None:
    api = Service("api", ".", ["python"], port=8000, sticky="1 hour")
    assert api.sticky_seconds == 3600
    with pytest.raises(Mistake, match="no browser gets here"):
        Service("api", ".", ["python"], sticky="1 hour")
    with pytest.raises(Mistake, match="between 1 s and 7 days"):
        Service("api", ".", ["python"], port=8000, sticky="8 days")
