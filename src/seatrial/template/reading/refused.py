"""What neither JSON nor YAML may hold, each told in one way."""

from seatrial.mistake import Mistake, Place


def too_deep(name: str) -> Mistake:
    """Tell of a text that is nested deeper than anything AWS takes."""
    return Mistake("this is nested too deeply to be read.", Place(name))


def twice(key: str, name: str, line: int) -> Mistake:
    """Tell of a key that stands twice in one mapping."""
    return Mistake(
        f"{key!r} stands twice in one mapping.", Place(name, line), "Take one of them away."
    )
