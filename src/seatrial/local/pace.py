"""The pace: how much faster than AWS the local cloud looks and controls.

It shortens observation and control timers alone: health-check interval, alarm
period, cool-down, bake time, failover delay. What is a contract with the
program (request and health timeouts, start-up grace, stop timeout, drain, idle
timeout) is never touched; those call nothing here.
"""

from dataclasses import dataclass

LEAST, MOST = 1.0, 60.0
DEFAULT = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """`factor` 1 is AWS's own time, 60 (the default) makes a minute a second."""

    factor: float = DEFAULT

    def timer(self, seconds: float) -> float:
        """Shorten one of AWS's observation or control timers, in seconds."""
        return seconds / self.factor
