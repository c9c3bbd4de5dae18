"""Code that a template carries and AWS runs: nothing here is imported by Seatrial.

Each file is read as text by the module of the lowering that ships it.
"""

from pathlib import Path


def shipped(name: str) -> str:
    """Give the text of one of this folder's files."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
