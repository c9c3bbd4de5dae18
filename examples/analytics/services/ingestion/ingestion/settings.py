"""What the service is told from outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
TOPIC = "analytics-events"


class SettingWrong(Exception):
    """A setting is missing or unusable; the message names it and never shows its value."""


@dataclass(frozen=True, slots=True)
class Kafka:
    """Where the brokers are and how to sign in; `region` is where IAM signs, if it does."""

    servers: str
    protocol: str = "PLAINTEXT"
    region: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, checked."""

    kafka: Kafka
    write_keys: frozenset[str] = field(repr=False)
    topic: str = TOPIC
    log_level: str = "INFO"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings; raise `SettingWrong`."""
        servers = environ.get("KAFKA_BROKERS") or environ.get("KAFKA_BOOTSTRAP_SERVERS")
        if not servers:
            raise SettingWrong("KAFKA_BROKERS must name the brokers, as host:port,host:port.")
        keys = frozenset(filter(None, map(str.strip, environ.get("WRITE_KEYS", "").split(","))))
        if not keys:
            raise SettingWrong("WRITE_KEYS must hold at least one key; a comma parts them.")
        level = environ.get("LOG_LEVEL", "info").upper()
        if level not in LEVELS:
            raise SettingWrong(f"LOG_LEVEL must be one of {', '.join(LEVELS)}.")
        protocol = environ.get("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT")
        kafka = Kafka(servers, protocol, environ.get("AWS_REGION", ""))
        return cls(kafka, keys, environ.get("KAFKA_TOPIC", TOPIC), level)
