"""Run the migrations on the database that libpq's PG* variables name.

Safe to run twice and safe when two run at once: one advisory lock is held from
before the current revision is read until the new one is committed, so the
second finds nothing left to do. Everything happens in one transaction: a
migration that fails leaves the database as it was.
"""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

# Any constant will do, as long as nothing else in this database locks on it.
MIGRATION_LOCK = 4_042_026
# A migration that waits for a table must not make everyone else wait behind it.
LOCK_TIMEOUT = "10s"


def migrate() -> None:
    """Bring the schema to the revision that Alembic was asked for."""
    # An empty URL leaves host, port, user, password, database and TLS to libpq.
    engine = create_engine(
        "postgresql+psycopg://", poolclass=NullPool, connect_args={"connect_timeout": 5}
    )
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        context.configure(connection=connection, target_metadata=None)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    migrate()
