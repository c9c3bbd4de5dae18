"""Programs that run as Fargate tasks: services behind the load balancer, workers, jobs."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Literal

from seatrial.graph.schema import facts
from seatrial.language.access import Access, AtTask, Reference
from seatrial.language.delivery import Rollout
from seatrial.language.names import check_folder, check_name
from seatrial.language.part import Part, Setting, caller, part, setting
from seatrial.language.promises import seconds
from seatrial.language.scale import Scale, check_expression
from seatrial.language.secret import Secret
from seatrial.mistake import Mistake

Text = str | int | AtTask | Reference
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ROUTE = re.compile(r"/[A-Za-z0-9_\-.$/~\"'@:+*?&]{0,127}")
EVERY_PATH = ("/*",)
_PRIVATE = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,61}[a-z0-9])?)+")


@setting
class Health(Setting):
    """How the load balancer asks a task whether it is well.

    `interval` and `timeout` are in seconds; `healthy` and `unhealthy` count
    answers in a row; `codes` is what a good answer may be, e.g. `200-299`.
    `grace` is how many seconds a new task is given before a bad answer counts.
    """

    path: str = "/"
    interval: int = 30
    timeout: int = 5
    healthy: int = 2
    unhealthy: int = 3
    codes: str = "200"
    grace: int = 60

    def check(self) -> None:
        """Hold each number to what an ALB target group takes."""
        if not self.path.startswith("/"):
            raise self.wrong(f"path={self.path!r} must start with '/'.", f"Try '/{self.path}'.")
        for name, low, high in (
            ("interval", 5, 300),
            ("timeout", 2, 120),
            ("healthy", 2, 10),
            ("unhealthy", 2, 10),
        ):
            if not low <= getattr(self, name) <= high:
                raise self.wrong(f"{name}={getattr(self, name)} is not between {low} and {high}.")
        if self.timeout >= self.interval:
            raise self.wrong(
                f"timeout={self.timeout} must be shorter than interval={self.interval}."
            )
        if not re.fullmatch(r"[2-4]\d\d([,-][2-4]\d\d)*", self.codes):
            raise self.wrong(f"codes={self.codes!r} is not like '200' or '200-299'.")


class Program(Part):
    """What every program has: a source folder, a command, a size, and what it uses."""

    name: str
    source: str
    command: Sequence[str | AtTask]
    uses: Sequence[Access | Part]
    env: Mapping[str, Text | Secret]
    cpu: int
    memory: int

    def uses_parts(self) -> Collection[Part]:
        """Give the parts it needs, also those that only its environment names."""
        return list(dict.fromkeys(each.part for each in self.accesses()))

    def accesses(self) -> list[Access]:
        """Give every access it needs, in the order written; writing covers reading."""
        strongest: dict[tuple[Part, str, str], Access] = {}
        for access in self.reaches():
            key = access.part, access.group, access.scope
            if key not in strongest or access.mode == "write":
                strongest[key] = access
        return list(strongest.values())

    def reaches(self) -> list[Access]:
        """Give every access as it is written: who writes may also go to where others read."""
        found: list[Access] = []
        for each in self.uses:
            if isinstance(each, Access):
                found.append(each)
            else:
                found.append(Access(each, "read" if isinstance(each, Secret) else "write"))
        for value in self.env.values():
            if isinstance(value, Secret):
                found.append(Access(value, "read"))
            elif isinstance(value, Reference):
                found.append(Access(value.part, value.mode))
        return found

    def check_program(self) -> None:
        """Hold name, source, command, size and environment."""
        check_name(self, self.name)
        check_folder(self, self.source)
        if not self.command:
            raise self.wrong("the command is empty.", 'Write e.g. ["python", "-m", "main"].')
        if self.cpu not in facts.fargate_cpus():
            sizes = ", ".join(str(size) for size in facts.fargate_cpus())
            raise self.wrong(f"cpu={self.cpu} is not a Fargate size.", f"Known: {sizes} units.")
        allowed = facts.fargate_memory(self.cpu)
        if self.memory not in allowed:
            near = min(allowed, key=lambda size: abs(size - self.memory))
            raise self.wrong(
                f"memory={self.memory} does not exist on Fargate with cpu={self.cpu}.",
                f"The nearest is {near}; it may be {allowed[0]} to {allowed[-1]} MiB.",
            )
        for name in self.env:
            if not _VARIABLE.fullmatch(name):
                raise self.wrong(f"{name!r} cannot be the name of an environment variable.")
        for access in self.uses:
            used = access.part if isinstance(access, Access) else access
            if isinstance(used, Program) and not getattr(used, "internal", None):
                raise self.wrong(
                    f"it cannot use {used.label()}, which has no private name.",
                    f"Give it internal='{used.name}.internal' and its port, "
                    "or call it through the load balancer."
                    if isinstance(used, Service)
                    else "A job runs once and serves nobody.",
                )


@part
class Job(Program):
    """A program that runs and ends, e.g. a database migration or a nightly report.

    `cpu` is in units of 1/1024 vCPU, `memory` in MiB; `timeout` in seconds.
    `schedule` starts it again and again: `cron(0 3 * * ? *)` in `timezone`,
    `rate(1 hour)`, or once with `at(2027-01-01T00:00:00)`. A start that fails
    is tried `retries` times more within the hour, then kept in a dead-letter
    queue for 14 days. Retries start a task; they do not repeat one that failed.
    """

    name: str
    source: str
    command: Sequence[str | AtTask]
    uses: Sequence[Access | Part] = ()
    env: Mapping[str, Text | Secret] = field(default_factory=dict)
    cpu: int = 256
    memory: int = 512
    timeout: int = 900
    schedule: str | None = None
    timezone: str = "UTC"
    retries: int = 3

    def check(self) -> None:
        """Hold what every program must keep, then the schedule."""
        self.check_program()
        if self.schedule is not None:
            check_expression(self, "schedule", self.schedule, self.timezone)
        elif self.timezone != "UTC":
            raise self.wrong("timezone means nothing without a schedule.")
        if not 0 <= self.retries <= 185:
            raise self.wrong(f"retries={self.retries} is not between 0 and 185.")


@part
class Service(Program):
    """A program that keeps running: behind the load balancer with `port`, a worker without.

    `cpu` is in units of 1/1024 vCPU, `memory` in MiB. `paths` and `hosts` are
    what the load balancer sends to it; a website's routes to it take the place
    of `paths`. `internal` is a private name, e.g. `ml-service.internal`: who
    names the service in `uses` reaches it there on `port` and gets the address
    as `ML_SERVICE_URL`, and nobody else does. `spot` runs it on spare capacity.
    `before` is a job that must succeed before a new version takes traffic.
    `stop_timeout` and `drain` are in seconds. `sticky` is a duration, `1 hour`,
    for which a browser stays with its task. `mutable_tags` lets an image tag
    be overwritten, which a rollback then cannot undo.
    """

    name: str
    source: str
    command: Sequence[str | AtTask]
    port: int | None = None
    cpu: int = 256
    memory: int = 512
    uses: Sequence[Access | Part] = ()
    env: Mapping[str, Text | Secret] = field(default_factory=dict)
    tasks: Scale | int = 1
    health: Health | str = "/"
    paths: Sequence[str] = EVERY_PATH
    hosts: Sequence[str] = ()
    internal: str | None = None
    before: Job | None = None
    rollout: Rollout = Rollout()
    spot: bool = False
    stop_timeout: int = 30
    drain: int = 300
    sticky: str | None = None
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    mutable_tags: bool = False

    @property
    def url(self) -> Reference:
        """Where an internal service answers, e.g. `http://ml-service.internal:5001`."""
        if not self.internal:
            raise Mistake(
                f"{self.label()}: it has no private name to call.",
                caller(),
                f"Give it internal='{self.name}.internal'.",
            )
        return Reference(self, "url")

    @property
    def sticky_seconds(self) -> int:
        """How long a browser stays with its task, 0 for not at all."""
        return int(seconds(self, "sticky", self.sticky)) if self.sticky else 0

    @property
    def public(self) -> bool:
        """Whether the load balancer sends requests to it."""
        return self.port is not None and self.internal is None

    @property
    def scale(self) -> Scale:
        """The bounds, also where only a number was written."""
        return (
            self.tasks if isinstance(self.tasks, Scale) else Scale(min=self.tasks, max=self.tasks)
        )

    @property
    def probe(self) -> Health:
        """The health check, also where only a path was written."""
        return self.health if isinstance(self.health, Health) else Health(path=self.health)

    def uses_parts(self) -> Collection[Part]:
        """Give the parts it needs, with the job that runs before it."""
        before = [self.before, *self.before.uses_parts()] if self.before else []
        return list(dict.fromkeys([*super().uses_parts(), *before]))

    def in_standby(self, running: int) -> Mapping[str, object]:
        """Run few tasks or none, with room to grow when the region takes over."""
        scale, least = self.scale, min(running, self.scale.max)
        if scale.min == scale.max:
            return {"tasks": Scale(min=least, max=least)}
        less = {"min": least, "start": least, "schedule": ()}
        moved = not (scale.cpu is scale.memory is scale.requests is None)
        return {"tasks": scale.but(less if moved else less | {"max": least}, scale.place)}

    def check(self) -> None:
        """Hold what every program must keep, then port, routes and times."""
        self.check_program()
        if self.port is not None and not 1 <= self.port <= 65535:
            raise self.wrong(f"port={self.port} is not between 1 and 65535.")
        if isinstance(self.tasks, int) and self.tasks < 0:
            raise self.wrong(f"tasks={self.tasks} cannot be negative.")
        if isinstance(self.health, str) and not self.health.startswith("/"):
            raise self.wrong(
                f"health={self.health!r} must start with '/'.", f"Try '/{self.health}'."
            )
        for route in self.paths:
            if not ROUTE.fullmatch(route):
                raise self.wrong(
                    f"{route!r} is not a path that an ALB can match.", "Write e.g. '/v1/*'."
                )
        if not 2 <= self.stop_timeout <= 120:
            raise self.wrong(f"stop_timeout={self.stop_timeout} is not between 2 and 120 seconds.")
        if not 0 <= self.drain <= 3600:
            raise self.wrong(f"drain={self.drain} is not between 0 and 3600 seconds.")
        if self.scale.lag_per_task is not None and not any(each.group for each in self.accesses()):
            raise self.wrong(
                "lag_per_task follows a consumer group, but uses names none.",
                "Write uses=[events.read(group='...')].",
            )
        self._check_reach()
        self._check_sticky()
        if self.port is None:
            if self.scale.requests is not None:
                raise self.wrong(
                    "a worker gets no requests; tasks cannot follow requests=.", "Give a port."
                )
            if any(value is not None and value.name == "PORT" for value in _at_task(self)):
                raise self.wrong("PORT is used, but the service has no port.", "Give port=8000.")

    def _check_sticky(self) -> None:
        if self.sticky is None:
            return
        if not self.public:
            raise self.wrong("sticky keeps a browser with its task, and no browser gets here.")
        if not 1 <= self.sticky_seconds <= 604_800:
            raise self.wrong(f"sticky={self.sticky!r} is not between 1 s and 7 days.")

    def _check_reach(self) -> None:
        if self.internal is not None:
            self._check_internal(self.internal)
        if self.rollout.shifts and not self.public:
            raise self.wrong(
                f"a {self.rollout.strategy} rollout shifts the load balancer's traffic, "
                "and it gets none.",
                "Leave the rollout rolling.",
            )
        if self.rollout.shifts and self.scale.requests is not None:
            raise self.wrong(
                f"tasks cannot follow requests= in a {self.rollout.strategy} rollout: "
                "it has two target groups, and the metric counts one.",
                "Follow cpu= instead.",
            )

    def _check_internal(self, name: str) -> None:
        if not _PRIVATE.fullmatch(name):
            raise self.wrong(
                f"internal={name!r} is not a private name.", f"Write e.g. '{self.name}.internal'."
            )
        if self.port is None:
            raise self.wrong("a private name leads to a port.", "Give port=5001.")
        if tuple(self.paths) != EVERY_PATH or self.hosts:
            raise self.wrong(
                "an internal service has no paths or hosts: the load balancer does not know it.",
                "Leave them out, or leave out internal=.",
            )
        if self.scale.requests is not None:
            raise self.wrong(
                "tasks cannot follow requests=: only the load balancer counts those.",
                "Follow cpu= instead.",
            )


def _at_task(program: Program) -> list[AtTask]:
    return [each for each in (*program.command, *program.env.values()) if isinstance(each, AtTask)]
