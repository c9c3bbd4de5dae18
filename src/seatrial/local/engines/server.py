"""One server of an engine as a process: what a database's and a cache's nodes have in common.

Takes a name and where processes live; gives the process that runs under it. It
starts nothing and knows nothing of what the server says.
"""

import asyncio

from seatrial.local.addresses import Address
from seatrial.local.process import Process, ProcessHost


class Server:
    """A server, running or not."""

    def __init__(self, name: str, zone: str, address: Address, host: ProcessHost) -> None:
        self.name = name
        self.zone = zone
        self.address = address
        self._host = host
        self._process: Process | None = None
        self._started = asyncio.Event()

    @property
    def process(self) -> Process | None:
        """Give the server's process; None where none is known to have been started."""
        return self._process

    @process.setter
    def process(self, process: Process | None) -> None:
        self._process = process
        if process is None:
            self._started.clear()
        else:
            self._started.set()

    @property
    def running(self) -> bool:
        """Tell whether the server's process runs, as far as is known."""
        return self.process is not None and self.process.running

    async def wait_started(self) -> Process:
        """Return the server's process as soon as there is one."""
        while self._process is None:
            await self._started.wait()
        return self._process

    def adopt(self) -> bool:
        """Take on the server that an earlier run started; False if none runs."""
        self.process = self._host.adopt(self.name)
        return self.process is not None
