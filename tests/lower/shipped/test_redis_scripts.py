"""The shell that machines run: it parses; a Redis Cluster's holds no secret."""

import subprocess
from pathlib import Path

import pytest

import seatrial.lower.shipped as folder
from seatrial.lower.context import Lowering
from seatrial.lower.redis_machines import user_data
from tests.lower.systems import describe
from tests.pipeline.linters import by_shellcheck

SCRIPTS = sorted(Path(folder.__file__).parent.glob("*.sh"))
MOST = 16_384
"""Bytes of user data that EC2 takes."""


def rendered() -> str:
    """The user data as a machine gets it, with a word for each value that AWS knows."""
    system = describe(
        'r = RedisCluster("redis")\n'
        'system = System("chat", Service("chat", "app", ["run"], uses=[r]), zones=3)\n'
    )
    lowering = Lowering(system.in_environment("production"))
    (redis,) = (each for each in lowering.parts if each.name == "redis")
    data = user_data(lowering, redis)  # type: ignore[arg-type]  # the part of that name
    return "".join(each if isinstance(each, str) else "arn:aws:x:y" for each in data.parts)


def test_there_are_scripts() -> None:
    assert [each.name for each in SCRIPTS] == [
        "compose_machine.sh",
        "compose_run.sh",
        "compose_up.sh",
        "redis_backup.sh",
        "redis_metrics.sh",
        "redis_node.sh",
    ]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.name)
def test_bash_reads_it(script: Path) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.name)
def test_shellcheck_finds_nothing(script: Path) -> None:
    assert by_shellcheck(script.read_text()) == []


def test_the_whole_user_data_is_a_script_that_ec2_takes(tmp_path: Path) -> None:
    text = rendered()
    assert text.startswith("#!/bin/bash\n")
    assert len(text.encode()) < MOST - 1000  # what AWS puts in for the symbols is longer
    file = tmp_path / "user-data"
    file.write_text(text)
    subprocess.run(["bash", "-n", str(file)], check=True)


def test_every_setting_that_the_node_reads_is_given() -> None:
    text = rendered()
    given = {
        line.split("=")[0] for line in text.splitlines() if line.endswith("'") and "='" in line
    }
    for name in ("PASSWORD_SECRET", "AUTHORITY_SECRET", "CERTIFICATE_SECRET", "READY", "BUCKET"):
        assert name in given
        assert f"${name}" in text


def test_the_password_is_fetched_and_never_written() -> None:
    assert "resolve:secretsmanager" not in rendered()
    assert "password=$(secret" in rendered()
