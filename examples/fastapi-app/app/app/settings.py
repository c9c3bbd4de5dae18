"""What the service is told from outside.

The database is not here: libpq itself reads PGHOST, PGPORT, PGUSER, PGPASSWORD,
PGDATABASE, PGSSLMODE and PGSSLROOTCERT.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingWrong(Exception):
    """A setting is missing or unusable; the message names it and never shows its value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, checked. `token_lifetime` in seconds."""

    jwt_secret: str = field(repr=False)
    log_level: str = "INFO"
    token_lifetime: int = 3600

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings; raise `SettingWrong`."""
        secret = environ.get("JWT_SECRET", "")
        # HS256 wants a key as long as its hash (RFC 7518, 3.2).
        if len(secret.encode()) < 32:
            raise SettingWrong("JWT_SECRET must have at least 32 bytes.")
        level = environ.get("LOG_LEVEL", "info").upper()
        if level not in LEVELS:
            raise SettingWrong(f"LOG_LEVEL must be one of {', '.join(LEVELS)}.")
        if not environ.get("PGHOST"):
            raise SettingWrong("PGHOST must name the database's host.")
        return cls(jwt_secret=secret, log_level=level)
