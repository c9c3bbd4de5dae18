"""A store that keeps everything in memory and can be taken away."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from app.database import DatabaseAway
from app.models import Item, NewItem, User
from app.store import Credentials, EmailTaken, KeyReused, Store, UserGone


class MemoryStore(Store):
    """Behaves as `Store` does, without a database; `away` makes every call fail."""

    def __init__(self) -> None:
        self.away = False
        self.users: dict[str, tuple[User, str]] = {}
        self.kept: dict[tuple[UUID, UUID], tuple[UUID, Item]] = {}

    async def check(self) -> None:
        if self.away:
            raise DatabaseAway("OperationalError")

    async def add_user(self, email: str, password_hash: str) -> User:
        await self.check()
        if email in self.users:
            raise EmailTaken
        user = User(id=uuid4(), email=email, created_at=datetime.now(UTC))
        self.users[email] = user, password_hash
        return user

    async def credentials(self, email: str) -> Credentials | None:
        await self.check()
        if email not in self.users:
            return None
        user, password_hash = self.users[email]
        return Credentials(user.id, password_hash)

    async def add_item(self, owner: UUID, key: UUID, new: NewItem) -> tuple[Item, bool]:
        await self.check()
        if all(user.id != owner for user, _ in self.users.values()):
            raise UserGone
        if (owner, key) in self.kept:
            item = self.kept[owner, key][1]
            if (item.name, item.description) != (new.name, new.description):
                raise KeyReused
            return item, False
        item = Item(
            id=len(self.kept) + 1,
            name=new.name,
            description=new.description,
            created_at=datetime.now(UTC),
        )
        self.kept[owner, key] = owner, item
        return item, True

    async def items(self, owner: UUID, after: int, limit: int) -> list[Item]:
        await self.check()
        mine = [item for user, item in self.kept.values() if user == owner and item.id > after]
        return mine[:limit]

    async def item(self, owner: UUID, item: int) -> Item | None:
        await self.check()
        mine = [each for user, each in self.kept.values() if user == owner and each.id == item]
        return mine[0] if mine else None
