"""Run ministack so that what it acknowledges is on the disk.

Run as a file by the Python of ministack's own environment; standard library and
ministack only. By itself ministack 1.5.33 writes secrets and the settings of
buckets at an orderly end alone, so a `kill -9` would lose them (objects it
writes at once). Here each answer of those two services waits until their state
is in `STATE_DIR`. Everything else stays in memory, as it is in ministack.

Changes that other services make in passing (CloudFormation's, RDS's managed
passwords) are written with the next request to Secrets Manager itself.
"""

import importlib
import json
import logging
import os
import secrets
from pathlib import Path
from typing import Any

DURABLE = ("secretsmanager", "s3")
log = logging.getLogger("durable")


class Keeper:
    """Keeps one service's state in one file; the file is replaced as a whole."""

    def __init__(self, service: Any, file: Path) -> None:
        self._service = service
        self._file = file
        self._persistence = importlib.import_module("ministack.core.persistence")
        self._kept = ""

    def restore(self) -> None:
        """Give the service the state that was kept, if any."""
        try:
            self._kept = self._file.read_text()
        except FileNotFoundError:
            return
        hook = self._persistence._json_object_hook
        self._service.load_persisted_state(json.loads(self._kept, object_hook=hook))

    def keep(self) -> None:
        """Write the state if it has changed, and return when the disk has it."""
        text = json.dumps(self._service.get_state(), default=self._persistence._json_default)
        if text == self._kept:
            return
        new = self._file.with_name(f"{self._file.name}.{secrets.token_hex(4)}.new")
        private = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(private, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._kept = text


def make_durable(name: str, folder: Path) -> None:
    """Wrap a service so that no answer leaves before the state behind it is kept."""
    service: Any = importlib.import_module(f"ministack.services.{name}")
    keeper = Keeper(service, folder / f"{name}.json")
    keeper.restore()
    answer = service.handle_request

    async def handle_request(*args: Any, **named: Any) -> Any:
        result = await answer(*args, **named)
        try:
            keeper.keep()
        except Exception:
            # A client may not take for done what no restart would find.
            log.exception("the state of %s could not be written", name)
            problem = {"__type": "InternalServiceError", "message": "state could not be written"}
            return 500, {"Content-Type": "application/json"}, json.dumps(problem).encode()
        return result

    service.handle_request = handle_request


def main() -> None:
    """Restore, wrap and run."""
    folder = Path(os.environ["STATE_DIR"])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in folder.glob("*.new"):
        leftover.unlink()
    application: Any = importlib.import_module("ministack.app")
    for name in DURABLE:
        make_durable(name, folder)
    application.main()


if __name__ == "__main__":
    main()
