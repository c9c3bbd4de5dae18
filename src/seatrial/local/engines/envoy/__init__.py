"""Envoy as an AWS Application Load Balancer, and as the stable endpoint of a database."""

from seatrial.local.engines.envoy.acceptance import NotTaken
from seatrial.local.engines.envoy.admin import NotAnswering
from seatrial.local.engines.envoy.binary import EnvoyMissing
from seatrial.local.engines.envoy.edge import Behaviour, Edge, Header, Page
from seatrial.local.engines.envoy.engine import AddressTaken, Envoy, NotStarted, PathTooLong
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
    "AddressTaken",
    "Behaviour",
    "Certificate",
    "Edge",
    "Envoy",
    "EnvoyMissing",
    "FixedResponse",
    "Forward",
    "GroupCount",
    "Header",
    "HttpListener",
    "ListenerCount",
    "Network",
    "NotAnswering",
    "NotRoutable",
    "NotStarted",
    "NotTaken",
    "Page",
    "PathTooLong",
    "Redirect",
    "Rule",
    "Snapshot",
    "TargetGroup",
    "TcpEndpoint",
    "WeightedForward",
    "Window",
]
