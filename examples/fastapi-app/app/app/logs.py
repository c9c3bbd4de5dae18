"""Logs: one JSON object a line, on standard output.

Values that a caller sent (bodies, headers, query strings) are never logged, so
neither are passwords and tokens.
"""

import json
import logging
import logging.config
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Message, Receive, Send], Awaitable[None]]

access = logging.getLogger("app.access")
# Asked for every few seconds by every health checker: of interest only when debugging.
QUIET_PATHS = frozenset({"/healthz"})


class JsonLines(logging.Formatter):
    """Formats a record as one line; `extra={"fields": {...}}` adds its own keys."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(level: str) -> None:
    """Send every logger of this process, uvicorn's too, to standard output as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # `AccessLog` below writes one richer line a request.
    logging.getLogger("uvicorn.access").disabled = True


class AccessLog:
    """ASGI middleware: one line a request, with its status and its time."""

    def __init__(self, app: ASGI) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass the request on and log how it ended."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        level = logging.DEBUG if scope["path"] in QUIET_PATHS else logging.INFO
        if not access.isEnabledFor(level):
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500  # what the server answers when the app raises before it has answered

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        finally:
            fields = {
                "event": "request",
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "milliseconds": round((time.perf_counter() - began) * 1000, 1),
            }
            for name, value in scope["headers"]:
                if name == b"x-amzn-trace-id":
                    fields["trace"] = value.decode("latin-1")
            access.log(level, "%s %s", scope["method"], scope["path"], extra={"fields": fields})
