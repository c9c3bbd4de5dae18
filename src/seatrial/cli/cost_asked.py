"""What `seatrial cost` is asked beyond the bill, and which module answers."""

from pathlib import Path

from seatrial.cli.cost import Options


def answer(
    system: Path,
    environment: str,
    asked: Options,
    even: str | None,
    compare: tuple[str, str] | None,
    *,
    cheaper: bool,
) -> str:
    """Answer the first question that is asked."""
    if cheaper:
        from seatrial.cli.cost_goal import cheapest  # noqa: PLC0415

        return cheapest(system, environment, asked)
    if even is not None or compare is not None:
        from seatrial.cli import cost_break_even  # noqa: PLC0415

        if even is not None:
            return cost_break_even.break_even(system, even, as_json=asked.as_json)
        assert compare is not None
        return cost_break_even.compare(system, *compare, as_json=asked.as_json)
    from seatrial.cli.cost_against import against  # noqa: PLC0415

    assert asked.against is not None
    return against(system, asked.against, as_json=asked.as_json)
