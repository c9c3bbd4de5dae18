"""The five systems have exactly what their golden lists say; `make golden` writes them anew."""

from pathlib import Path

import pytest

from tests.golden.checks import FOLDER, check_files

FILES = [*check_files()]


@pytest.mark.parametrize(("file", "text"), FILES, ids=[file.stem for file, _ in FILES])
def test_nothing_is_new_and_nothing_is_gone(file: Path, text: str) -> None:
    assert file.read_text() == text, "python -m tests.golden.checks writes it; read the difference"


def test_no_list_is_left_over() -> None:
    assert {*FOLDER.iterdir()} == {file for file, _ in FILES}


def test_no_error_stands_anywhere() -> None:
    """What is wrong enough to fail by default is mended, or accepted with a reason."""
    lines = [line for _, text in FILES for line in text.splitlines()]
    errors = [line for line in lines if line.startswith("  error ")]
    assert not [line for line in errors if "(accepted: " not in line]
