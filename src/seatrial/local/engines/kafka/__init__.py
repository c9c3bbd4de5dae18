"""Kafka as MSK runs it: brokers over zones, topics, and how far behind their readers are.

Takes a `ClusterSpec` and a process host; gives a `Cluster` of Tansu brokers on a store of their
own, behind one stable address. It never speaks TLS and knows no login.
"""

from seatrial.local.engines.kafka.binary import TansuMissing, find_tansu
from seatrial.local.engines.kafka.cluster import Cluster
from seatrial.local.engines.kafka.spec import BrokerView, ClusterSpec, Lag
from seatrial.local.engines.kafka.wire import Topic

__all__ = [
    "BrokerView",
    "Cluster",
    "ClusterSpec",
    "Lag",
    "TansuMissing",
    "Topic",
    "find_tansu",
]
