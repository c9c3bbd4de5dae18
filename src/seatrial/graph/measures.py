"""What may be said of a part's use in a month: each measure's name, unit and bounds, once.

`cost` multiplies them; a description, a usage file and a document name them. Sizes are in
the units that AWS bills: 1 GB is 1024^3 bytes where the price says GB-month of
storage, 10^9 nowhere.
"""

from collections.abc import Mapping

MEASURES: Mapping[str, str] = {
    "requests": "requests to a service, a website, a model or an API, a month",
    "request_kb": "kB that a request sends, on average",
    "response_kb": "kB that an answer has, on average",
    "request_ms": "milliseconds that a function runs for a request, on average",
    "new_connections": "new connections to the load balancer, a second, on average",
    "active_connections": "connections open at one time, on average",
    "out_gb": "GB to the internet a month, where requests do not say it",
    "cross_zone_gb": "GB between availability zones a month",
    "nat_gb": "GB through NAT gateways a month",
    "endpoint_gb": "GB through interface endpoints a month",
    "replicated_gb": "GB to another region a month",
    "tasks": "tasks that run, on average",
    "instances": "instances that run, on average",
    "spot_discount": "percent that Spot is cheaper than on-demand, by its user's word",
    "hours": "hours that it runs a month; unsaid 730",
    "acu": "Aurora capacity units of each instance, on average",
    "vcpu": "vCPUs that a serverless engine uses, on average",
    "storage_gb": "GB stored, on average over the month",
    "copies_gb": "GB of copies kept in another region",
    "backup_gb": "GB of backups beyond what AWS gives free",
    "io": "I/O requests a month",
    "writes": "PUT, COPY, POST and LIST requests to a bucket a month",
    "reads": "GET and SELECT requests to a bucket a month",
    "images_gb": "GB of container images kept",
    "in_gb": "GB written to a broker or a stream a month",
    "logs_gb": "GB of logs taken in a month",
    "metrics": "metrics beyond those that AWS gives free",
    "traces": "traces recorded a month",
    "tokens_in": "tokens that a model reads a month",
    "tokens_out": "tokens that a model writes a month",
    "secret_calls": "calls to Secrets Manager a month",
    "key_calls": "calls to a KMS key a month",
    "messages": "messages or notifications a month",
    "builds": "minutes of builds a month",
    "vpn_hours": "hours that clients are connected to the VPN a month",
}
"""Measure -> what it counts."""

MOST = 1e15
"""More of anything in a month is a slip of the pen."""
LIMITS: Mapping[str, float] = {"spot_discount": 100, "hours": 744}
"""Measures that end earlier: a discount is of a whole, and no month has more hours."""
FORM = "Write a number, or three that do not fall: low, expected and high."


LONGEST = 40
"""Letters of a value that a message repeats."""


class NoLevels(ValueError):
    """Why a value cannot be what is said of a measure."""


def read_levels(measure: str, value: object) -> tuple[float, float, float]:
    """Read a number, or three that do not fall; `NoLevels` says what is wrong with it."""
    three = list(value) if isinstance(value, list | tuple) else [value] * 3
    numbers = [_number(each, LIMITS.get(measure, MOST)) for each in three]
    if len(numbers) != 3:
        raise NoLevels(f"three figures are wanted, not {len(numbers)}")
    low, expected, high = numbers
    if not low <= expected <= high:
        raise NoLevels("the three figures fall")
    return low, expected, high


def _number(value: object, most: float) -> float:
    said = repr(value) if isinstance(value, str | float) or value in (True, False) else "this"
    if isinstance(value, int) and abs(value) < MOST:
        said = repr(value)
    said = said if len(said) <= LONGEST else "this"
    if not isinstance(value, int | float) or isinstance(value, bool) or value != value:  # noqa: PLR0124 - nan alone; isnan raises for a large int
        raise NoLevels(f"{said} is no number")
    if value < 0:
        raise NoLevels(f"{said} is less than nothing")
    if value > most:
        raise NoLevels(f"{said} is more than {most:g}, which is the most that can be")
    return float(value)
