"""What counts as a number, and as a yes or no, wherever a template writes it."""

import pytest

from seatrial.graph.scalars import number, truth
from seatrial.graph.values import Ref


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (80, 80),
        (0.5, 0.5),
        ("80", 80),
        (" 0.5 ", 0.5),
        ("1e3", 1000),
        (True, None),
        ("nan", None),
        ("inf", None),
        (float("inf"), None),
        ("", None),
        ("many", None),
        (None, None),
        ([80], None),
        (Ref("Port"), None),
    ],
)
def test_number(value: object, found: float | None) -> None:
    assert number(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("yes", None),
        (1, None),
        (0, None),
        (None, None),
        (Ref("On"), None),
    ],
)
def test_truth(value: object, found: bool | None) -> None:
    assert truth(value) is found
