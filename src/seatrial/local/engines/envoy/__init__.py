"""Envoy as an AWS Application Load Balancer, and as the stable endpoint of a database."""

from seatrial.local.engines.envoy.engine import Envoy
from seatrial.local.engines.envoy.network import (
    Action,
    Certificate,
    FixedResponse,
    Forward,
    HttpListener,
    Network,
    NotRoutable,
    Redirect,
    Rule,
    TargetGroup,
    TcpEndpoint,
    WeightedForward,
)
from seatrial.local.engines.envoy.snapshot import (
    BUCKETS,
    GroupCount,
    ListenerCount,
    Snapshot,
    Window,
)

__all__ = [
    "BUCKETS",
    "Action",
    "Certificate",
    "Envoy",
    "FixedResponse",
    "Forward",
    "GroupCount",
    "HttpListener",
    "ListenerCount",
    "Network",
    "NotRoutable",
    "Redirect",
    "Rule",
    "Snapshot",
    "TargetGroup",
    "TcpEndpoint",
    "WeightedForward",
    "Window",
]
