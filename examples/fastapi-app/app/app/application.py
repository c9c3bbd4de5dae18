"""The application, put together: routes, errors, logs and the database's life."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from app.database import Database, DatabaseAway
from app.logs import AccessLog
from app.routes import router
from app.security import Passwords, Tokens
from app.settings import Settings
from app.store import Store

log = logging.getLogger("app")
# What a client should wait before it tries again, seconds.
RETRY_AFTER = 2


def create_app(settings: Settings, store: Store | None = None) -> FastAPI:
    """Build the application; `store` stands in for the one on PostgreSQL."""
    database = Database() if store is None else None

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        app.state.store = Store(database) if database else store
        app.state.passwords = Passwords()
        app.state.tokens = Tokens(settings.jwt_secret, settings.token_lifetime)
        if database:
            await database.open()
        log.info("started", extra={"fields": {"event": "started"}})
        yield
        if database:
            await database.close()
        log.info("stopped", extra={"fields": {"event": "stopped"}})

    app = FastAPI(title="fastapi-app", lifespan=life)
    app.include_router(router)
    app.add_middleware(AccessLog)
    app.add_exception_handler(DatabaseAway, _database_away)
    app.add_exception_handler(RequestValidationError, _not_valid)
    return app


async def _database_away(request: Request, error: Exception) -> JSONResponse:
    """Answer 503; the log line is what a metric filter counts."""
    assert isinstance(error, DatabaseAway)
    fields = {
        "event": "database_connection_error",
        "reason": error.reason,
        "path": request.url.path,
    }
    log.error("the database cannot be reached", extra={"fields": fields})
    return JSONResponse(
        {"detail": "The database cannot be reached; try again."},
        status_code=503,
        headers={"Retry-After": str(RETRY_AFTER)},
    )


async def _not_valid(_request: Request, error: Exception) -> JSONResponse:
    """Answer 422 without echoing what was sent: it may be a password."""
    assert isinstance(error, RequestValidationError)
    found = [
        {"loc": each["loc"], "msg": each["msg"], "type": each["type"]} for each in error.errors()
    ]
    return JSONResponse({"detail": found}, status_code=422)
