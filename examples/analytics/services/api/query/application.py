"""The application, put together: routes, errors, logs and the life of what it uses."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from query.answers import Answers
from query.cache import Cache
from query.database import Database, DatabaseAway
from query.routes import router
from query.settings import Settings

log = logging.getLogger("query")
access = logging.getLogger("query.access")
RETRY_AFTER = 2
"""Seconds after which a caller may try again."""
QUIET = frozenset({"/health"})


def create_app(
    settings: Settings, database: Database | None = None, cache: Cache | None = None
) -> FastAPI:
    """Build the application; `database` and `cache` stand in for the real ones."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        asked, kept = database or Database(), cache or Cache(settings.redis_url)
        app.state.answers = Answers(asked, kept)
        await asked.open()
        log.info("started", extra={"fields": {"event": "started"}})
        yield
        await asked.close()
        await kept.close()
        log.info("stopped", extra={"fields": {"event": "stopped"}})

    app = FastAPI(title="analytics", lifespan=life)
    app.include_router(router)
    app.middleware("http")(_note)
    app.add_exception_handler(DatabaseAway, _database_away)
    app.add_exception_handler(RequestValidationError, _not_valid)
    return app


async def _note(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    """Log one line a request, without what was asked about whom."""
    began = time.perf_counter()
    response = await answer(request)
    if request.url.path not in QUIET:
        fields = {
            "event": "request",
            "path": request.url.path,
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - began) * 1000, 1),
        }
        access.info("%s", request.url.path, extra={"fields": fields})
    return response


async def _database_away(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DatabaseAway)
    fields = {"event": "database_away", "reason": error.reason, "path": request.url.path}
    log.error("the database does not answer", extra={"fields": fields})
    return JSONResponse(
        {"detail": "The database does not answer; try again."},
        status_code=503,
        headers={"Retry-After": str(RETRY_AFTER)},
    )


async def _not_valid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = [{"loc": each["loc"], "msg": each["msg"]} for each in error.errors()]
    return JSONResponse({"detail": found}, status_code=422)
