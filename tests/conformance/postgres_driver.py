"""The driver of one database as a program, to be killed: takes a JSON order, runs until then."""

import asyncio
import json
import sys
from pathlib import Path

from seatrial.local.addresses import Address
from seatrial.local.engines.postgres import find_binaries
from tests.local.engines.postgres.system import build, make_spec


async def main() -> None:
    order = json.loads(sys.argv[1])
    folder = Path(order["folder"])
    binaries = find_binaries(order["major"])
    addresses = tuple(Address.from_text(text) for text in order["addresses"])
    system = build(binaries, folder, make_spec(binaries, addresses=addresses))

    async def point(endpoint: str, address: Address | None) -> None:
        if endpoint == "writer" and address:
            new = folder / "writer.new"
            new.write_text(str(address))
            new.rename(folder / "writer")

    system.point = point
    system.database._conductor._point = point
    await system.database.start()
    await system.database.run()


if __name__ == "__main__":
    asyncio.run(main())
