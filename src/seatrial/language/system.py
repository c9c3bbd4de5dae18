"""The system as a whole, and the environments it runs in."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Any, Literal, TypeVar, cast

from seatrial.graph.schema import facts
from seatrial.language.firewall import Firewall
from seatrial.language.names import check_name
from seatrial.language.part import Part, Setting, caller, setting
from seatrial.language.promises import Alerts, Objectives
from seatrial.language.recovery import Recovery
from seatrial.language.service import Program, Service
from seatrial.language.tracing import Tracing
from seatrial.language.variant import Change, vary
from seatrial.language.website import Website
from seatrial.mistake import Mistake, Place, closest

P = TypeVar("P", bound=Part)
SECOND = "-recovery"
"""What the name of a second region's environment ends in."""
ENDPOINTS = {
    "bedrock": ("bedrock-runtime",),
    "ecr": ("ecr.api", "ecr.dkr"),
    "kms": ("kms",),
    "logs": ("logs",),
    "monitoring": ("monitoring",),
    "secretsmanager": ("secretsmanager",),
    "sns": ("sns",),
    "sqs": ("sqs",),
    "ssm": ("ssm", "ssmmessages", "ec2messages"),
    "sts": ("sts",),
    "xray": ("xray",),
}
"""What a user calls an AWS service -> its interface endpoints' names."""
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@setting
class Domain(Setting):
    """A name for the public door, with a certificate that renews itself.

    It leads to the website, or to the load balancer where there is none.

    `zone` is the Route 53 hosted zone that holds it; unsaid, the name without
    its first label.
    """

    name: str
    zone: str | None = None

    @property
    def hosted_zone(self) -> str:
        """The hosted zone's name."""
        return self.zone or self.name.split(".", 1)[1]

    def check(self) -> None:
        """Hold the names' shape, and that the one lies in the other."""
        for each in (self.name, self.zone):
            if each is not None and not _DOMAIN.fullmatch(each):
                raise self.wrong(f"{each!r} is not a domain name.", "Write e.g. 'api.example.com'.")
        if "." not in self.hosted_zone:
            raise self.wrong(
                f"the zone of {self.name!r} is not said.", f"Write zone={self.name!r}."
            )
        if not f".{self.name}".endswith(f".{self.hosted_zone}"):
            raise self.wrong(f"{self.name!r} does not lie in the zone {self.hosted_zone!r}.")


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
        return getattr(self.system, name) if value is None else value

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


