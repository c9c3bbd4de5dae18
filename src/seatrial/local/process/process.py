"""One running process with all its children: watch, measure, limit and end it.

Takes what the host recorded; gives how it ended. Its end is told only when
nothing of its tree is left. It never starts anything.
"""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from seatrial.local.process.command import Exit, Limits, Usage
from seatrial.local.process.containment import Containment
from seatrial.local.process.exits import ExitWatch
from seatrial.local.process.identity import Identity, send_signal

OUT_OF_MEMORY = 137


class Process:
    """A process that was started or adopted."""

    def __init__(
        self,
        name: str,
        identity: Identity,
        limits: Limits,
        containment: Containment,
        on_end: Callable[[str], None],
    ) -> None:
        """Begin to watch; ProcessLookupError if it is gone. Needs a running event loop."""
        self.name = name
        self.identity = identity
        self.limits = limits
        self._containment = containment
        self._on_end = on_end
        self._running = True
        self._over_limit = False
        self._usage = Usage(0.0, 0, 0)
        self._ended: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._finishing: asyncio.Task[None] | None = None
        self._watch = ExitWatch(identity, self._notice_exit)

    @property
    def running(self) -> bool:
        """Tell whether the process itself (not a child that outlives it) still runs."""
        return self._running

    async def wait(self) -> Exit:
        """Wait until the process has ended and nothing of its tree is left."""
        return await asyncio.shield(self._ended)

    async def stop(self, grace: float, number: signal.Signals = signal.SIGTERM) -> Exit:
        """Signal the process as its platform would, and kill the tree after `grace` seconds."""
        self.signal(number)
        with suppress(TimeoutError):
            return await asyncio.wait_for(self.wait(), grace)
        return await self.kill()

    async def kill(self) -> Exit:
        """SIGKILL the whole tree; return when it is empty."""
        if not self._ended.done():
            await self._containment.end()
        return await self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Signal the process alone; nothing happens if it has ended."""
        if self._running:
            send_signal(self.identity, number)

    def usage(self) -> Usage:
        """Measure the whole tree; the last measure once it has ended."""
        if self._running:
            with suppress(FileNotFoundError):
                self._usage = self._containment.read_usage()
        return self._usage

    def set_cpu(self, cpu: float | None) -> None:
        """Change the CPU limit (vCPU; None lifts it), where limits are enforced."""
        if self._running:
            self._containment.set_cpu(cpu)

    async def end_for_memory(self) -> None:
        """End the tree as the kernel does when its memory limit is passed: code 137."""
        self._over_limit = True
        await self.kill()

    def let_go(self) -> None:
        """Stop watching; the process runs on and can be adopted."""
        self._watch.close()
        if self._finishing:
            self._finishing.cancel()
        self._ended.cancel()

    def _notice_exit(self, code: int | None) -> None:
        self._running = False
        self._finishing = asyncio.get_running_loop().create_task(self._finish(code))

    async def _finish(self, code: int | None) -> None:
        # A container ends with its first process: what outlives it is ended too.
        await self._containment.end()
        starved = self._over_limit or self._containment.was_out_of_memory()
        if starved and code is None:
            code = OUT_OF_MEMORY
        self._containment.discard()
        self._on_end(self.name)
        if not self._ended.done():
            self._ended.set_result(Exit(code, starved and code == OUT_OF_MEMORY))
