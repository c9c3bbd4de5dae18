"""One task's state: written down and read back."""

import json

import pytest

from seatrial.local.addresses import Address
from seatrial.local.ecs.task import Task


@pytest.mark.parametrize("address", [None, Address("127.4.2.3", 8000)])
@pytest.mark.parametrize("state", ["starting", "running", "unhealthy", "draining", "stopping"])
def test_a_task_comes_back_from_its_record(address: Address | None, state: str) -> None:
    task = Task("a1", "v1", "us-east-1a", address, 12.5, state, healthy_once=True)
    task.cpu_percent = 12.0
    back = Task.from_record(json.loads(json.dumps(task.record())))
    assert back.record() == task.record()
    assert back.address == address
    assert back.view() == task.view()
    assert back.leaving == (state in ("draining", "stopping"))
    # What is measured is measured anew.
    assert back.cpu_percent is None
