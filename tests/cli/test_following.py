"""Following a system that comes up: what is told, what is ended, and the exit code."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.cli.following import INTERRUPTED, follow
from seatrial.local.door import NotRunning
from seatrial.local.session import Session
from seatrial.local.store import Store
from seatrial.mistake import Mistake

Answer = Callable[[], dict[str, Any]]


def status(
    asked: str = "IN_PROGRESS", *, healthy: bool = False, events: int = 0, now: str = ""
) -> dict[str, Any]:
    return {
        "system": "shop",
        "address": "http://127.5.0.2",
        "since": 1000.0,
        "zones": [{"name": "us-east-1a"}, {"name": "us-east-1b"}],
        "services": [
            {
                "asked": {"status": asked, "version": "v2", "reason": ""},
                "deployment": {"status": now or asked},
                "tasks": [{}, {}, {}],
            }
        ],
        "events": [
            {"number": 1, "at": 900.0, "part": "api", "text": "of an earlier run"},
            *({"number": n + 2, "at": 1001.0, "part": "api", "text": f"event {n}"}
              for n in range(events)),
        ],
        "healthy": healthy,
    }  # fmt: skip


class Told(Session):
    """A session whose supervisor answers as it is told; the last answer is given for ever."""

    def __init__(self, folder: Path, *answers: Answer) -> None:
        super().__init__(Store(folder))
        self.answers = iter(answers)
        self.last: Answer = dict
        self.ended = 0

    def ask(self, request: object, patience: float = 5.0) -> dict[str, Any]:
        self.last = next(self.answers, self.last)
        return self.last()

    def end(self) -> bool:
        self.ended += 1
        return True


def raises(error: BaseException) -> Answer:
    def answer() -> dict[str, Any]:
        raise error

    return answer


def interrupts(number: signal.Signals) -> Answer:
    def answer() -> dict[str, Any]:
        signal.raise_signal(number)
        return status()

    return answer


HEALTHY = lambda: status("COMPLETED", healthy=True, events=3)  # noqa: E731 - an answer
STARTING = lambda: {"starting": True}  # noqa: E731 - an answer


@pytest.fixture(autouse=True)
def _signals_are_as_before() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(each) for each in numbers]
    yield
    assert [signal.getsignal(each) for each in numbers] == before


@pytest.mark.parametrize("begun", [True, False])
def test_detached_it_returns_once_all_is_healthy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], begun: bool
) -> None:
    session = Told(tmp_path, STARTING, lambda: status(events=1), lambda: status(events=3), HEALTHY)
    assert follow(session, begun=begun, detach=True, live=False) == 0
    assert session.ended == 0
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.splitlines()
    # Each event once, none of an earlier run.
    assert [each.split("api")[-1].strip() for each in lines[:-1]] == [
        f"event {n}" for n in range(3)
    ]
    assert lines[-1] == "shop is up at http://127.5.0.2: 3 tasks in 2 zones, all healthy"


@pytest.mark.parametrize("begun", [True, False])
def test_a_failed_deployment_ends_with_1_once_it_is_rolled_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], begun: bool
) -> None:
    session = Told(
        tmp_path,
        status,
        lambda: status("FAILED", events=1, now="IN_PROGRESS"),
        lambda: status("FAILED", events=2, now="COMPLETED", healthy=True),
    )
    assert follow(session, begun=begun, detach=True, live=False) == 1
    # What ran before goes on; what never came up is ended.
    assert session.ended == int(begun)
    err = capsys.readouterr().err
    assert "the new version did not become healthy" in err
    assert "event 1" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("before", [[], [HEALTHY, HEALTHY, HEALTHY]])
def test_ctrl_c_ends_what_this_command_began_and_nothing_else(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
    begun: bool,
    before: list[Answer],
) -> None:
    session = Told(tmp_path, *before, interrupts(number))
    # Interrupted before it was up is no success; afterwards it is how one leaves.
    assert follow(session, begun=begun, detach=False, live=False) == (0 if before else INTERRUPTED)
    assert session.ended == int(begun)
    assert ("left it running; end it with: seatrial down" in capsys.readouterr().err) != begun


@pytest.mark.parametrize("begun", [True, False])
def test_a_mistake_of_the_supervisor_is_told_and_what_was_begun_is_ended(
    tmp_path: Path, begun: bool
) -> None:
    session = Told(tmp_path, STARTING, raises(Mistake("the job 'migrate' ended with 1.")))
    with pytest.raises(Mistake, match="'migrate' ended with 1"):
        follow(session, begun=begun, detach=False, live=False)
    assert session.ended == int(begun)


@pytest.mark.parametrize("begun", [True, False])
def test_a_supervisor_that_is_gone_for_good_is_one_mistake(tmp_path: Path, begun: bool) -> None:
    session = Told(tmp_path, STARTING, raises(NotRunning("gone")))
    with pytest.raises(Mistake):
        follow(session, begun=begun, detach=False, live=False)
    assert session.ended == int(begun)


def test_a_system_that_is_ended_from_elsewhere_is_let_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Told(tmp_path, HEALTHY, HEALTHY, raises(NotRunning("gone")))
    assert follow(session, begun=True, detach=False, live=True) == 0
    assert "it was ended from elsewhere" in capsys.readouterr().err
