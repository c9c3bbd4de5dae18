"""Real processes for the local cloud: start, limit, measure, adopt and end whole trees.

Takes `Command`s, gives `Process`es. They outlive the supervisor, none is ever
unrecorded, and ending one ends everything that came of it. Never uses a shell.
"""

from seatrial.local.process.capabilities import Capabilities, Hierarchy, detect_capabilities
from seatrial.local.process.command import (
    Command,
    Exit,
    Limits,
    NameTaken,
    NotRunnable,
    Unreachable,
    Usage,
)
from seatrial.local.process.host import ProcessHost
from seatrial.local.process.identity import Identity, identify, is_alive
from seatrial.local.process.process import Process

__all__ = [
    "Capabilities",
    "Command",
    "Exit",
    "Hierarchy",
    "Identity",
    "Limits",
    "NameTaken",
    "NotRunnable",
    "Process",
    "ProcessHost",
    "Unreachable",
    "Usage",
    "detect_capabilities",
    "identify",
    "is_alive",
]
