"""Launching: a task sees its own variables and no others."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from seatrial.graph import Graph
from seatrial.graph.values import AtRun, Secret
from seatrial.local.addresses import Address
from seatrial.local.ecs.definition import TaskDefinition
from seatrial.local.ecs.launch import Launcher, last_lines
from seatrial.local.process import Command, Limits
from seatrial.local.resolve import Resolver
from tests.local.ecs.ground import TASK
from tests.local.fakes import FakeProcess


class FakeHost:
    """Keeps the commands."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    async def start(self, command: Command) -> FakeProcess:
        self.commands.append(command)
        return FakeProcess(command.name, lambda what, name: None)


def launch(
    definition: TaskDefinition, address: Address | None, secrets: Mapping[str, str] = {}
) -> tuple[Command, FakeProcess]:
    async def started() -> tuple[Command, FakeProcess]:
        host = FakeHost()
        resolver = Resolver(Graph("shop", "production", "us-east-1"), {})

        async def read(secret: Secret) -> str:
            return secrets[secret.key]

        launcher = Launcher(
            host,
            Path("/logs"),
            lambda: resolver,
            read,
            lambda: {"AWS_REGION": "us-east-1"},
        )
        process = await launcher.start("api-1", definition, address)
        assert isinstance(process, FakeProcess)
        return host.commands[0], process

    return asyncio.run(started())


def test_a_task_gets_its_own_address_its_secrets_and_nothing_of_ours() -> None:
    definition = replace(
        TASK,
        command=("serve", "--host", AtRun("HOST", "0.0.0.0"), "--port", AtRun("PORT", "8000")),
        environment={"PORT": AtRun("PORT", "8000"), "PGSSLMODE": AtRun("PGSSLMODE", "verify-full")},
        secrets={"PGPASSWORD": Secret("DbCredentials", "password")},
    )
    command, _ = launch(definition, Address("127.9.1.2", 8000), {"password": "s3cret"})
    assert command.argv == ("serve", "--host", "127.9.1.2", "--port", "8000")
    assert "s3cret" not in command.argv
    assert command.environ["PGPASSWORD"] == "s3cret"
    assert command.environ["PORT"] == "8000"
    # No packaged engine speaks TLS.
    assert command.environ["PGSSLMODE"] == "disable"
    assert command.environ.keys() == {
        "PATH", "HOME", "LANG", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "AWS_REGION",
        "PORT", "PGSSLMODE", "PGPASSWORD",
    }  # fmt: skip
    assert command.environ["PATH"].startswith("/programs/1:")
    assert (command.cwd, command.log) == (Path("/versions/1"), Path("/logs/api-1.log"))
    assert command.limits == Limits(TASK.cpu, TASK.memory)


def test_a_task_starts_without_its_cpu_limit() -> None:
    _, process = launch(TASK, None)
    assert process.cpu == [None]


def test_what_a_program_says_wins_over_what_everyone_gets() -> None:
    command, _ = launch(replace(TASK, environment={"LANG": "de", "AWS_REGION": "eu"}), None)
    assert (command.environ["LANG"], command.environ["AWS_REGION"]) == ("de", "eu")


def test_the_last_lines_of_a_log_that_is_not_there_are_none(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "gone.log") == []


@given(st.binary(max_size=300), st.integers(1, 12))
def test_the_last_lines_are_the_last_whatever_is_written(text: bytes, count: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "x.log")
        log.write_bytes(text)
        assert last_lines(log, count) == text.decode(errors="replace").splitlines()[-count:]
        log.write_bytes(b"x" * 100_000 + b"\n" + b"last\n")
        assert last_lines(log, 1) == ["last"]
