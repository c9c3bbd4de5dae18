"""Make a task's process: command, environment, secrets, address, limits, log.

A task sees what a container would: its own variables, no others. Secrets are
read from Secrets Manager at each start, as ECS does, and reach the process by
its environment alone.
"""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from seatrial.graph.values import Secret
from seatrial.local.addresses import Address
from seatrial.local.ecs.definition import TaskDefinition
from seatrial.local.process import Command, Limits, Process, ProcessHost
from seatrial.local.resolve import Resolver


@dataclass(frozen=True, slots=True)
class Launcher:
    """Starts tasks; `read_secret` asks Secrets Manager, `aws` holds the endpoint's variables."""

    host: ProcessHost
    logs: Path
    resolver: Callable[[], Resolver]
    read_secret: Callable[[Secret], Awaitable[str]]
    aws: Callable[[], Mapping[str, str]]

    async def start(
        self, process_name: str, definition: TaskDefinition, address: Address | None
    ) -> Process:
        """Start one task's process. Its CPU limit is lifted until `ready` puts it on."""
        resolver = self.resolver()
        at_task = {}
        if address:
            at_task = {"HOST": address.host, "PORT": str(address.port)}
        environ = {
            "PATH": f"{definition.built.programs}:{os.defpath}",
            "HOME": str(definition.built.folder),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.aws(),
        }
        for name, value in definition.environment.items():
            environ[name] = resolver.text(value, at_task)
        for name, secret in definition.secrets.items():
            environ[name] = await self.read_secret(secret)
        argv = tuple(resolver.text(each, at_task) for each in definition.command)
        limits = Limits(definition.cpu, definition.memory)
        process = await self.host.start(
            Command(
                process_name,
                argv,
                definition.built.folder,
                environ,
                self.log(process_name),
                limits,
            )
        )
        process.set_cpu(None)
        return process

    def log(self, process_name: str) -> Path:
        """Give the file that a task writes to."""
        return self.logs / f"{process_name}.log"


def last_lines(log: Path, count: int = 10) -> list[str]:
    """Give the last lines of a log, [] where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16384))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except OSError:
        return []
