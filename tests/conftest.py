"""What holds for every test: no verdict depends on how busy the machine is."""

import gc

from hypothesis import HealthCheck, settings

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """Let what the modules made never be looked at again for garbage: it stays to the end."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
