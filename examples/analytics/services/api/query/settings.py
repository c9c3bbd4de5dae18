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
    """Every setting, checked. `redis_url` may be empty: then nothing is cached."""

    redis_url: str = field(default="", repr=False)
    log_level: str = "INFO"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings; raise `SettingWrong`."""
        if not environ.get("PGHOST"):
            raise SettingWrong("PGHOST must name the database's host.")
        level = environ.get("LOG_LEVEL", "info").upper()
        if level not in LEVELS:
            raise SettingWrong(f"LOG_LEVEL must be one of {', '.join(LEVELS)}.")
        return cls(environ.get("REDIS_URL", ""), level)
