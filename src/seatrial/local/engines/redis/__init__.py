"""Redis as ElastiCache runs it: a primary and its replicas, without a file of what they hold.

Takes a `CacheSpec`, a Valkey program and a process host; gives a `Cache` that
starts, watches, fails over and stops real servers. It never decides when to
fail over (that is `seatrial.control.replication`), never listens beyond the
addresses it was given, and is no more durable than ElastiCache: what is kept
is what the nodes that live have in memory, and a clean stop's snapshot.
"""

from seatrial.local.engines.redis.binary import Program, ValkeyMissing, find_valkey
from seatrial.local.engines.redis.cache import Cache, FailoverRefused
from seatrial.local.engines.redis.spec import CacheSpec, NodeView

__all__ = [
    "Cache",
    "CacheSpec",
    "FailoverRefused",
    "NodeView",
    "Program",
    "ValkeyMissing",
    "find_valkey",
]
