"""Where a distribution finds the services: at the load balancer, or at the one machine.

A machine's elastic address has a name in AWS's own DNS that follows from it;
CloudFront takes a name and no address.
"""

from seatrial.graph.values import REGION, URL_SUFFIX, GetAtt, Intrinsic, Ref, Value, join
from seatrial.lower.context import Lowering

MACHINE = "Machine"
"""The logical id of the one machine, and the beginning of all that belong to it."""
ADDRESS = "MachineAddress"
OLDEST = "us-east-1"
"""The region whose names do not say it: `ec2-192-0-2-1.compute-1.amazonaws.com`."""


def door_name(lowering: Lowering) -> Value:
    """Give the name by which the distribution asks.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
    """
    if not lowering.machine:
        return GetAtt("LoadBalancer", "DNSName")
    dashed = Intrinsic("Fn::Join", ["-", Intrinsic("Fn::Split", [".", Ref(ADDRESS)])])
    if lowering.environment.region == OLDEST:
        domain = join("compute-1.", URL_SUFFIX)
    else:
        domain = join(REGION, ".compute.", URL_SUFFIX)
    first = Intrinsic("Fn::Join", ["-", ["ec2", dashed]])
    return Intrinsic("Fn::Join", [".", [first, domain]])
