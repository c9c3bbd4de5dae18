"""Seatrial: write an AWS system down once, run it here, ship it there.

A `system.py` imports everything it needs from this module. The language is
imported when one of its names is first asked for: the supervisor and its tasks
have no use for it, and every command starts faster.
"""

from importlib import import_module

TYPE_CHECKING = False  # as typing has it, without the 30 ms that it takes to import
if TYPE_CHECKING:
    from seatrial.language import (
        HOST,
        LLM,
        PORT,
        Access,
        Alerts,
        Bucket,
        Documents,
        Domain,
        Environment,
        External,
        Firewall,
        Health,
        Job,
        Kafka,
        Lifecycle,
        Objectives,
        Postgres,
        Recovery,
        Redis,
        RedisCluster,
        Reference,
        Rollout,
        Scale,
        Scheduled,
        Search,
        Secret,
        Service,
        System,
        Topic,
        Tracing,
        Vpn,
        Website,
    )

__version__ = "0.1.0"
__all__ = [
    "HOST",
    "LLM",
    "PORT",
    "Access",
    "Alerts",
    "Bucket",
    "Documents",
    "Domain",
    "Environment",
    "External",
    "Firewall",
    "Health",
    "Job",
    "Kafka",
    "Lifecycle",
    "Objectives",
    "Postgres",
    "Recovery",
    "Redis",
    "RedisCluster",
    "Reference",
    "Rollout",
    "Scale",
    "Scheduled",
    "Search",
    "Secret",
    "Service",
    "System",
    "Topic",
    "Tracing",
    "Vpn",
    "Website",
]


def __getattr__(name: str) -> object:
    """Give one of the language's names."""
    if name in __all__:
        return getattr(import_module("seatrial.language"), name)
    raise AttributeError(f"module 'seatrial' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the language's names, for completion."""
    return sorted(__all__)
