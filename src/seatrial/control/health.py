"""When a load balancer calls a target healthy, and which targets it routes to.

Takes the outcomes of health checks; gives each target's state and reason code, and the list of
targets that may receive a request. Never sends a check.

Documented in https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["initial", "healthy", "unhealthy", "draining"]

INITIAL = "Elb.InitialHealthChecking"
TIMEOUT = "Target.Timeout"
MISMATCH = "Target.ResponseCodeMismatch"
FAILED = "Target.FailedHealthChecks"
DEREGISTERING = "Target.DeregistrationInProgress"


@dataclass(frozen=True, slots=True)
class HealthRule:
    """A target group's health check; times in seconds, defaults as AWS gives them for HTTP."""

    interval: float = 30.0
    timeout: float = 5.0
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    matcher: str = "200"

    def __post_init__(self) -> None:
        """Refuse thresholds below one and a matcher that names no code."""
        if self.healthy_threshold < 1 or self.unhealthy_threshold < 1:
            raise ValueError("a health check threshold is at least 1")
        matches(self.matcher, 200)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one health check; `reason` is empty when it passed."""

    passed: bool
    reason: str = ""


def matches(matcher: str, code: int) -> bool:
    """Say whether a status code is one that the matcher names.

    The matcher is a code (`200`), a list (`200,202`), a range (`200-299`) or a mix of them.
    """
    found = False
    for part in matcher.split(","):
        low, dash, high = part.strip().partition("-")
        if not low.isdecimal() or (dash and not high.isdecimal()):
            raise ValueError(f"matcher {matcher!r} is not a list of codes and ranges")
        found = found or int(low) <= code <= int(high if dash else low)
    return found


def judge(rule: HealthRule, code: int | None, elapsed: float) -> Verdict:
    """Turn an answer into a verdict; `code` is None when no HTTP answer came, `elapsed` seconds.

    The reason codes are those of
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
    """
    if elapsed >= rule.timeout:
        return Verdict(passed=False, reason=TIMEOUT)
    if code is None:
        return Verdict(passed=False, reason=FAILED)
    if not matches(rule.matcher, code):
        return Verdict(passed=False, reason=MISMATCH)
    return Verdict(passed=True)


class TargetHealth:
    """One registered target's health, from registration to deregistration.

    A new target needs one passed check; one that was unhealthy needs `healthy_threshold` passes
    in a row; `unhealthy_threshold` failures in a row take any target out of service.
    How long a new target may fail is not documented: assumption `alb.initial-failures`.
    `state` and `reason` given at the start take up a target whose health was recorded.
    """

    def __init__(self, rule: HealthRule, state: State = "initial", reason: str = INITIAL) -> None:
        self.rule = rule
        self.state: State = state
        self.reason = reason
        self._streak = 0

    def observe(self, passed: bool, reason: str = "") -> bool:
        """Take one check's outcome and say whether the state changed."""
        if self.state == "draining":
            return False
        if passed == (self.state == "healthy") and self.state != "initial":
            self._streak = 0
            if not passed:
                self.reason = reason or FAILED
            return False
        # In `initial` only failures are ever counted: the first pass ends it.
        self._streak += 1
        needed = self.rule.healthy_threshold if passed else self.rule.unhealthy_threshold
        if passed and self.state == "initial":
            needed = 1
        if self._streak < needed:
            return False
        return self._become("healthy" if passed else "unhealthy", "" if passed else reason)

    def drain(self) -> bool:
        """Start deregistration and say whether that is news; a draining target stays so."""
        if self.state == "draining":
            return False
        return self._become("draining", DEREGISTERING)

    def _become(self, state: State, reason: str) -> bool:
        self.state = state
        self.reason = reason or (FAILED if state == "unhealthy" else "")
        self._streak = 0
        return True


def routable(states: Mapping[str, str]) -> list[str]:
    """List the targets that receive requests, in the order given.

    Fail-open: with no healthy target the load balancer routes to every registered one. A target
    that is being deregistered is never routed to. That targets still in `initial` count among
    the registered ones is assumption `alb.fail-open-initial`.
    """
    healthy = [target for target, state in states.items() if state == "healthy"]
    return healthy or [target for target, state in states.items() if state != "draining"]
