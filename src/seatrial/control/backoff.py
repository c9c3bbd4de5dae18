"""How long a service waits before it starts the next task when tasks keep failing to start.

Takes start failures and successes; gives the time from which a start is allowed. Never waits.

Documented in https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html:
the wait grows to at most 27 minutes, only tasks that never reach RUNNING count, and a new task
definition returns the service to normal at once. The first wait and the growth are not
documented: assumption `ecs.throttle-growth`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThrottleRule:
    """The waits in seconds: `free` failures cost nothing, then `first`, growing to `maximum`."""

    free: int = 2
    first: float = 10.0
    factor: float = 2.0
    maximum: float = 27 * 60.0


def wait(rule: ThrottleRule, failures: int) -> float:
    """Give the seconds to wait after this many failed starts in a row."""
    if failures <= rule.free:
        return 0.0
    # The exponent is bounded so that a day of failures does not overflow a float.
    return min(rule.maximum, rule.first * rule.factor ** min(failures - rule.free - 1, 64))


class StartThrottle:
    """The restart throttle of one service."""

    def __init__(self, rule: ThrottleRule | None = None) -> None:
        self.rule = rule or ThrottleRule()
        self.failures = 0
        self.until = float("-inf")

    def start_failed(self, now: float) -> None:
        """Count a task that stopped without ever having been RUNNING."""
        self.failures += 1
        self.until = now + wait(self.rule, self.failures)

    def started(self) -> None:
        """Forget the failures: a task reached RUNNING, or the service has a new version."""
        self.failures = 0
        self.until = float("-inf")

    def ready(self, now: float) -> bool:
        """Say whether a task may be started now."""
        return now >= self.until
