"""Names: what every AWS service takes, and a suggestion that is one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.language.names import LONGEST, check_name, check_parameters
from seatrial.language.part import Setting
from seatrial.mistake import Mistake, Place


def where() -> Setting:
    setting = Setting()
    object.__setattr__(setting, "place", Place("system.py", 3))
    return setting


@pytest.mark.parametrize("name", ["a", "api", "user-api", "x1", "a-1", "a" * LONGEST])
def test_a_plain_name_is_taken(name: str) -> None:
    check_name(where(), name)


@pytest.mark.parametrize(
    "name", ["", "Api", "1a", "-a", "a-", "a--b", "a_b", "a b", "ä", "a\n", "a" * (LONGEST + 1)]
)
def test_anything_else_is_not(name: str) -> None:
    with pytest.raises(Mistake) as told:
        check_name(where(), name)
    assert told.value.where == Place("system.py", 3)


@given(st.text(max_size=LONGEST))
def test_what_is_suggested_is_a_name(name: str) -> None:
    try:
        check_name(where(), name)
    except Mistake as mistake:
        suggested = re.fullmatch(r"Try '(.*)'\.", mistake.right)
        if suggested:
            check_name(where(), suggested[1])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"": "1"}, "'' is no name"),
        ({"é": "1"}, "'é' is no name"),
        ({"a b": "1"}, "'a b' is no name"),
        ({"a": "1\nb=2"}, "the value of 'a' is not one plain line"),
    ],
)
def test_an_engines_setting_is_a_name_and_one_line(given: dict[str, str], told: str) -> None:
    check_parameters(where(), "parameters", {"maxmemory-policy": "", "rds.force_ssl": "1"})
    with pytest.raises(Mistake, match=f"parameters: {told}"):
        check_parameters(where(), "parameters", given)
