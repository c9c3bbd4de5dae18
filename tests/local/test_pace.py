import pytest

from seatrial.local.pace import DEFAULT, LEAST, MOST, Pace


def test_a_minute_is_a_second_unless_said() -> None:
    assert Pace().timer(60.0) == 1.0
    assert DEFAULT == 60.0


@pytest.mark.parametrize("factor", [LEAST, 2.5, MOST])
def test_a_timer_is_shortened_by_the_factor(factor: float) -> None:
    assert Pace(factor).timer(90.0) * factor == pytest.approx(90.0)
    assert Pace(factor).timer(0.0) == 0.0
