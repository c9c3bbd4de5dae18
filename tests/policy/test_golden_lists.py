"""The five systems have exactly what their golden lists say; `make golden` writes them anew."""

import pytest

from tests.golden.checks import FOLDER, listed
from tests.golden.systems import EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES)
def test_nothing_is_new_and_nothing_is_gone(example: str) -> None:
    text = (FOLDER / f"{example}.txt").read_text()
    assert text == listed(example), "python -m tests.golden.checks writes it; read the difference"


def test_no_list_is_left_over() -> None:
    assert {each.name for each in FOLDER.iterdir()} == {f"{each}.txt" for each in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_error_stands_anywhere(example: str) -> None:
    """What is wrong enough to fail by default is mended, or accepted with a reason."""
    errors = [line for line in listed(example).splitlines() if line.startswith("  error ")]
    assert not [line for line in errors if "(accepted: " not in line]
