"""The driver of one cache as a program, to be killed: takes a JSON order, runs until then."""

import asyncio
import json
import sys
from pathlib import Path

from seatrial.local.addresses import Address
from tests.local.engines.redis.system import build, make_spec


async def main() -> None:
    order = json.loads(sys.argv[1])
    folder = Path(order["folder"])
    addresses = tuple(Address.from_text(text) for text in order["addresses"])
    system = build(folder, make_spec(2, addresses=addresses))

    async def point(endpoint: str, address: Address | None) -> None:
        if endpoint == "primary" and address:
            new = folder / "primary.new"
            new.write_text(str(address))
            new.rename(folder / "primary")

    system.cache._conductor._point = point
    await system.cache.start()
    await system.cache.run()


if __name__ == "__main__":
    asyncio.run(main())
