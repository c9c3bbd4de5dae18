import os

import pytest

from seatrial.local.process import Capabilities, Hierarchy, detect_capabilities
from tests.local.process.ground import find_folders


@pytest.mark.engine
def test_what_is_detected_can_be_done_and_leaves_nothing() -> None:
    found = detect_capabilities()
    assert found == detect_capabilities()
    for hierarchy in found.hierarchies:
        assert os.access(hierarchy.parent, os.W_OK)
    assert find_folders(f"seatrial-probe-{os.getpid()}") == []


def test_it_says_how_limits_are_held() -> None:
    from pathlib import Path

    v1 = Hierarchy(1, Path("/c"), frozenset({"cpu", "cpuacct"}))
    v2 = Hierarchy(2, Path("/u"), frozenset())
    both = Capabilities((v1, v2))
    assert (both.cpu, both.memory, both.ending) == ("cgroup v1", "polled", "cgroup v2")
    only = Capabilities((Hierarchy(2, Path("/u"), frozenset({"cpu", "memory"})),))
    assert (only.cpu, only.memory, only.ending) == ("cgroup v2", "cgroup v2", "cgroup v2")
    none = Capabilities()
    assert (none.cpu, none.memory, none.ending) == ("measured only", "polled", "process table")
