"""What the consumer is told from outside.

The database is not here: libpq itself reads PGHOST, PGPORT, PGUSER, PGPASSWORD,
PGDATABASE, PGSSLMODE and PGSSLROOTCERT.
"""

from collections.abc import Mapping
from dataclasses import dataclass

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
TOPIC = "analytics-events"


class SettingWrong(Exception):
    """A setting is missing or unusable; the message names it and never shows its value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, checked. `days` is how many days of events are kept."""

    servers: str
    group: str
    protocol: str = "PLAINTEXT"
    region: str = ""
    topic: str = TOPIC
    days: int = 90
    log_level: str = "INFO"

    @property
    def dead_topic(self) -> str:
        """Where records go that cannot be stored."""
        return f"{self.topic}-dead"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings; raise `SettingWrong`."""
        servers = environ.get("KAFKA_BROKERS") or environ.get("KAFKA_BOOTSTRAP_SERVERS")
        if not servers:
            raise SettingWrong("KAFKA_BROKERS must name the brokers, as host:port,host:port.")
        if not environ.get("PGHOST"):
            raise SettingWrong("PGHOST must name the database's host.")
        days = environ.get("RETENTION_DAYS", "90")
        if not days.isdecimal() or int(days) < 1:
            raise SettingWrong("RETENTION_DAYS must be a whole number of days, 1 or more.")
        level = environ.get("LOG_LEVEL", "info").upper()
        if level not in LEVELS:
            raise SettingWrong(f"LOG_LEVEL must be one of {', '.join(LEVELS)}.")
        return cls(
            servers,
            environ.get("KAFKA_GROUP_ID", "analytics-consumers"),
            environ.get("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT"),
            environ.get("AWS_REGION", ""),
            environ.get("KAFKA_TOPIC", TOPIC),
            int(days),
            level,
        )
