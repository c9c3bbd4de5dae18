"""Templates are what they were: byte for byte, in every environment."""

from pathlib import Path

import pytest

from tests.golden.systems import FOLDER, golden_files

FILES = list(golden_files())


@pytest.mark.parametrize(("file", "text"), FILES, ids=[file.name for file, _ in FILES])
def test_template_is_golden(file: Path, text: str) -> None:
    assert file.exists(), "run: make golden"
    assert file.read_text() == text, "read the difference, then run: make golden"


def test_no_golden_file_is_left_over() -> None:
    kept = {file.name for file in FOLDER.iterdir() if file.suffix in (".json", ".yaml")}
    assert kept == {file.name for file, _ in FILES}
