"""An environment of a system: its parts and settings as they are there."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from seatrial.language.machine import MACHINES, Machine, check_machine
from seatrial.language.part import Part
from seatrial.language.recovery import Recovery
from seatrial.language.routes import check_doors, check_routes, routed
from seatrial.language.service import Program, Service
from seatrial.language.variant import Change, vary
from seatrial.language.website import Website
from seatrial.mistake import Mistake, Place

if TYPE_CHECKING:
    from seatrial.language.system import System

P = TypeVar("P", bound=Part)
SECOND = "-recovery"
"""What the name of a second region's environment ends in."""


class Environment:
    """One environment: the same parts with a few changed, replaced or left out.

    Give it a part as it was written and `part()` gives it as it is here.
    `primary` is set in a second region: the environment that this one waits for.
    """

    def __init__(
        self,
        system: "System",
        name: str,
        place: Place,
        changes: Mapping[Part, Change],
        settings: Mapping[str, Any],
        without: Collection[Part] = (),
        primary: "Environment | None" = None,
    ) -> None:
        self.system = system
        self.name = name
        self.place = place
        self.primary = primary
        self._settings = settings
        self._changes = changes
        self._without = without
        written = list(system.parts())
        self._parts = vary(written, changes, without, f"environment {name!r}", place)
        if not any(isinstance(each, Program) for each in self.parts):
            raise Mistake(f"environment {name!r} leaves nothing that runs.", place)
        check_routes(self.parts, place)
        check_doors(self.parts, self.setting("domain"), place)
        if self.recovery:
            self._check_recovery(self.recovery)
        if self.machine:
            check_machine(self, self.machine)

    def _check_recovery(self, recovery: Recovery) -> None:
        if recovery.region == self.region:
            raise recovery.wrong(
                f"region={recovery.region!r} is the region that may be lost.", "Take another."
            )
        if self.system.objectives:
            recovery.check_promise(self.system.objectives)
        for each in recovery.change or {}:
            if each not in self.system.parts():
                raise recovery.wrong(f"it changes {each.label()}, which the system does not use.")

    def part(self, written: P) -> P:
        """Give a part as it is in this environment."""
        return cast(P, self._parts.get(written, written))

    @property
    def production(self) -> bool:
        """Whether this is where customers are: protected, kept longer, audited."""
        return self.name == "production" if self.primary is None else self.primary.production

    @property
    def region(self) -> str:
        """The AWS region that it is in."""
        return str(self.setting("region"))

    @property
    def recovery(self) -> Recovery | None:
        """What the loss of its region shall not end; the system's own is production's."""
        if self.primary is not None:
            return None
        said: Recovery | None = self._settings.get("recovery")
        return self.system.recovery if said is None and self.production else said

    @property
    def second(self) -> "Environment | None":
        """Its second region, as an environment of its own: `production-recovery`.

        Under `backup and restore` that is a vault and nothing that runs.
        """
        recovery = self.recovery
        if recovery is None:
            return None
        values: dict[Part, Change] = dict(self._changes)
        for each in self.system.parts():
            here, changed = self.part(each), values.get(each, {})
            if each in self._without or isinstance(changed, Part):
                continue
            there = {
                **changed,
                **here.in_standby(recovery.running),
                **(recovery.change or {}).get(each, {}),
            }
            if there:
                values[each] = there
        settings = {
            **self._settings,
            "region": recovery.region,
            "zones": recovery.zones or self.setting("zones"),
        }
        name = f"{self.name}{SECOND}"
        return Environment(self.system, name, recovery.place, values, settings, self._without, self)

    def varied(
        self, changes: Mapping[Part, Mapping[str, object]], settings: Mapping[str, object]
    ) -> "Environment":
        """Give this environment with more values changed, under the same name.

        A part that another stands in for is changed as the other is.
        """
        values = dict(self._changes)
        for each, changed in changes.items():
            there = values.get(each, {})
            values[each] = (
                there.but(changed, there.place) if isinstance(there, Part) else {**there, **changed}
            )
        return Environment(
            self.system,
            self.name,
            self.place,
            values,
            {**self._settings, **settings},
            self._without,
            self.primary,
        )

    def changed(self, part: Part) -> Change:
        """Give the values of a part that are other here, or the part that stands in for it."""
        return self._changes.get(part, {})

    @property
    def declared(self) -> frozenset[str]:
        """The system's settings that it gives a value of its own."""
        return frozenset(name for name, value in self._settings.items() if value is not None)

    @property
    def runs(self) -> bool:
        """Whether programs are here, and not copies alone."""
        recovery = self.primary.recovery if self.primary else None
        return recovery is None or recovery.standby

    @property
    def parts(self) -> list[Part]:
        """Every part, as it is here."""
        found: dict[Part, None] = {}
        waiting = [
            self.part(each) for each in reversed(self.system.written) if each not in self._without
        ]
        while waiting:
            each = waiting.pop()
            if each not in found:
                found[each] = None
                used = reversed(list(each.uses_parts()))
                waiting.extend(self.part(other) for other in used)
        return list(found)

    @property
    def places(self) -> dict[str, Place]:
        """Where each part is written, whichever of its values is changed here."""
        return {
            here.name: here.place if isinstance(self._changes.get(each), Part) else each.place
            for each in self.system.parts()
            for here in (self.part(each),)
        }

    @property
    def services(self) -> list[Service]:
        """The services, as they are here."""
        return [each for each in self.parts if isinstance(each, Service)]

    @property
    def websites(self) -> list[Website]:
        """The websites, as they are here."""
        return [each for each in self.parts if isinstance(each, Website)]

    @property
    def routes(self) -> dict[Service, list[str]]:
        """The paths that websites send to each service, as both are here."""
        return {self.part(each): paths for each, paths in routed(self.parts).items()}

    def setting(self, name: str) -> Any:
        """Give one of the system's settings, as it is here."""
        value = self._settings.get(name)
        if name == "nat" and value is None and self.machine:
            return "none"  # what runs on the machine has a way out of its own
        return getattr(self.system, name) if value is None else value

    @property
    def machine(self) -> Machine | None:
        """The one machine that runs its programs; None where Fargate does."""
        return MACHINES.get(self.setting("machine"))

    @property
    def log_days(self) -> int:
        """How many days logs are kept: 30 in production, else 7, unless said."""
        said = self.setting("log_retention")
        return said if said is not None else 30 if self.production else 7

    @property
    def audited(self) -> bool:
        """Whether a trail records every call to AWS."""
        if self.primary is not None:  # the primary's trail is one for every region
            return False
        said = self.setting("audit")
        return said if said is not None else self.production
