import asyncio
import json
from pathlib import Path

import pytest

from seatrial.local.engines.envoy.acceptance import Acceptance, NotTaken
from seatrial.local.engines.envoy.admin import NotAnswering


class Saying:
    """An admin interface that gives these statistics in turn, the last for ever; None is silent."""

    def __init__(self, *answers: dict[str, object] | None) -> None:
        self._answers = list(answers)

    async def get(self, path: str, timeout: float = 5.0) -> bytes:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer is None:
            raise NotAnswering
        stats = [{"name": name, "value": value} for name, value in answer.items()]
        return json.dumps({"stats": [*stats, {"histograms": {}}]}).encode()


WORKERS = {"listener_manager.workers_started": 1}
TAKEN = {"cds.version_text": "7", **WORKERS}


def wait(folder: Path, *answers: dict[str, object] | None, lives: bool = True) -> None:
    acceptance = Acceptance(Saying(*answers), folder / "log")
    asyncio.run(acceptance.wait({"cds": 7}, 0.2, lambda: lives))


def test_it_waits_for_the_version_or_a_later_one(tmp_path: Path) -> None:
    wait(tmp_path, TAKEN)
    wait(tmp_path, {**TAKEN, "cds.version_text": "8"})
    wait(tmp_path, None, {}, {"cds.version_text": "7"}, {**TAKEN, "cds.version_text": ""}, TAKEN)


@pytest.mark.parametrize(
    "answer", [None, {}, {"cds.version_text": "6", **WORKERS}, {"cds.version_text": "7"}]
)
def test_what_is_not_taken_in_time_is_told(
    tmp_path: Path, answer: dict[str, object] | None
) -> None:
    with pytest.raises(NotTaken, match=r"not taken on within 0\.2 s"):
        wait(tmp_path, answer)


def test_a_refusal_is_told_with_the_words_of_the_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("x" * 9999 + "no such thing")
    refused = {"cds.version_text": "6", "cds.update_rejected": 1, **WORKERS}
    with pytest.raises(NotTaken, match=r"refuses cds: .*no such thing"):
        wait(tmp_path, refused)


def test_an_end_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotTaken, match="has ended: it wrote no log"):
        wait(tmp_path, None, lives=False)


def test_refusals_from_before_are_no_matter(tmp_path: Path) -> None:
    async def scenario() -> None:
        early = {"cds.version_text": "6", "cds.update_rejected": 3, **WORKERS}
        late = {"cds.version_text": "7", "cds.update_rejected": 3, **WORKERS}
        acceptance = Acceptance(Saying(early, early, late), tmp_path / "log")
        await acceptance.adopt()
        await acceptance.wait({"cds": 7}, 5.0)

    asyncio.run(scenario())
