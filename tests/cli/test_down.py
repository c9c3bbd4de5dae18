"""`seatrial down` with nothing running."""

from pathlib import Path

from tests.cli.command import described, seatrial


def test_ending_nothing_is_no_mistake_and_leaves_no_trace(tmp_path: Path) -> None:
    folder = described(tmp_path)
    for words in ([], ["--env", "production"], ["--delete-data"]):
        done = seatrial(folder, "down", *words)
        assert (done.code, done.out) == (0, "")
        assert "nothing was running" in done.err
    assert sorted(each.name for each in folder.iterdir()) == ["app", "system.py"]


def test_data_is_kept_until_its_deletion_is_asked_for(tmp_path: Path) -> None:
    folder = described(tmp_path)
    state = folder / ".seatrial" / "development"
    (state / "data").mkdir(parents=True)
    other = folder / ".seatrial" / "staging"
    other.mkdir()
    assert seatrial(folder, "down", "--env", "development").code == 0
    assert (state / "data").is_dir()
    done = seatrial(folder, "down", "--env", "development", "--delete-data")
    assert "its data is deleted" in done.err
    assert not state.exists()
    assert other.is_dir()
    assert (folder / "system.py").is_file()
