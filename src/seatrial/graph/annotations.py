"""What CloudFormation has no word for, as typed annotations on the graph.

They travel in the template's `Metadata` under `Seatrial`, so a template that
Seatrial wrote can be read back whole. An annotation names the resources that
it speaks of by their logical ids and never holds a secret.
"""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Source:
    """The folder, relative to the system's file, that a task definition's image is built from."""

    task_definition: str
    folder: str


@dataclass(frozen=True, slots=True)
class Site:
    """What a website's bucket holds: what `build` leaves in `output` inside `folder`.

    `folder` is relative to the system's file. After an upload `distribution`
    is told to forget what changed.
    """

    bucket: str
    distribution: str
    folder: str
    output: str
    build: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunsBefore:
    """A job that must have succeeded before a service's new version takes traffic."""

    task_definition: str
    service: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A program that a machine runs by Docker Compose, under the program's name.

    Its image lies in `repository` and is built from `folder`, relative to the
    system's file, for `architecture`. `deploy` is the SSM document that brings
    the machine to what the stack says. `run` is the one that runs a job which
    nothing but a delivery or a person starts, "" for every other program.
    `health` is asked of a service that `paths` of the website lead to.
    """

    machine: str
    program: str
    repository: str
    folder: str
    architecture: Literal["X86_64", "ARM64"]
    deploy: str
    run: str = ""
    health: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecoveryObjectives:
    """What the system promises: recovery time and recovery point, in seconds."""

    rto: float | None = None
    rpo: float | None = None


@dataclass(frozen=True, slots=True)
class ServiceObjectives:
    """What a journey through the system promises its users.

    `availability` in percent, `latency_p95` in seconds.
    """

    availability: float | None = None
    latency_p95: float | None = None


@dataclass(frozen=True, slots=True)
class OwnEngine:
    """The local cloud uses an engine that the user runs instead of its own.

    The address is read from the environment variable `variable` when `up`
    runs, because a URL may hold a password.
    """

    resource: str
    variable: str


@dataclass(frozen=True, slots=True)
class Uses:
    """One part uses another: the arrow of the drawing, with what it may do."""

    part: str
    used: str
    access: Literal["read", "write", "call"]


@dataclass(frozen=True, slots=True)
class Outside:
    """A service that someone else runs, called over the internet.

    `price` is what its user says it costs, in US dollars a month.
    """

    part: str
    url: str
    price: float | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """A finding of `check` that the user accepts, with the reason.

    `rule` is a rule's id or name; `part` is "" for the whole system.
    """

    rule: str
    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class Expected:
    """How much a part is used: one of `seatrial.graph.measures`, at three levels of traffic."""

    part: str
    measure: str
    low: float
    expected: float
    high: float


@dataclass(frozen=True, slots=True)
class Never:
    """What must never reach what: parts by name, or `internet`; any port where none is said."""

    source: str
    target: str
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person must know or do that no resource holds, e.g. a recovery step."""

    topic: str
    text: str
    steps: tuple[str, ...] = field(default=())


Annotation = (
    Source
    | Site
    | RunsBefore
    | Composed
    | RecoveryObjectives
    | ServiceObjectives
    | OwnEngine
    | Uses
    | Outside
    | Suppression
    | Expected
    | Never
    | Note
)
KINDS: dict[str, type[Annotation]] = {
    kind.__name__: kind
    for kind in (
        Source,
        Site,
        RunsBefore,
        Composed,
        RecoveryObjectives,
        ServiceObjectives,
        OwnEngine,
        Uses,
        Outside,
        Suppression,
        Expected,
        Never,
        Note,
    )
}
