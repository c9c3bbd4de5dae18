"""Where what is made once per machine and used by every system is kept.

Everything in it can be made again: it may be removed whenever nothing runs.
"""

import os
from pathlib import Path


def cache_folder(kind: str) -> Path:
    """Give the user's folder for one kind of thing: `$XDG_CACHE_HOME/seatrial/<kind>`.

    `~/.cache` stands in for a variable that is not set, and, as the XDG Base
    Directory Specification asks, for one that is not absolute.
    """
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".cache"
    return base / "seatrial" / kind
