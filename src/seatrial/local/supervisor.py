"""The supervisor's process: holds one system's cloud, answers at the door, minds the clock.

    python -m seatrial.local.supervisor STATE_FOLDER

It is started by its warden, which starts it again when it dies. What runs goes
on meanwhile and is taken on again. It ends when it is told to, and then nothing
of the system is left running.
"""

import asyncio
import contextlib
import errno
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uvloop

from seatrial.local.addresses import AddressBook, Block, claim_block
from seatrial.local.cloud import Cloud
from seatrial.local.door import Door
from seatrial.local.files import FolderLock, Locked
from seatrial.local.measure import LOOK
from seatrial.local.report import report
from seatrial.local.session import supervisor_argv
from seatrial.local.store import Store
from seatrial.local.wanted import Wanted
from seatrial.local.warden import Guard
from seatrial.mistake import Mistake

ENDING = "ending"
"""A file that says: the system is to be ended, not to be taken over."""
TICK = 0.5
"""Seconds between looks when nothing woke the scheduler."""
TRIES = 10


class Supervisor:
    """One system's supervisor."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = Guard(store.folder, supervisor_argv(store.folder))
        self._since = time.time()
        self._cloud: Cloud | None = None
        self._failed: Mistake | None = None
        self._end = asyncio.Event()
        self._applying = asyncio.Lock()

    async def run(self) -> None:
        """Start or take over, serve until told to end, end everything."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end.set)
        self._guard.watch()
        door = Door(self._store.folder, self._answer)
        await door.open()
        if (self._store / ENDING).exists():
            self._end.set()
        minding = loop.create_task(self._begin())
        ending = loop.create_task(self._end.wait())
        await asyncio.wait((minding, ending), return_when=asyncio.FIRST_COMPLETED)
        if minding.done() and not self._end.is_set():
            minding.result()
        minding.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await minding
        if self._cloud:
            await self._cloud.stop()
        (self._store / ENDING).unlink(missing_ok=True)
        self._guard.dismiss()
        await door.close()

    async def _begin(self) -> None:
        wanted = Wanted.from_record(self._store.read("system.json") or {})
        state = self._store.read("state.json")
        block = Block(*state["book"]["block"]) if state and state["book"]["block"] else None
        claim = claim_block(self._store.folder, block)
        if state and claim and claim.block == block:
            book = AddressBook.from_json(state["book"])
        else:
            state, book = None, AddressBook(claim.block if claim else None)
        try:
            cloud = Cloud(self._store, wanted, book)
        except Mistake as mistake:
            self._failed = mistake
            await self._end.wait()
            return
        self._cloud = cloud
        cloud.events.tell("supervisor", "supervisor", "took over" if state else "started")
        try:
            async with asyncio.TaskGroup() as working:
                working.create_task(self._work(cloud))
                working.create_task(self._measure(cloud))
                working.create_task(self._start(cloud, state))
        except* Exception as errors:
            # What breaks here is ours. It is told, and the warden starts a supervisor anew.
            for error in errors.exceptions:
                cloud.events.tell("error", "supervisor", f"{type(error).__name__}: {error}")
            raise

    async def _start(self, cloud: Cloud, state: Mapping[str, Any] | None) -> None:
        try:
            await cloud.start(state)
        except Mistake as mistake:
            self._failed = mistake
            return
        except Exception as error:
            if state and state["services"]:
                raise  # something runs: a new supervisor may well take it on
            with contextlib.suppress(OSError):
                traceback.print_exc()  # the log may be on the disk that is full
            self._failed = self._could_not_start(error)
            return
        self._guard.ready()
        # What is there now stays: collecting it again and again only costs time.
        gc.collect()
        gc.freeze()

    def _could_not_start(self, error: Exception) -> Mistake:
        """Tell why nothing could be started at all."""
        said = str(error)
        if os.strerror(errno.ENOSPC) in said or os.strerror(errno.EDQUOT) in said:
            return Mistake(
                f"there is no room left on the disk of {self._store.folder}.",
                right="Free some, or set SEATRIAL_STATE to a folder on another disk.",
            )
        line = " ".join(said.split())[:200]
        return Mistake(
            f"it could not start ({type(error).__name__}: {line}).",
            right=f"More is in {self._store / 'warden.log'}.",
        )

    async def _work(self, cloud: Cloud) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(cloud.woken.wait(), TICK)
            cloud.woken.clear()
            if not self._store.folder.is_dir():
                # Somebody has deleted the folder: what nobody can find again is not left running.
                self._end.set()
                return
            cloud.look()

    async def _measure(self, cloud: Cloud) -> None:
        while True:
            began = time.monotonic()
            await cloud.meter.measure()
            await asyncio.sleep(max(0.05, LOOK - (time.monotonic() - began)))

    async def _answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        match request.get("do"):
            case "status":
                return self._status()
            case "apply":
                return await self._apply(request)
            case "events":
                return {"events": [*self._events(request.get("after", 0))]}
            case "lose-zone" | "return-zone" as what:
                return await self._zone(what, request["zone"])
            case "end":
                # A supervisor that dies while it ends the system is to end it when it is back.
                (self._store / ENDING).touch()
                self._end.set()
                return {"ending": True}
        raise Mistake(f"the supervisor does not know {request.get('do')!r}.")

    def _status(self) -> dict[str, Any]:
        if self._failed:
            raise self._failed
        if self._cloud is None or not self._cloud.known:
            return {"starting": True}
        return report(self._cloud, self._guard.warden, self._since)

    def _events(self, after: int) -> list[dict[str, Any]]:
        from dataclasses import asdict  # noqa: PLC0415 - one use

        return [asdict(each) for each in self._cloud.events.after(after)] if self._cloud else []

    async def _apply(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if self._cloud is None or not self._cloud.started:
            raise Mistake("the system is still starting.", right="Try again in a moment.")
        async with self._applying:
            return await self._cloud.apply(Wanted.from_record(request["wanted"]))

    async def _zone(self, what: str, zone: str) -> dict[str, Any]:
        cloud = self._cloud
        if cloud is None or zone not in cloud.layout.zones:
            known = ", ".join(cloud.layout.zones) if cloud else "none yet"
            raise Mistake(f"there is no zone {zone!r}.", right=f"Known: {known}.")
        await (cloud.lose_zone(zone) if what == "lose-zone" else cloud.return_zone(zone))
        return {"zone": zone}


def main() -> None:
    """Run the supervisor of the folder that is named."""
    store = Store(Path(sys.argv[1]))
    lock = FolderLock(store.folder)
    for _ in range(TRIES):
        # Whoever asks whether the lock is held holds it for an instant.
        with contextlib.suppress(Locked):
            lock.acquire()
            break
        time.sleep(0.02)
    else:
        lock.acquire()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(Supervisor(store).run())
    finally:
        lock.release()


if __name__ == "__main__":
    main()
