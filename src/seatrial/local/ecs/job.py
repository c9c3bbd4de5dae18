"""A job: a task that runs once, before a new version takes traffic.

Takes a task definition; gives whether it succeeded and its last lines. It is
stopped when it takes longer than its time.
"""

import asyncio
import secrets
from dataclasses import dataclass

from seatrial.local.ecs.definition import TaskDefinition
from seatrial.local.ecs.launch import Launcher, last_lines

TIME_LIMIT = 900.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: its exit code, None when it took too long."""

    code: int | None
    lines: list[str]

    @property
    def succeeded(self) -> bool:
        """Whether it ended with exit code 0."""
        return self.code == 0


async def run_job(
    launcher: Launcher, definition: TaskDefinition, limit: float = TIME_LIMIT
) -> Outcome:
    """Run a job to its end."""
    name = f"{definition.name}-{secrets.token_hex(4)}"
    process = await launcher.start(name, definition, None)
    try:
        ended = await asyncio.wait_for(process.wait(), limit)
    except TimeoutError:
        await process.kill()
        return Outcome(None, last_lines(launcher.log(name)))
    except asyncio.CancelledError:
        await process.kill()
        raise
    return Outcome(ended.code, last_lines(launcher.log(name)))
