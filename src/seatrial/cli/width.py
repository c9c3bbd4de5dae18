"""How wide a page is: as wide as the terminal that it is shown on, within bounds.

A file or a pipe gets the same page everywhere. Nothing is cut for it.
"""

import shutil
import sys

TABLE = 80
"""Columns of a table of figures, at most; and of one that is written to a file."""
LEAST = 58
"""A table is no narrower: three figures and a few words."""
SENTENCES = 100
"""Columns of sentences on a terminal, at most: longer lines are hard to read."""


def terminal() -> int:
    """Give the columns of the terminal that is written to; 0 for a file or a pipe."""
    there = sys.stdout is not None and sys.stdout.isatty()
    return shutil.get_terminal_size((TABLE, 24)).columns if there else 0


def table() -> int:
    """Give the columns of a table of figures."""
    return max(LEAST, min(TABLE, terminal() or TABLE))


def sentences() -> int:
    """Give the columns of sentences; 0 where each stays on one line, for `grep`."""
    return min(SENTENCES, terminal())
