"""Users and items in the database: every SQL statement of the service."""

from dataclasses import dataclass
from uuid import UUID

from psycopg.errors import ForeignKeyViolation, UniqueViolation

from app.database import Database
from app.models import Item, NewItem, User


class EmailTaken(Exception):
    """Another user has this address."""


class KeyReused(Exception):
    """The idempotency key belongs to an item with another content."""


class UserGone(Exception):
    """The token's user no longer exists."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is checked against."""

    user: UUID
    password_hash: str


class Store:
    """The service's data. Every method raises `DatabaseAway` when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def check(self) -> None:
        """Make sure that the database answers, within two seconds."""
        async with self._database.connection(wait=2.0) as connection:
            await connection.execute("SELECT 1")

    async def add_user(self, email: str, password_hash: str) -> User:
        """Keep a new user; raise `EmailTaken`."""
        async with self._database.connection() as connection:
            try:
                cursor = await connection.execute(
                    "INSERT INTO users (email, password_hash) VALUES (%s, %s)"
                    " RETURNING id, email, created_at",
                    (email, password_hash),
                )
            except UniqueViolation:
                raise EmailTaken from None
            return User.model_validate(await cursor.fetchone())

    async def credentials(self, email: str) -> Credentials | None:
        """Find what a login with this address is checked against."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "SELECT id, password_hash FROM users WHERE email = %s", (email,)
            )
            row = await cursor.fetchone()
        return Credentials(row["id"], row["password_hash"]) if row else None

    async def add_item(self, owner: UUID, key: UUID, new: NewItem) -> tuple[Item, bool]:
        """Keep an item once per key; give it and whether it is new.

        A retry gets the item of the first attempt, whether or not that attempt's
        answer arrived. Raises `KeyReused`, `UserGone`.
        """
        async with self._database.connection() as connection:
            try:
                cursor = await connection.execute(
                    "INSERT INTO items (owner_id, idempotency_key, name, description)"
                    " VALUES (%s, %s, %s, %s)"
                    " ON CONFLICT (owner_id, idempotency_key) DO NOTHING"
                    " RETURNING id, name, description, created_at",
                    (owner, key, new.name, new.description),
                )
            except ForeignKeyViolation:
                raise UserGone from None
            if row := await cursor.fetchone():
                return Item.model_validate(row), True
            cursor = await connection.execute(
                "SELECT id, name, description, created_at FROM items"
                " WHERE owner_id = %s AND idempotency_key = %s",
                (owner, key),
            )
            item = Item.model_validate(await cursor.fetchone())
        if (item.name, item.description) != (new.name, new.description):
            raise KeyReused
        return item, False

    async def items(self, owner: UUID, after: int, limit: int) -> list[Item]:
        """Give up to `limit` items with ids above `after`, in their order."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "SELECT id, name, description, created_at FROM items"
                " WHERE owner_id = %s AND id > %s ORDER BY id LIMIT %s",
                (owner, after, limit),
            )
            return [Item.model_validate(row) for row in await cursor.fetchall()]

    async def item(self, owner: UUID, item: int) -> Item | None:
        """Find one item of this owner."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "SELECT id, name, description, created_at FROM items"
                " WHERE owner_id = %s AND id = %s",
                (owner, item),
            )
            row = await cursor.fetchone()
        return Item.model_validate(row) if row else None
