"""How one part speaks of another: an access it needs, or a value it will have.

An `Access` says who may do what to a part (`db.write`, `db.reader`). A
`Reference` is a value that exists only once the system runs (`db.host`,
`HOST`). Both stay symbolic here.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from seatrial.language.part import Part


@dataclass(frozen=True, slots=True)
class Access:
    """A part, and what its user may do with it.

    `group` is the consumer group that reads a topic, `scope` the prefix of a
    bucket's keys; "" for any other access.
    """

    part: "Part"
    mode: Literal["read", "write"]
    group: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """One value of a part, e.g. the host name of a database, known when it runs.

    `mode` is what a program that names it may do where its `uses` says nothing.
    """

    part: "Part"
    field: str
    mode: Literal["read", "write"] = "read"


@dataclass(frozen=True, slots=True)
class AtTask:
    """A value that each task has for itself."""

    name: Literal["HOST", "PORT"]


HOST = AtTask("HOST")
"""The address that the task must listen on: every interface on AWS, its own loopback here."""

PORT = AtTask("PORT")
"""The port that the task must listen on."""
