"""What a fresh database is given: its own passwords, the master user and the database.

Takes an administrator's session on a primary that runs on a template's copy. As
on RDS the master user is no superuser; it may create roles and databases and
owns its own. Passwords travel as SCRAM verifiers only, made on this side.
"""

from collections.abc import Mapping

from psycopg import sql

from seatrial.local.engines.postgres.session import Session
from seatrial.local.engines.postgres.settings import ADMIN, ADMIN_DATABASE, REPLICATION
from seatrial.local.engines.postgres.spec import DatabaseSpec

TIMEOUT = 60.0


async def give_own_roles(session: Session, passwords: Mapping[str, str]) -> None:
    """Give the administrator its own password, and standbys the role by which they connect."""
    await _alter_password(session, ADMIN, passwords[ADMIN])
    await session.ask(
        sql.SQL("CREATE ROLE {} LOGIN REPLICATION PASSWORD {}").format(
            sql.Identifier(REPLICATION),
            sql.Literal(session.encrypt(REPLICATION, passwords[REPLICATION])),
        ),
        timeout=TIMEOUT,
    )


async def create_database(session: Session, spec: DatabaseSpec) -> None:
    """Create the master user and the database that it owns."""
    owner, name = sql.Identifier(spec.user), sql.Identifier(spec.database)
    await session.ask(
        sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}").format(
            owner, sql.Literal(session.encrypt(spec.user, spec.password))
        ),
        timeout=TIMEOUT,
    )
    # As rds_superuser, which every master user of RDS has.
    granted = sql.SQL("GRANT pg_monitor, pg_signal_backend TO {}").format(owner)
    await session.ask(granted, timeout=TIMEOUT)
    order = (
        "ALTER DATABASE {} OWNER TO {}"
        if spec.database == ADMIN_DATABASE
        else ("CREATE DATABASE {} OWNER {}")
    )
    await session.ask(sql.SQL(order).format(name, owner), timeout=TIMEOUT)


async def change_password(session: Session, user: str, password: str) -> None:
    """Give the master user another password, as `ModifyDBInstance` does."""
    await _alter_password(session, user, password)


async def _alter_password(session: Session, user: str, password: str) -> None:
    await session.ask(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(
            sql.Identifier(user), sql.Literal(session.encrypt(user, password))
        ),
        timeout=TIMEOUT,
    )