class System:
    """A whole system: what it runs, where, and what it promises.

    Parts that a service uses come along by themselves. `zones` is how many
    availability zones it spreads over; `nat` how the private subnets reach the
    internet: a gateway in each zone, one for all (cheaper; its zone's loss cuts
    everyone off), or none. `log_retention` is in days; unsaid, 30 in
    production and 7 elsewhere. `audit` adds a CloudTrail trail; unsaid, in
    production. `firewall` guards the public door, `tracing` follows requests.
    `flow_logs` records every connection in the network. `endpoints` are AWS
    services that are reached without the NAT gateways, by their endpoint
    names, e.g. `ecr` or `secretsmanager`; S3 always is. `data_subnets` puts
    databases and brokers into private subnets of their own, which no route
    leads out of. `recovery` is production's second region.
    """

    def __init__(
        self,
        name: str,
        *parts: Part,
        region: str = "us-east-1",
        zones: int = 2,
        cidr: str = "10.0.0.0/16",
        nat: Literal["each zone", "one", "none"] = "each zone",
        domain: Domain | None = None,
        alerts: Alerts | None = None,
        objectives: Objectives | None = None,
        log_retention: int | None = None,
        audit: bool | None = None,
        firewall: Firewall | None = None,
        tracing: Tracing | None = None,
        flow_logs: bool = False,
        endpoints: Sequence[str] = (),
        data_subnets: bool = False,
        recovery: Recovery | None = None,
        **unknown: object,
    ) -> None:
        self.place = caller()
        self.name = name
        self.written = parts
        self.region = region
        self.zones = zones
        self.cidr = cidr
        self.nat = nat
        self.domain = domain
        self.alerts = alerts
        self.objectives = objectives
        self.log_retention = log_retention
        self.audit = audit
        self.firewall = firewall
        self.tracing = tracing
        self.flow_logs = flow_logs
        self.endpoints = endpoints
        self.data_subnets = data_subnets
        self.recovery = recovery
        self.environments: dict[str, Environment] = {}
        self._check(unknown)

    def wrong(self, what: str, right: str = "", place: Place | None = None) -> Mistake:
        """Make the mistake that names the system and its line."""
        return Mistake(f"System {self.name!r}: {what}", place or self.place, right)

    def parts(self) -> Iterator[Part]:
        """Give every part once, used ones after their users, in a stable order."""
        seen: dict[Part, None] = {}
        waiting = list(reversed(self.written))
        while waiting:
            each = waiting.pop()
            if each not in seen:
                seen[each] = None
                waiting.extend(reversed(list(each.uses_parts())))
        yield from seen

    def environment(
        self,
        name: str,
        *,
        region: str | None = None,
        zones: int | None = None,
        nat: Literal["each zone", "one", "none"] | None = None,
        domain: Domain | None = None,
        alerts: Alerts | None = None,
        log_retention: int | None = None,
        audit: bool | None = None,
        firewall: Firewall | None = None,
        tracing: Tracing | None = None,
        flow_logs: bool | None = None,
        endpoints: Sequence[str] | None = None,
        recovery: Recovery | None = None,
        change: Mapping[Part, Change] | None = None,
        without: Sequence[Part] = (),
        **unknown: object,
    ) -> Environment:
        """Declare an environment: this system with a few values changed.

        `change` gives parts other values (`{db: dict(multi_az=False)}`) or
        another part in their place (`{llm: LLM(...)}`). `without` leaves parts
        out, and with them every use of them.
        """
        place = caller()
        settings: dict[str, object] = {
            "region": region,
            "recovery": recovery,
            "zones": zones,
            "nat": nat,
            "domain": domain,
            "alerts": alerts,
            "log_retention": log_retention,
            "audit": audit,
            "firewall": firewall,
            "tracing": tracing,
            "flow_logs": flow_logs,
            "endpoints": endpoints,
        }
        self._check_unknown(unknown, [*settings, "change", "without"], place)
        self._check_name(name, f"{self.name}-{name}", place)
        self._check_settings({k: v for k, v in settings.items() if v is not None}, place)
        if name in self.environments:
            raise self.wrong(f"the environment {name!r} is there twice.", place=place)
        if change is not None and not isinstance(change, Mapping):
            raise self.wrong("change must be a dict of parts to dicts of settings.", place=place)
        for each, changed in (change or {}).items():
            if not isinstance(each, Part) or not isinstance(changed, Mapping | Part):
                raise self.wrong(
                    "change must be a dict of parts to dicts of settings, or to other parts.",
                    "Write change={db: dict(multi_az=False)}.",
                    place,
                )
        if isinstance(without, str) or not all(isinstance(each, Part) for each in without):
            raise self.wrong("without must be a list of parts.", "Write without=[cache].", place)
        self.environments[name] = Environment(self, name, place, change or {}, settings, without)
        return self.environments[name]

    @property
    def deployments(self) -> list[str]:
        """Give the name of every environment, its second region's behind it."""
        return [
            each.name
            for first in self.environments.values()
            for each in (first, first.second)
            if each is not None
        ]

    def in_environment(self, name: str) -> Environment:
        """Give a declared environment, or `production` where none is declared.

        An environment's second region has its name with `-recovery` behind it.
        """
        first = name.removesuffix(SECOND)
        if first != name and name not in self.environments:
            second = self.in_environment(first).second
            if second is not None:
                return second
        if not self.environments and name == "production":
            return Environment(self, name, self.place, {}, {})
        if name not in self.environments:
            raise self.wrong(
                f"there is no environment {name!r}.",
                closest(name, self.environments or ["production"]),
            )
        return self.environments[name]

    def _check(self, unknown: Mapping[str, object]) -> None:
        known = ["region", "zones", "cidr", "nat", "domain", "alerts", "objectives"]
        known += ["log_retention", "audit", "firewall", "tracing", "flow_logs", "endpoints"]
        known += ["data_subnets", "recovery"]
        self._check_unknown(unknown, known, self.place)
        if not isinstance(self.name, str):
            raise self.wrong("the first value is the system's name, a text.")
        self._check_name(self.name, self.name, self.place)
        for each in self.written:
            if not isinstance(each, Part):
                raise self.wrong(
                    f"{each!r} is not a part."[:120], "List services; what they use comes along."
                )
        self._check_settings(
            {name: getattr(self, name) for name in known},
            self.place,
        )
        if not any(isinstance(each, Program) for each in self.parts()):
            raise self.wrong("it runs nothing.", "Give it at least one Service.")
        names: dict[str, Part] = {}
        for each in self.parts():
            if each.name in names:
                first, second = sorted((names[each.name], each), key=lambda part: part.place.line)
                raise Mistake(
                    f"{second.label()} and {first.label()} have the same name.",
                    second.place,
                    "Give one of them another.",
                )
            names[each.name] = each
        check_routes(list(self.parts()), self.place)
        check_doors(list(self.parts()), self.domain, self.place)

    def _check_unknown(
        self, unknown: Mapping[str, object], known: Collection[str], place: Place
    ) -> None:
        for given in unknown:
            raise self.wrong(f"there is no setting {given!r}.", closest(given, known), place)

    def _check_name(self, name: str, longest: str, place: Place) -> None:
        class Named(Setting):
            def label(self) -> str:
                return "System"

        where = Named()
        object.__setattr__(where, "place", place)
        if not isinstance(name, str):
            raise where.wrong("the name must be text.")
        check_name(where, name)
        check_name(where, longest)

    def _check_settings(self, settings: Mapping[str, object], place: Place) -> None:
        region = settings.get("region", "us-east-1")
        if region not in facts.regions():
            raise self.wrong(
                f"region={region!r} is not an AWS region.",
                closest(str(region), facts.regions()),
                place,
            )
        kinds: dict[str, type] = {
            "domain": Domain,
            "alerts": Alerts,
            "objectives": Objectives,
            "firewall": Firewall,
            "tracing": Tracing,
            "recovery": Recovery,
        }
        for name, kind in kinds.items():
            value = settings.get(name)
            if value is not None and not isinstance(value, kind):
                raise self.wrong(
                    f"{name} must be {kind.__name__}(...), not {value!r}."[:160], place=place
                )
        zones = settings.get("zones", 2)
        if not isinstance(zones, int) or isinstance(zones, bool) or not 2 <= zones <= 3:
            raise self.wrong(
                f"zones={zones!r} must be 2 or 3: an ALB needs two, and more buy little.",
                place=place,
            )
        nat = settings.get("nat", "one")
        if nat not in ("each zone", "one", "none"):
            raise self.wrong(
                f"nat={nat!r} is unknown.", "Known: 'each zone', 'one', 'none'.", place
            )
        retention = settings.get("log_retention")
        if retention is not None and retention not in facts.log_retentions():
            raise self.wrong(
                f"log_retention={retention!r} is not a number of days that CloudWatch Logs takes.",
                f"Known: {', '.join(map(str, facts.log_retentions()))}.",
                place,
            )
        for name in ("audit", "flow_logs", "data_subnets"):
            value = settings.get(name)
            if value is not None and not isinstance(value, bool):
                raise self.wrong(f"{name}={value!r} must be True or False.", place=place)
        self._check_endpoints(settings.get("endpoints", ()), place)
        self._check_cidr(settings.get("cidr"), place)

    def _check_endpoints(self, endpoints: object, place: Place) -> None:
        if not isinstance(endpoints, list | tuple):
            raise self.wrong(
                f"endpoints={endpoints!r} must be a list of names.",
                "Write e.g. endpoints=['ecr'].",
                place,
            )
        for each in endpoints:
            if each not in ENDPOINTS:
                raise self.wrong(
                    f"there is no endpoint {each!r}.", closest(str(each), ENDPOINTS), place
                )

    def _check_cidr(self, cidr: object, place: Place) -> None:
        if cidr is None:
            return
        try:
            network = ip_network(str(cidr))
        except ValueError:
            raise self.wrong(
                f"cidr={cidr!r} is not a network.", "Write e.g. '10.0.0.0/16'.", place
            ) from None
        if network.version != 4 or not network.is_private or network.prefixlen != 16:
            raise self.wrong(
                f"cidr={cidr!r} must be a private /16 network.", "E.g. '10.0.0.0/16'.", place
            )


