"""Logical ids: stable, and taken once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.lower.context import camel
from seatrial.mistake import Mistake
from tests.lower.systems import graph_of

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,4}(-[a-z][a-z0-9]{0,4}){0,3}", fullmatch=True)


@given(NAMES, NAMES)
def test_two_names_whose_words_begin_with_letters_give_two_ids(one: str, other: str) -> None:
    assert (camel(one) == camel(other)) == (one == other)
    assert camel(one).isalnum()


def test_two_names_that_become_one_id_are_a_mistake_at_the_second() -> None:
    with pytest.raises(Mistake, match="'x-1' and 'x1' both become") as told:
        graph_of(
            'a = Service("x1", "app", ["run"], port=1, paths=["/a"])\n'
            'b = Service("x-1", "app", ["run"], port=2, paths=["/b"])\n'
            'system = System("shop", a, b)\n'
        )
    assert told.value.where
    assert told.value.where.line == 3
