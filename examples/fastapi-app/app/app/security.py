"""Passwords and tokens.

Passwords are kept as Argon2id hashes; tokens are JWTs signed with HS256.
"""

import asyncio
import time
from uuid import UUID

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's Argon2id setting for small machines: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Compared when there is no such user, so that both answers take equally long.
_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$c2VhdHJpYWwtbm9ib2R5$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
# Hashing is 19 MiB and a core each: two at a time keep a small task within its memory.
_HASHES_AT_ONCE = 2


class Passwords:
    """Hashes and checks passwords without holding up other requests."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_HASHES_AT_ONCE)

    async def hash(self, password: str) -> str:
        """Give the hash to keep."""
        async with self._turn:
            return await asyncio.to_thread(_hasher.hash, password)

    async def matches(self, password: str, kept: str | None) -> bool:
        """Say whether `password` is the one that was hashed into `kept` (None: no such user)."""
        async with self._turn:
            return await asyncio.to_thread(_matches, password, kept or _NOBODY)


def _matches(password: str, kept: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


class Tokens:
    """Issues and reads access tokens."""

    def __init__(self, secret: str, lifetime: int) -> None:
        self._secret = secret
        self.lifetime = lifetime

    def issue(self, user: UUID) -> str:
        """Give a token for `user`, good for `lifetime` seconds."""
        now = int(time.time())
        claims = {"sub": str(user), "iat": now, "exp": now + self.lifetime}
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def read(self, token: str) -> UUID | None:
        """Give the token's user, or None if the token is not ours, altered or too old."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                options={"require": ["sub", "iat", "exp"]},
            )
            return UUID(claims["sub"])
        except (jwt.InvalidTokenError, ValueError):
            return None
