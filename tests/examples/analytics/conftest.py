"""A stack of engines for each module, and the environments of the services for all."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.local.engines.postgres import find_binaries
from tests.examples.analytics.stack import Stack


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each service's own environment is kept while the tests run."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(scope="module")
def stack(environments: Path) -> Iterator[Stack]:
    """Engines that a module starts as it needs them; all end with it."""
    # Not under pytest's own folder: PostgreSQL runs as a user who may not go there.
    folder = Path(tempfile.mkdtemp(prefix="analytics-"))
    folder.chmod(0o755)
    made = Stack(folder, find_binaries(15).folder, environments)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder)
