import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from seatrial.local.process import Capabilities, ProcessHost, detect_capabilities
from tests.local.process.ground import find_by_marker, find_folders


class Ground:
    """A folder, what may be done to processes there, and a check that nothing stays."""

    def __init__(self, folder: Path, capabilities: Capabilities) -> None:
        self.folder = folder
        self.capabilities = capabilities

    def make_host(self) -> ProcessHost:
        return ProcessHost(self.folder / "records", "ground", self.capabilities)

    @asynccontextmanager
    async def host(self) -> AsyncIterator[ProcessHost]:
        host = self.make_host()
        try:
            yield host
        finally:
            await host.sweep()
            host.close()

    def run(self, scenario: Callable[[ProcessHost], Coroutine[object, object, None]]) -> None:
        """Run a scenario on a host; nothing of it may be left."""

        async def whole() -> str:
            async with asyncio.timeout(120), self.host() as host:
                await scenario(host)
                return host.prefix

        prefix = asyncio.run(whole())
        assert find_by_marker(prefix) == []
        assert find_folders(prefix) == []
        assert list((self.folder / "records").iterdir()) == []


@pytest.fixture(scope="session")
def detected() -> Capabilities:
    return detect_capabilities()


@pytest.fixture(params=["detected", "v1 only", "no cgroups"])
def capabilities(request: pytest.FixtureRequest, detected: Capabilities) -> Capabilities:
    if request.param == "detected":
        return detected
    if request.param == "no cgroups":
        return Capabilities((), detected.namespaces)
    kept = tuple(each for each in detected.hierarchies if each.version == 1)
    if not kept or kept == detected.hierarchies:
        pytest.skip("the machine has not both versions")
    return Capabilities(kept, detected.namespaces)


@pytest.fixture
def ground(tmp_path: Path, capabilities: Capabilities) -> Ground:
    return Ground(tmp_path, capabilities)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that every user can enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
