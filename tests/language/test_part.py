"""The frame of every part: arguments checked at the line that wrote them."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.language import Health
from seatrial.language.part import Part, Setting, fits, part, setting, shown, words
from seatrial.mistake import Mistake, Place


@setting
class Box(Setting):
    """A setting of this test."""

    width: int
    height: float = 1.0
    tags: Sequence[str] = ()

    def check(self) -> None:
        if self.width < 0:
            raise self.wrong(f"width={self.width} cannot be negative.", "Try 1.")


@part
class Thing(Part):
    """A part of this test."""

    name: str
    box: Box | None = None


FITTING: list[tuple[Any, list[object], list[object]]] = [
    (int, [0, -1], [True, 1.0, "1", None]),
    (float, [0, 1.5], [True, "1", None]),
    (bool, [True], [1, 0, "True"]),
    (str | None, ["", None], [1]),
    (Sequence[str], [[], ("a",), ["a"]], ["a", ["a", 1], {"a"}, {"a": 1}]),
    (Mapping[str, int], [{}, {"a": 1}], [{"a": "1"}, {1: 1}, [("a", 1)]]),
    (Literal["X86_64", 1], ["X86_64", 1], ["ARM", True, 1.0]),
    (Box | int, [Box(1), 3], [Thing("t"), "x"]),
]


@pytest.mark.parametrize(("hint", "good", "bad"), FITTING, ids=lambda each: str(each)[:30])
def test_a_value_fits_its_annotation(hint: Any, good: list[object], bad: list[object]) -> None:
    assert [each for each in good if not fits(each, hint)] == []
    assert [each for each in bad if fits(each, hint)] == []
    assert words(hint)


@pytest.mark.parametrize(
    ("hint", "told"),
    [
        (int, "a whole number"),
        (float | None, "a number or None"),
        (Sequence[str], "a list of text"),
        (Mapping[str, str | int], "a dict of text to text or a whole number"),
        (Literal["a", "b"], "one of 'a', 'b'"),
        (Box, "a Box"),
        (Health | str, "a Health or text"),
    ],
)
def test_a_type_is_told_in_plain_words(hint: Any, told: str) -> None:
    assert words(hint) == told


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Box(height=2.0), "Box needs 'width'. Write Box(..., width=...)."),
        (lambda: Box(1, widht=2), "Box has no setting 'widht'. Did you mean 'width'?"),
        (lambda: Box(1, width=2), "Box is given 'width' twice."),
        (lambda: Box(1, 2, [], 4), "Box takes at most 3 values without a name, not 4."),
        (lambda: Box("1"), "Box: width must be a whole number, not '1'."),
        (lambda: Box(-1), "Box: width=-1 cannot be negative. Try 1."),
        (
            lambda: Thing("t", box=Thing("u")),
            "Thing 't': box must be a Box or None, not Thing 'u'.",
        ),
        (lambda: Thing(name="t", bx=1), "Thing 't' has no setting 'bx'."),
    ],
)
def test_a_wrong_argument_is_one_mistake_at_its_line(make: Any, told: str) -> None:
    with pytest.raises(Mistake) as raised:
        make()
    message = f"{raised.value.what} {raised.value.right}"
    assert message.startswith(told)
    assert raised.value.where == Place(__file__, make.__code__.co_firstlineno)


def test_a_part_is_itself_alone_and_cannot_be_changed() -> None:
    one, other = Thing("t"), Thing("t")
    assert one != other
    assert len({one, other}) == 2
    with pytest.raises(AttributeError):
        one.name = "u"  # type: ignore[misc]  # what a user may try


def test_a_copy_with_changes_is_checked_and_stands_at_its_own_line() -> None:
    place = Place("system.py", 9)
    box = Box(1, tags=["a"])
    copy = box.but({"width": 2}, place)
    assert (copy.width, copy.height, copy.tags, copy.place) == (2, 1.0, ["a"], place)
    assert box.width == 1
    for changes, told in (
        ({"widht": 2}, "has no setting 'widht'. Did you mean 'width'?"),
        ({"width": -2}, "cannot be negative"),
        ({"width": "2"}, "must be a whole number"),
    ):
        with pytest.raises(Mistake) as raised:
            box.but(changes, place)
        assert told in str(raised.value)
        assert raised.value.where == place


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.binary() | st.just(object()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_a_value_in_a_message_is_short_and_never_a_whole_object(value: object) -> None:
    assert "\n" not in shown(value)
    assert " object at 0x" not in shown(value)
    if not isinstance(value, list):
        assert len(shown(value)) <= 80
