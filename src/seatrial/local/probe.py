"""One health check of one target, as an Application Load Balancer makes it.

Takes an address, a path and a time limit, gives the status or AWS's reason for
the failure. It never decides about health: that is `seatrial.control.health`.

Sources:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from dataclasses import dataclass
from enum import StrEnum

from seatrial.local.addresses import Address


class Reason(StrEnum):
    """Why a check failed, as DescribeTargetHealth says it."""

    TIMEOUT = "Target.Timeout"
    MISMATCH = "Target.ResponseCodeMismatch"
    FAILED = "Target.FailedHealthChecks"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a check found: the status if one came, the reason of a failure, seconds it took."""

    status: int | None
    reason: Reason | None
    latency: float

    @property
    def healthy(self) -> bool:
        """Tell whether the check passed."""
        return self.reason is None


async def probe(
    address: Address, path: str, timeout: float, matcher: str = "200"
) -> ProbeResult:
    """Ask `address` for `path` on a fresh connection, once."""
    raise NotImplementedError
