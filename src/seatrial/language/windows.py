"""When AWS may work on a database: the windows that RDS and DocumentDB take."""

import re

from seatrial.language.part import Setting

_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_WEEK = re.compile(rf"({_DAYS}):[0-2]\d:[0-5]\d-({_DAYS}):[0-2]\d:[0-5]\d", re.IGNORECASE)


def check_windows(where: Setting, backup: str, maintenance: str) -> None:
    """Hold a daily and a weekly window, both in UTC, to the shape that AWS takes."""
    if not _DAY.fullmatch(backup):
        raise where.wrong(f"backup_window={backup!r} is not like '03:00-04:00' (UTC).")
    if not _WEEK.fullmatch(maintenance):
        raise where.wrong(
            f"maintenance_window={maintenance!r} is not like 'Sun:04:30-Sun:05:30' (UTC)."
        )
