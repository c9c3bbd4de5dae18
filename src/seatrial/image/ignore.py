"""What of a source folder goes into an image.

Takes a folder's `.dockerignore` and the names that no image ever holds; gives
the answer for one path, and the `.dockerignore` text for a folder that has
none. Never reads another file.
"""

from pathlib import Path


def dockerignore(source: Path) -> str:
    """Give the `.dockerignore` that goes with the Dockerfile: the folder's own, completed."""
    raise NotImplementedError
