"""Run ministack so that what it acknowledges is on the disk.

Run as a file by the Python of ministack's own environment; standard library and
ministack only. By itself ministack 1.5.33 writes secrets and the settings of
buckets at an orderly end alone, so a `kill -9` would lose them (objects it
writes at once). Here each answer of those two services waits until their state
is in `STATE_DIR`. Everything else stays in memory, as it is in ministack.

Changes that other services make in passing (CloudFormation's, RDS's managed
passwords) are written with the next request to Secrets Manager itself.
"""

import hashlib
import importlib
import json
import logging
import os
import secrets
from pathlib import Path
from typing import Any

DURABLE = ("secretsmanager", "s3")
# Where ministack keeps what it knows of an object, and the bodies of older versions.
RECORD = ".meta.json"
VERSIONS = ".versions"
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
        replace(self._file, text.encode())
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


def mend_objects(folder: Path) -> None:
    """Mend each object whose overwriting was broken off between its body and its record.

    ministack replaces the body first, then the record beside it (`.meta.json`), and cannot
    serve a body that its record does not fit. Nobody was told that the write was done: the
    version before it is put back where ministack kept one, otherwise the write is finished.
    """
    for record in folder.glob("*/*/**/*.meta.json"):
        body = record.with_name(record.name.removesuffix(RECORD))
        try:
            described = json.loads(record.read_text())
            found, size = body.stat(), described.get("size")
            if found.st_size == size and found.st_mtime_ns <= record.stat().st_mtime_ns:
                continue
            content = body.read_bytes()
        except (FileNotFoundError, ValueError):
            continue
        tag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
        if found.st_size == size and described.get("etag") == tag:
            continue
        account, bucket, *key = body.relative_to(folder).parts
        kept = folder.joinpath(VERSIONS, account, bucket, str(described.get("version_id")), *key)
        if kept.is_file():
            replace(body, kept.read_bytes())
            continue
        fitting = {"size": len(content), "etag": tag, "checksums": {}}
        for version in described.get("versions", [])[-1:]:
            version.update(fitting)
        replace(record, json.dumps({**described, **fitting}).encode())


def replace(file: Path, content: bytes) -> None:
    """Replace a file as a whole, and return when the disk has it.

    ministack takes nothing whose name ends in `.tmp` for an object.
    """
    new = file.with_name(f"{file.name}.{secrets.token_hex(4)}.tmp")
    private = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(private, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def main() -> None:
    """Restore, wrap and run."""
    folder = Path(os.environ["STATE_DIR"])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in folder.glob("*.tmp"):
        leftover.unlink()
    # Its module reads the objects as soon as it is imported.
    mend_objects(Path(os.environ["S3_DATA_DIR"]))
    application: Any = importlib.import_module("ministack.app")
    for name in DURABLE:
        make_durable(name, folder)
    application.main()


if __name__ == "__main__":
    main()
