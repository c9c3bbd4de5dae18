"""What the system promises, and who hears when it does not hold."""

import re

from seatrial.language.part import Setting, setting

_UNITS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
    "day": 86_400,
}
_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(s|sec|seconds?|min|minutes?|h|hours?|days?)")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def seconds(where: Setting, name: str, text: str) -> float:
    """Read a duration such as `15 min`, in seconds."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise where.wrong(f"{name}={text!r} is not a duration.", "Write e.g. '15 min' or '30 s'.")
    unit = found[2] if found[2] in _UNITS else found[2].rstrip("s")
    return float(found[1]) * _UNITS[unit]


@setting
class Objectives(Setting):
    """What is promised: recovery time and point, availability, latency.

    `rto` and `rpo` are durations such as `15 min`; `availability` is a
    percentage; `p95` the 95th percentile of response times, a duration.
    """

    rto: str | None = None
    rpo: str | None = None
    availability: float | None = None
    p95: str | None = None

    def check(self) -> None:
        """Hold the durations' shape and the percentage."""
        for name in ("rto", "rpo", "p95"):
            value = getattr(self, name)
            if value is not None:
                seconds(self, name, value)
        if self.availability is not None and not 0 < self.availability < 100:
            raise self.wrong(f"availability={self.availability} is not a percentage under 100.")


@setting
class Alerts(Setting):
    """Alarms to SNS topics, one for each severity that is told apart.

    `email` hears of everything. With `critical` (an e-mail address) or
    `pager`, what takes the system down has a topic of its own: outages,
    failing targets, errors, lost databases. `pager` sends it to an HTTPS
    address such as PagerDuty's, which holds a key and is therefore a parameter
    of the template. With `notice` (an address) what can wait has one too.

    `cpu` and `memory` are percentages of a service's or an engine's size.
    `errors` is how many 5xx answers a minute, `connection_errors` how many
    failed database connections a minute are one too many; errors must last for
    `error_minutes`. `lag` is how many Kafka messages may wait for a consumer
    group. `latency` is the 95th percentile of a service's response time in
    seconds that is too slow. `unusual_traffic` tells when requests leave the
    band that CloudWatch has learnt.
    """

    email: str | None = None
    cpu: float = 80
    memory: float = 90
    errors: int = 5
    connection_errors: int = 5
    lag: int = 100_000
    critical: str | None = None
    notice: str | None = None
    pager: bool = False
    error_minutes: int = 1
    latency: float | None = None
    unusual_traffic: bool = False

    @property
    def pages(self) -> bool:
        """Whether critical alarms are told apart."""
        return self.critical is not None or self.pager

    def check(self) -> None:
        """Hold the addresses' shape and the thresholds."""
        for name in ("email", "critical", "notice"):
            address = getattr(self, name)
            if address is not None and not _EMAIL.fullmatch(address):
                raise self.wrong(
                    f"{name}={address!r} is not an e-mail address.",
                    "An HTTPS address holds a key: write pager=True."
                    if address.startswith("https:")
                    else "",
                )
        for name in ("cpu", "memory"):
            if not 1 <= getattr(self, name) <= 100:
                raise self.wrong(f"{name}={getattr(self, name)} is not between 1 and 100 percent.")
        for name in ("errors", "connection_errors", "error_minutes", "lag"):
            if getattr(self, name) < 1:
                raise self.wrong(f"{name} must be at least 1.")
        if self.latency is not None and not 0 < self.latency <= 3600:
            raise self.wrong(f"latency={self.latency:g} is not between 0 and 3600 seconds.")
