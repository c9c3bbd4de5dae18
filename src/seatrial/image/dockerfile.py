"""The Dockerfile of a plain Python project.

Takes a source folder and how its service runs; gives the text of a Dockerfile
that is small, cached in layers, non-root and works on a read-only root file
system. Never writes a file and never looks at anything but the folder's
dependency files.
"""

from collections.abc import Sequence
from pathlib import Path

PYTHON = "3.13"


def dockerfile(
    source: Path,
    command: Sequence[str],
    port: int | None = None,
    health_path: str | None = None,
    python: str = PYTHON,
) -> str:
    """Give the Dockerfile for `source`, run by `command` (exec form, nothing left symbolic).

    `port` and `health_path` give the HEALTHCHECK; without both there is none. ECS ignores
    HEALTHCHECK in an image (its task definition has its own); Docker and Podman use it.
    """
    raise NotImplementedError
