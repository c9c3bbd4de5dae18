"""What Tansu's objects mean: by their keys, and as far as needed by what is in them.

Takes keys and bodies, gives what the store must know of them. It keeps nothing.
"""

import json
import re
import struct
from collections.abc import Iterator
from typing import Any

MAGIC, LAST_DELTA = 16, 23
"""Where a record batch (https://kafka.apache.org/documentation/#recordbatch) has these two."""
BATCH = re.compile(r"(clusters/[^/]+/topics/([^/]+)/partitions/(\d{10})/records/)(\d{20})\.batch")
COMMIT = re.compile(
    r"clusters/[^/]+/groups/consumers/([^/]+)/offsets/([^/]+)/partitions/(\d+)\.json"
)
GROUP = re.compile(r"clusters/[^/]+/groups/consumers/[^/]+\.json")
META = re.compile(r"clusters/[^/]+/meta\.json")


def count(batch: bytes) -> int:
    """Count the offsets that a record batch takes. ValueError for what is no batch."""
    if len(batch) < LAST_DELTA + 4 or batch[MAGIC] != 2:
        raise ValueError("not a record batch of format 2")
    (last,) = struct.unpack_from(">i", batch, LAST_DELTA)
    return int(last) + 1


def mend_group(body: bytes) -> bytes | None:
    """Give a group that forms without its gone leader; None where there is nothing to mend.

    When the leader leaves while its group forms, Tansu 0.6 waits for it for ever, and nobody gets
    a partition. Without a leader the next that joins is made one.
    """
    group = json.loads(body)
    forming = group["state"].get("Forming")
    if not forming or forming.get("leader") in (None, *group["members"]):
        return None
    forming["leader"] = None
    return json.dumps(group).encode()


def retention(meta: Any) -> Iterator[tuple[str, int]]:
    """Give each topic with how long it keeps its records, where it does not keep all."""
    for name, topic in meta.get("topics", {}).items():
        settings = {e["name"]: e["value"] for e in topic["topic"].get("configs") or ()}
        kept = int(settings.get("retention.ms") or -1)
        if kept >= 0 and "delete" in (settings.get("cleanup.policy") or "delete"):
            yield name, kept
