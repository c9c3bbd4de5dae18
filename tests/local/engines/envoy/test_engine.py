import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import (
    Envoy,
    FixedResponse,
    Forward,
    HttpListener,
    Network,
    NotRoutable,
    Rule,
    TargetGroup,
    TcpEndpoint,
)
from seatrial.local.engines.envoy.engine import AddressTaken, NotStarted, PathTooLong
from seatrial.local.process import ProcessHost
from tests.local.engines.envoy.ground import Ground, ask, ask_on, ground, say, say_late

pytestmark = pytest.mark.engine


@asynccontextmanager
async def running(folder: Path, **settings: float) -> AsyncIterator[tuple[Ground, Envoy, Address]]:
    """One listener that forwards everything to the group `web`."""
    async with ground(folder) as place:
        envoy = place.envoy()
        address = place.listener()
        listener = HttpListener("front", address, Forward("web"))
        await envoy.start(Network((listener,), (TargetGroup("web"),), **settings))
        yield place, envoy, address


def test_requests_reach_every_target_in_turn(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as (place, envoy, address):
            first = await place.target(say("first"), zone=1)
            second = await place.target(say("second"), zone=2)
            await envoy.set_targets("web", [first.address, second.address])
            answers = [(await ask(address)).body for _ in range(40)]
            assert set(answers) == {b"first", b"second"}
            assert 15 <= answers.count(b"first") <= 25

    asyncio.run(scenario())
