"""Seatrial: write an AWS system down once, run it here, ship it there.

A `system.py` imports everything it needs from this module.
"""

from seatrial.language import (
    HOST,
    PORT,
    Access,
    Alerts,
    Domain,
    Environment,
    Health,
    Job,
    Objectives,
    Postgres,
    Reference,
    Rollout,
    Scale,
    Scheduled,
    Secret,
    Service,
    System,
)

__version__ = "0.1.0"
__all__ = [
    "HOST",
    "PORT",
    "Access",
    "Alerts",
    "Domain",
    "Environment",
    "Health",
    "Job",
    "Objectives",
    "Postgres",
    "Reference",
    "Rollout",
    "Scale",
    "Scheduled",
    "Secret",
    "Service",
    "System",
]
