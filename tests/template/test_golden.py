"""Templates are what they were: byte for byte, in every environment."""

import pytest

from tests.golden.systems import EXAMPLES, FOLDER, golden_files, graphs


@pytest.mark.parametrize("example", EXAMPLES)
def test_template_is_golden(example: str) -> None:
    for file, text in golden_files([example]):
        assert file.exists(), f"{file.name}: run make golden"
        told = f"{file.name}: read the difference, then run: make golden"
        assert file.read_text() == text, told


def test_no_golden_file_is_left_over() -> None:
    kept = {file.name for file in FOLDER.iterdir() if file.suffix in (".json", ".yaml")}
    assert kept == {
        f"{example}.{name}.{form}"
        for example in EXAMPLES
        for name in graphs(example)
        for form in ("json", "yaml")
    }
