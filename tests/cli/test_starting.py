"""Bringing up: whatever is wrong is told before anything is made or changed."""

from pathlib import Path

import pytest

from tests.cli.command import SYSTEM, described, seatrial


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("1/0\n", [], "system.py:1: this line raised ZeroDivisionError"),
        (SYSTEM.replace('"15"', '"1"'), [], "is not a PostgreSQL version"),
        (SYSTEM, ["--env", "developmnt"], "Did you mean 'development'?"),
        (SYSTEM + "system = None\nproduction = None", [], "this file makes no System"),
    ],
)
def test_a_wrong_description_makes_nothing(
    tmp_path: Path, text: str, words: list[str], told: str
) -> None:
    done = seatrial(described(tmp_path, text), "up", *words)
    assert done.code == 1
    assert told in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / ".seatrial").exists()


def test_a_state_folder_that_cannot_be_written_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SEATRIAL_STATE", str(tmp_path / "file"))
    done = seatrial(described(tmp_path), "up")
    assert done.code == 1
    assert done.err.startswith("error: cannot write to ")
    assert "Set SEATRIAL_STATE" in done.err
