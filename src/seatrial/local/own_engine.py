"""The engine that a user runs instead of one of the cloud's own: where it is told to be.

Takes the name of an environment variable, because a URL may hold a password;
gives what it says. It never connects.
"""

import os
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from seatrial.local.addresses import Address
from seatrial.mistake import Mistake


@dataclass(frozen=True, slots=True)
class Url:
    """A URL in its pieces; `path` is without its first slash."""

    text: str
    address: Address
    user: str
    password: str
    path: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a variable must hold: `kind` names it, and `example` shows it."""

    kind: str
    example: str
    schemes: tuple[str, ...]
    port: int
    path: bool = False
    """Whether the URL must name more than a server."""


def told(variable: str) -> str | None:
    """Give what a variable says; None where it is not set."""
    return os.environ.get(variable) or None


def wrong(variable: str, kind: str, example: str) -> Mistake:
    """Give the mistake of a variable that says something else."""
    return Mistake(f"{variable} does not hold the URL of {kind}.", right=f"It is like {example}.")


def read_url(variable: str, wanted: Wanted) -> Url | None:
    """Read a URL from a variable; None where it is not set. Mistake."""
    text = told(variable)
    if text is None:
        return None
    try:
        url = urlsplit(text)
        port = url.port or wanted.port
    except ValueError:
        url, port = urlsplit(""), 0
    if url.scheme not in wanted.schemes or not url.hostname or (wanted.path and not url.path[1:]):
        raise wrong(variable, wanted.kind, wanted.example)
    return Url(
        text,
        Address(url.hostname, port),
        unquote(url.username or ""),
        unquote(url.password or ""),
        unquote(url.path[1:]),
    )
