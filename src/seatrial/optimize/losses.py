"""What a changed setting gives up, and what must then be so.

Takes a setting's name and its two values, gives words. What is not named here gives
nothing up that its user did not vouch for by declaring it.
"""

from collections.abc import Mapping
from typing import Any

from seatrial.language import Scale
from seatrial.optimize.grid import Loss, LossKind

_FEWER: Mapping[str, tuple[LossKind, str]] = {
    "nodes": ("zone", "{count} of {was} nodes"),
    "brokers": ("zone", "{count} of {was} brokers"),
    "instances": ("zone", "{count} of {was} instances"),
    "replicas": ("zone", "{count} of {was} replicas"),
    "zones": ("zone", "one of {was} availability zones"),
    "backup_days": ("retention", "backups for {was} days, not {to}"),
    "log_retention": ("retention", "logs for {was} days, not {to}"),
    "log_days": ("retention", "access logs for {was} days, not {to}"),
    "daily": ("retention", "{count} of {was} daily copies"),
    "weekly": ("retention", "{count} of {was} weekly copies"),
    "monthly": ("retention", "{count} of {was} monthly copies"),
}
"""Setting that is a number -> what fewer of it gives up."""

_OFF: Mapping[str, tuple[LossKind, str]] = {
    "multi_az": ("zone", "the standby in another zone"),
    "proxy": ("capacity", "shared connections"),
    "backup_region": ("recovery", "backups in {was}"),
    "replica_region": ("recovery", "the copy in {was}"),
    "insights": ("sight", "Performance Insights"),
    "flow_logs": ("sight", "a record of connections"),
    "audit": ("sight", "the trail of calls to AWS"),
    "tracing": ("sight", "traces of requests"),
}
"""Setting -> what is given up without it."""

_NAT = ("none", "one", "each zone")
_SIGHT = ("DEFAULT", "PER_BROKER", "PER_TOPIC_PER_BROKER", "PER_TOPIC_PER_PARTITION")


def given_up(name: str, was: Any, to: Any) -> tuple[Loss, ...]:
    """Give what a setting gives up by another value."""
    if name in _FEWER and _numbers(was, to):
        kind, text = _FEWER[name]
        lost = Loss(kind, text.format(was=was, to=to, count=was - to))
        return (lost,) if to < was else ()
    if name in _OFF:
        kind, text = _OFF[name]
        return (Loss(kind, text.format(was=was)),) if was and not to else ()
    special = _SPECIAL.get(name)
    found = special(was, to) if special else None
    return (found,) if found else ()


def needed(name: str, was: Any, to: Any) -> str:
    """Give what must be so with another value, which nobody here can see."""
    if name == "architecture" and was != to:
        return f"an image that is built for {to}"
    if name == "engine" and was != to:
        return "clients that speak to Valkey as they do to Redis"
    return ""


def _numbers(*values: object) -> bool:
    return all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)


def _spot(was: Any, to: Any) -> Loss | None:
    if to and not was:
        return Loss("interruption", "two minutes' notice, whenever AWS wants the machine back")
    return None


def _nat(was: Any, to: Any) -> Loss | None:
    if _NAT.index(to) >= _NAT.index(was):
        return None
    if to == "one":
        return Loss("zone", "a way out while the gateway's zone is lost")
    return Loss("zone", "every way out to the internet")


def _endpoints(was: Any, to: Any) -> Loss | None:
    gone = [each for each in was if each not in to]
    return Loss("zone", f"ways to {', '.join(gone)} without a NAT gateway") if gone else None


def _monitoring(was: Any, to: Any) -> Loss | None:
    less = _SIGHT.index(to) < _SIGHT.index(was)
    return Loss("sight", f"metrics {was.replace('_', ' ').lower()}") if less else None


def _tasks(was: Any, to: Any) -> Loss | None:
    before = was.min if isinstance(was, Scale) else was
    after = to.min if isinstance(to, Scale) else to
    if after >= before:
        return None
    return Loss("capacity", f"{before - after} of {before} tasks that always run")


def _serverless(was: Any, to: Any) -> Loss | None:
    if was and to and to[0] < was[0]:
        waking = " and 15 s to wake up" if to[0] == 0 else ""
        return Loss("capacity", f"a start from {was[0]:g} units, not {to[0]:g}{waking}")
    return None


_SPECIAL = {
    "spot": _spot,
    "nat": _nat,
    "endpoints": _endpoints,
    "monitoring": _monitoring,
    "tasks": _tasks,
    "serverless": _serverless,
}
