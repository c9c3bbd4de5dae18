"""What Envoy has taken on of the files that it follows.

Takes the versions that were published, returns when Envoy works by them. It
never publishes anything.
"""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from seatrial.local.engines.envoy.admin import NotAnswering
from seatrial.local.engines.envoy.publication import Versions

PAGE = "/stats?format=json&filter=(version_text%7Cupdate_rejected%7Cworkers_started)$"
# Bytes of the log that tell why.
END_OF_LOG = 4096


class NotTaken(Exception):
    """Envoy refused a change, or has not taken it on in time."""


class Answering(Protocol):
    """What gives a page of Envoy's admin interface."""

    async def get(self, path: str, timeout: float = ...) -> bytes:
        """Get a page; NotAnswering."""
        ...


class Acceptance:
    """Follows one Envoy; `log` is where it says why it refuses."""

    def __init__(self, admin: Answering, log: Path) -> None:
        self._admin = admin
        self._log = log
        self._refusals: dict[str, int] = {}

    def begin(self) -> None:
        """Forget what the former process refused."""
        self._refusals = {}

    async def adopt(self) -> None:
        """Take what was refused before as known; NotAnswering."""
        for name, value in (await self._ask()).items():
            if name.endswith(".update_rejected"):
                self._refusals[name] = int(value)

    async def wait(
        self, versions: Versions, limit: float, lives: Callable[[], bool] = lambda: True
    ) -> None:
        """Wait until Envoy works by these versions, or later ones.

        NotTaken if it refuses one, after `limit` seconds, or when it no longer `lives`.
        """
        deadline = time.monotonic() + limit
        pause = 0.001
        while True:
            try:
                answers = await self._ask()
            except NotAnswering:
                answers = {}
            missing = {
                name
                for name, version in versions.items()
                if int(answers.get(f"{name}.version_text") or 0) < version
            }
            if not missing and answers.get("listener_manager.workers_started"):
                return
            self._refuse(missing, answers)
            if not lives():
                raise NotTaken(f"Envoy has ended: {self.read_end_of_log()}")
            if time.monotonic() > deadline:
                raise NotTaken(f"not taken on within {limit:g} s: {', '.join(sorted(missing))}")
            await asyncio.sleep(pause)
            pause = min(2 * pause, 0.05)

    def read_end_of_log(self) -> str:
        """Read what Envoy said last."""
        try:
            return self._log.read_bytes()[-END_OF_LOG:].decode(errors="replace").strip()
        except FileNotFoundError:
            return "it wrote no log"

    def _refuse(self, missing: set[str], answers: dict[str, str]) -> None:
        """Raise NotTaken if a refusal of one of these is new."""
        for name in sorted(missing):
            counter = f"{name}.update_rejected"
            count = int(answers.get(counter, 0))
            if count > self._refusals.get(counter, 0):
                self._refusals[counter] = count
                raise NotTaken(f"Envoy refuses {name}: {self.read_end_of_log()}")

    async def _ask(self) -> dict[str, str]:
        found = json.loads(await self._admin.get(PAGE))
        return {each["name"]: each["value"] for each in found["stats"] if "name" in each}
