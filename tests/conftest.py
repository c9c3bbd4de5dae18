"""What holds for every test: no verdict depends on how busy the machine is."""

import gc

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long tests: as the last one left, each would keep all workers but one idle."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Let what the modules made never be looked at again for garbage: it stays to the end."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
