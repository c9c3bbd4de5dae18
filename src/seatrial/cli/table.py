"""The state of a running system as tables for a terminal."""

import time
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

COLOURS = {
    "running": "green",
    "primary": "green",
    "healthy": "green",
    "leader": "green",
    "standby": "cyan",
    "broker": "cyan",
    "reader": "cyan",
    "replica": "cyan",
    "starting": "yellow",
    "rejoining": "yellow",
    "draining": "yellow",
    "stopping": "yellow",
    "degraded": "yellow",
    "unhealthy": "red",
    "down": "red",
    "stopped": "red",
    "ALARM": "red",
    "FAILED": "red",
}
EVENTS = 8


def system_table(status: dict[str, Any]) -> RenderableType:
    """Lay out everything: heading, services, tasks, databases, engines, events."""
    gap = Text("")
    firing = [_alarms(status)] if _firing(status) else []
    return Group(
        _heading(status),
        gap,
        _services(status),
        gap,
        _processes(status),
        gap,
        *firing,
        _events(status),
    )


def _coloured(word: str) -> Text:
    return Text(word, style=COLOURS.get(word, ""))


def _heading(status: dict[str, Any]) -> Text:
    heading = Text()
    heading.append(status["system"], style="bold")
    heading.append(f"  {status['environment']}  pace {status['pace']:g}")
    if status["address"]:
        heading.append("  ")
        heading.append(status["address"], style="bold cyan")
    if status["load_balancer"] not in (None, status["address"]):
        heading.append(f"  load balancer {status['load_balancer']}", style="dim")
    for zone in status["zones"]:
        if zone["lost"]:
            heading.append(f"  {zone['name']} is lost", style="bold red")
    return heading


def _services(status: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("service", "tasks", "requests/s", "p95", "5xx", "CPU", "memory", "version"):
        table.add_column(name, justify="left" if name in ("service", "version") else "right")
    for each in status["services"]:
        traffic = each["traffic"] or {}
        scaling = each["scaling"]
        bounds = f" ({scaling['min']}-{scaling['max']})" if scaling else ""
        deployment = each["deployment"]
        progress = (
            ""
            if not deployment or deployment["status"] == "COMPLETED"
            else f" {deployment['status'].lower().replace('_', ' ')}"
        )
        failed = traffic.get("target_codes", {}).get("5xx", 0) + sum(
            count for code, count in traffic.get("elb_codes", {}).items() if code >= "500"
        )
        table.add_row(
            each["name"],
            f"{each['running']}/{each['desired']}{bounds}",
            f"{traffic['requests_per_second']:.0f}" if traffic else "",
            milliseconds(traffic.get("p95")),
            Text(str(failed), style="red" if failed else ""),
            percent(each["metrics"].get("CPUUtilization")),
            percent(each["metrics"].get("MemoryUtilization")),
            f"{each['version'] or ''}{progress}",
        )
    return table


def _processes(status: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("zone", "process", "state", "address", "pid"):
        table.add_column(name, justify="right" if name == "pid" else "left")
    rows: list[tuple[str, str, Text, str, int | None]] = []
    for service in status["services"]:
        rows += [
            (each["zone"], each["name"], _coloured(each["state"]), each["address"], each["pid"])
            for each in service["tasks"]
        ]
    for part in ("databases", "caches", "clusters"):
        for database in status.get(part, ()):
            rows += [
                (each["zone"], each["name"], _node(each), each["address"], each["pid"])
                for each in database["nodes"]
            ]
    rows.sort(key=lambda row: row[:2])
    for engine in status["engines"]:
        state = _coloured("running" if engine["pid"] else "down")
        rows.append(("", engine["name"], state, engine["does"], engine["pid"]))
    for zone, name, state, address, pid in rows:
        table.add_row(zone, name, state, address or "", str(pid or ""))
    return table


def _node(node: dict[str, Any]) -> Text:
    if node["state"] == "running":
        return _coloured(node["role"])
    return Text(f"{node['role']}, {node['state']}", style=COLOURS.get(node["state"], ""))


def _firing(status: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in status["alarms"] if each["state"] == "ALARM"]


def _alarms(status: dict[str, Any]) -> Text:
    return Text("alarms: " + ", ".join(each["name"] for each in _firing(status)), style="bold red")


def _events(status: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for event in status["events"][-EVENTS:]:
        when = time.strftime("%H:%M:%S", time.localtime(event["at"]))
        # Text, not str: what others wrote is no markup of ours.
        first = event["text"].partition("\n")[0]
        table.add_row(Text(when, style="dim"), Text(event["part"]), Text(first))
    return table


def milliseconds(seconds: float | None) -> str:
    """Give a duration in milliseconds, nothing where there is none."""
    return "" if seconds is None else f"{seconds * 1000:.0f} ms"


def percent(value: float | None) -> str:
    """Give a percentage, nothing where there is none."""
    return "" if value is None else f"{value:.0f} %"
