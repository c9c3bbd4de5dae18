"""A command's view of a system: asking, waiting for a supervisor, ending what is left."""

import asyncio
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from seatrial.local.door import Door, NotRunning
from seatrial.local.files import FolderLock
from seatrial.local.process import Command, Identity, ProcessHost, is_alive
from seatrial.local.session import Session, not_running
from seatrial.local.store import Store
from seatrial.mistake import Mistake
from tests.local.fakes import HANG


class Supervisor:
    """Answers at a door in a thread of its own, and holds the folder's lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.opened = threading.Event()
        self.ending: asyncio.Event
        self.loop: asyncio.AbstractEventLoop

    async def answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(request["do"])
        if request["do"] == "end":
            self.loop.call_later(0.05, self.ending.set)
        if request["do"] == "refuse":
            raise Mistake("no.")
        return {"did": request["do"]}

    async def serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.ending = asyncio.Event()
        with FolderLock(self.folder):
            door = Door(self.folder, self.answer)
            await door.open()
            self.opened.set()
            await self.ending.wait()
            await door.close()

    @contextmanager
    def running(self, after: float = 0.0) -> Iterator[None]:
        def run() -> None:
            time.sleep(after)
            asyncio.run(self.serve())

        thread = threading.Thread(target=run)
        thread.start()
        try:
            if not after:
                assert self.opened.wait(HANG)
            yield
        finally:
            assert self.opened.wait(HANG)
            with suppress(RuntimeError):  # it has ended already
                self.loop.call_soon_threadsafe(self.ending.set)
            thread.join(HANG)
            assert not thread.is_alive()


def test_nothing_runs_where_nothing_is(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        session = Session(Store(folder))
        assert not session.running()
        assert session.end() is False
        began = time.monotonic()
        with pytest.raises(NotRunning):
            session.ask({"do": "status"}, patience=0.05)
        assert time.monotonic() - began < HANG
    assert list(tmp_path.iterdir()) == []


def test_a_supervisor_that_answers_runs(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    session = Session(Store(tmp_path))
    with supervisor.running():
        assert session.running()
        assert session.ask({"do": "status"}) == {"did": "status"}
        with pytest.raises(Mistake, match=r"no\."):
            session.ask({"do": "refuse"})


def test_one_that_has_not_opened_its_door_yet_runs_and_is_waited_for(tmp_path: Path) -> None:
    session = Session(Store(tmp_path))
    with FolderLock(tmp_path):
        assert session.running()
    assert not session.running()
    supervisor = Supervisor(tmp_path)
    with supervisor.running(after=0.1):
        assert session.ask({"do": "status"}, patience=HANG) == {"did": "status"}


def test_ending_waits_until_the_supervisor_has_gone(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    session = Session(Store(tmp_path))
    with supervisor.running():
        assert session.end() is False  # and nothing was left over
        assert supervisor.asked == ["end"]
        assert not session.running()
    assert not (tmp_path / "socket").exists()


def test_how_to_begin_is_told(tmp_path: Path) -> None:
    assert "seatrial up" in str(not_running(tmp_path / "development"))
    assert "development" in str(not_running(tmp_path / "development"))


@pytest.mark.engine
def test_what_a_dead_supervisor_left_is_ended(tmp_path: Path) -> None:
    store = Store(tmp_path / "development")
    store.prepare()
    store.write("system.json", {"graph": {"system": "shop", "environment": "development"}})

    async def leave() -> Identity:
        host = ProcessHost(store / "processes", "shop-development")
        argv = (sys.executable, "-I", "-S", "-c", "import time; time.sleep(3600)")
        process = await host.start(
            Command("api-1", argv, tmp_path, {}, store / "logs" / "api-1.log")
        )
        host.close()
        return process.identity

    left = asyncio.run(leave())
    assert is_alive(left)
    assert Session(store).end() is True
    assert not is_alive(left)
    assert Session(store).end() is False
