"""Brings the schema up to date: `python migrate.py`, before the consumer starts.

Runs the files of `migrations/` that this database has not seen, in order and in one
transaction, under a lock: it may run twice, and two may run at once. libpq reads the
PG* variables.
"""

import logging
import os
import sys
from pathlib import Path

import psycopg

from consumer.logs import configure

MIGRATIONS = Path(__file__).parent / "migrations"
# Any constant will do, as long as nothing else in this database locks on it.
LOCK = 4_000_026
log = logging.getLogger("migrate")


def migrate(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """Apply what is missing; give the names of what was applied."""
    applied = []
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        connection.execute("SET LOCAL lock_timeout = '10s'")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        seen = {name for (name,) in connection.execute("SELECT name FROM migrations")}
        for file in sorted(MIGRATIONS.glob("*.sql")):
            if file.stem not in seen:
                connection.execute(file.read_bytes())
                connection.execute("INSERT INTO migrations (name) VALUES (%s)", (file.stem,))
                applied.append(file.stem)
    return applied


if __name__ == "__main__":
    configure(os.environ.get("LOG_LEVEL", "info").upper())
    try:
        with psycopg.connect(connect_timeout=5, application_name="migrate") as connection:
            log.info("migrated", extra={"fields": {"applied": migrate(connection)}})
    except psycopg.Error as error:
        log.error("not migrated: %s", error)
        sys.exit(1)