def routed(parts: Sequence[Part]) -> dict[Service, list[str]]:
    """Give the paths that websites send to each service, which is as it was written."""
    found: dict[Service, list[str]] = {}
    for each in parts:
        if isinstance(each, Website):
            for path, service in each.routes.items():
                found.setdefault(service, []).append(path)
    return found


def check_routes(parts: Sequence[Part], place: Place) -> None:
    """Refuse two services that the load balancer could not tell apart."""
    by_name = {service.name: paths for service, paths in routed(parts).items()}
    taken: dict[tuple[str, str], Service] = {}
    for each in parts:
        if not isinstance(each, Service) or not each.public:
            continue
        for host in each.hosts or ("*",):
            for path in by_name.get(each.name, each.paths):
                other = taken.setdefault((host, path), each)
                if other is not each:
                    raise Mistake(
                        f"{each.label()} and {other.label()} both ask for the route {path!r}"
                        + (f" on {host!r}." if host != "*" else "."),
                        each.place if each.place.line else place,
                        "Give one of them other paths.",
                    )


def check_doors(parts: Sequence[Part], domain: Domain | None, place: Place) -> None:
    """Refuse a domain that would have to lead to two places."""
    websites = [each for each in parts if isinstance(each, Website)]
    if domain is None or not websites:
        return
    if len(websites) > 1:
        first, second = websites[:2]
        raise Mistake(
            f"{second.label()} and {first.label()} cannot both be {domain.name}.",
            second.place,
            "Keep one website in the system.",
        )
    reached = {service.name for service in routed(parts)}
    for each in parts:
        if isinstance(each, Service) and each.public and each.name not in reached:
            raise Mistake(
                f"{each.label()} has no route in {websites[0].label()}, to which "
                f"{domain.name} leads.",
                each.place if each.place.line else place,
                f"Give it one: routes={{'/{each.name}/*': ...}}, or a private name: internal=.",
            )
