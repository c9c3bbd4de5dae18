"""The grid of one environment: what its user declared, else what each kind of part has.

Takes an environment; gives the options and which written part each is of. What is
written is always the first alternative of an option.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.language import Environment
from seatrial.language.options import Options
from seatrial.language.part import Part
from seatrial.optimize.edit import Change
from seatrial.optimize.grid import AS_WRITTEN, Alternative, Combination, Grid, Option
from seatrial.optimize.kinds import Tried, tries
from seatrial.optimize.losses import given_up, needed

SHORTER = (14, 7)
"""Days of logs that are tried; CloudWatch Logs takes each."""


@dataclass(frozen=True, slots=True)
class Choices:
    """A grid, and for each option the part as it was written (None: the system)."""

    grid: Grid
    parts: tuple[Part | None, ...]
    loads: Mapping[str, Options]
    """Part -> what its user said that it must carry."""

    def changes(self, combination: Combination) -> list[Change]:
        """Give what a combination changes, in the order of the options."""
        return [
            Change(part, name, value)
            for part, option, number in zip(self.parts, self.grid, combination, strict=True)
            for name, value in option.alternatives[number].settings.items()
        ]


def choices(environment: Environment) -> Choices:
    """Make the grid of an environment."""
    declared: dict[Part | None, list[Options]] = {}
    for each in environment.system.tried:
        declared.setdefault(each.part, []).append(each)
    found: list[tuple[Part | None, Option]] = []
    for written in environment.system.parts():
        here = environment.part(written)
        if here not in environment.parts:
            continue
        if written in declared:
            options = _declared(here, here.name, declared[written])
        else:
            options = (_tried(here, each) for each in tries(here))
        found += [(written, each) for each in options if len(each.alternatives) > 1]
    now = _settings(environment)
    system = declared.get(None)
    options = _of_system(now, system) if system else (_option("", now, each) for each in _own(now))
    found += [(None, each) for each in options if len(each.alternatives) > 1]
    loads = {
        environment.part(each.part).name: each
        for each in environment.system.tried
        if each.part is not None and each.load is not None
    }
    return Choices(tuple(each for _, each in found), tuple(part for part, _ in found), loads)


def _settings(environment: Environment) -> dict[str, Any]:
    return {
        "zones": environment.setting("zones"),
        "nat": environment.setting("nat"),
        "endpoints": environment.setting("endpoints"),
        "log_retention": environment.log_days,
        "flow_logs": environment.setting("flow_logs"),
        "audit": environment.audited,
        "tracing": environment.setting("tracing"),
    }


def _own(now: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """Give what is tried of a system of which nothing is declared."""
    if now["zones"] > 2:
        yield [{"zones": 2}]
    yield [{"nat": each} for each in ("one", "none") if each != now["nat"] != "none"]
    yield [{"endpoints": []}] if now["endpoints"] else []
    yield [{"log_retention": each} for each in SHORTER if each < now["log_retention"]]


def _of_system(now: Mapping[str, Any], said: Iterable[Options]) -> Iterator[Option]:
    for options in said:
        for name, values in options.settings.items():
            yield _option("", now, [{name: each} for each in values])


def _declared(part: Part, name: str, said: Iterable[Options]) -> Iterator[Option]:
    for options in said:
        for setting, values in options.settings.items():
            now = {setting: getattr(part, setting)}
            yield _option(name, now, [{setting: each} for each in values])


def _tried(part: Part, tried: Tried) -> Option:
    both = [*tried.values, *tried.unvouched]
    now = {name: getattr(part, name) for each in both for name in each}
    option = _option(part.name, now, tried.values)
    refused = [
        Alternative(
            each,
            refused="nobody has said what it carries: write "
            f"system.options({part.name.replace('-', '_')}, load=..., {name}={{...}})",
        )
        for each in tried.unvouched
        for name in ("cpu" if "tasks" in each else next(iter(each)),)
    ]
    return Option(part.name, (*option.alternatives, *refused), now)


def _option(part: str, now: Mapping[str, Any], values: Iterable[Mapping[str, Any]]) -> Option:
    """Make an option of settings' values; what is written anyway is no alternative."""
    found = [
        Alternative(
            dict(each),
            tuple(loss for name, to in each.items() for loss in given_up(name, now[name], to)),
            "; ".join(filter(None, (needed(name, now[name], to) for name, to in each.items()))),
        )
        for each in values
        if any(_differs(now[name], to) for name, to in each.items())
    ]
    was = {name: now[name] for each in found for name in each.settings}
    return Option(part, (AS_WRITTEN, *found), was)


def _differs(was: object, to: object) -> bool:
    if isinstance(was, list | tuple) and isinstance(to, list | tuple):
        return list(was) != list(to)
    return was != to
