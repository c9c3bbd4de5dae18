"""Say what is missing when the engines of the local cloud are not installed."""

from importlib.util import find_spec

from seatrial.mistake import Mistake

PACKAGES = ("envoy", "psutil", "psycopg", "uvloop")
"""What the extra `engines` brings; PostgreSQL may also be the machine's own."""


def need_engines() -> None:
    """Raise `Mistake` when one of the packages is not there."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise Mistake(
            f"the local cloud needs its engines; missing here: {', '.join(missing)}.",
            right="Install them with: pip install 'seatrial[engines]'",
        )
