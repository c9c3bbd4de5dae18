"""Which environment is meant, and finding its state without running the description."""

from pathlib import Path

import pytest

from seatrial.cli.local import find_session, local_environment
from seatrial.local.files import FolderLock
from seatrial.mistake import Mistake
from tests.cli.command import described
from tests.lower.systems import describe

SHOP = 'system = System("shop", Service("api", "app", ["run"]))\n'


@pytest.mark.parametrize(
    ("names", "asked", "chosen"),
    [
        ([], None, "production"),
        (["production", "development"], None, "development"),
        (["staging", "production"], None, "staging"),
        (["staging", "production"], "production", "production"),
    ],
)
def test_up_runs_development_where_there_is_one(
    names: list[str], asked: str | None, chosen: str
) -> None:
    system = describe(SHOP + "".join(f"system.environment({name!r})\n" for name in names))
    assert local_environment(system, asked) == chosen


def state(folder: Path, *environments: str) -> None:
    for each in environments:
        (folder / ".seatrial" / each).mkdir(parents=True)
        (folder / ".seatrial" / each / "system.json").write_text("{}")


def chosen(folder: Path, asked: str | None = None) -> str:
    return find_session(folder, asked).store.folder.name


def test_a_description_that_is_broken_by_now_can_still_be_ended(tmp_path: Path) -> None:
    folder = described(tmp_path, "this is ( no Python")
    state(folder, "staging")
    assert chosen(folder) == "staging"


def test_the_environment_that_runs_is_meant(tmp_path: Path) -> None:
    folder = described(tmp_path)
    assert chosen(folder) == "development"
    state(folder, "production", "staging")
    assert chosen(folder) == "production"
    with FolderLock(folder / ".seatrial" / "staging"):
        assert chosen(folder) == "staging"
        assert chosen(folder, "production") == "production"


def test_of_several_that_run_one_must_be_chosen(tmp_path: Path) -> None:
    folder = described(tmp_path)
    state(folder, "production", "staging")
    with (
        FolderLock(folder / ".seatrial" / "staging"),
        FolderLock(folder / ".seatrial" / "production"),
        pytest.raises(Mistake, match=r"2 environments run here: production, staging.*--env"),
    ):
        chosen(folder)
