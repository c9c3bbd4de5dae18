"""`seatrial status` where nothing runs, and of a supervisor that answers."""

import json
from pathlib import Path

from tests.cli.command import described, seatrial
from tests.cli.test_table import STATUS
from tests.local.test_session import Supervisor


class Telling(Supervisor):
    """Answers with one status."""

    def __init__(self, folder: Path, status: dict[str, object]) -> None:
        super().__init__(folder)
        self.status = status

    async def answer(self, request: object) -> dict[str, object]:
        return self.status


def test_where_nothing_runs_how_to_begin_is_told(tmp_path: Path) -> None:
    folder = described(tmp_path)
    for words in ([], ["--json"], ["--env", "development"]):
        done = seatrial(folder, "status", *words)
        assert (done.code, done.out) == (1, "")
        assert done.err == ("error: nothing runs here (development). Start it with: seatrial up\n")


def test_what_runs_is_told_as_a_table_or_as_one_json_document(tmp_path: Path) -> None:
    folder = described(tmp_path)
    state = folder / ".seatrial" / "development"
    state.mkdir(parents=True)
    (state / "system.json").write_text("{}")
    with Telling(state, STATUS).running():
        assert json.loads(seatrial(folder, "status", "--json").out) == STATUS
        done = seatrial(folder, "status")
        assert (done.code, done.err) == (0, "")
        assert "api-1" in done.out
        assert "\x1b" not in done.out


def test_one_that_still_starts_says_so(tmp_path: Path) -> None:
    folder = described(tmp_path)
    state = folder / ".seatrial" / "development"
    state.mkdir(parents=True)
    with Telling(state, {"starting": True}).running():
        assert seatrial(folder, "status", "--env", "development").out == "starting\n"
        assert seatrial(folder, "status", "--env", "development", "--json").code == 0
