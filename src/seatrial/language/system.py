"""The system as a whole: its parts, its settings, the environments it declares."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from ipaddress import ip_network
from typing import Literal

from seatrial.graph.schema import facts
from seatrial.language.domain import Domain
from seatrial.language.environment import SECOND, Environment
from seatrial.language.firewall import Firewall
from seatrial.language.machine import check_type
from seatrial.language.names import check_name
from seatrial.language.options import Options, options
from seatrial.language.part import Part, Setting, caller
from seatrial.language.promises import Alerts, Objectives
from seatrial.language.recovery import Recovery
from seatrial.language.routes import check_doors, check_routes
from seatrial.language.service import Program
from seatrial.language.statements import (
    Acceptance,
    Expectation,
    Level,
    Prohibition,
    acceptance,
    expectation,
    prohibition,
)
from seatrial.language.tracing import Tracing
from seatrial.language.variant import Change
from seatrial.mistake import Mistake, Place, closest

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
    leads out of. `recovery` is production's second region. `machine` is an EC2
    instance type, e.g. `t4g.small`: every service, job and Redis then runs on
    one such machine, by Docker Compose, and no NAT gateway is there unless the
    environment asks for one.
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
        machine: str | None = None,
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
        self.machine = machine
        self.environments: dict[str, Environment] = {}
        self.expectations: list[Expectation] = []
        self.prohibitions: list[Prohibition] = []
        self.acceptances: list[Acceptance] = []
        self.tried: list[Options] = []
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
        machine: str | None = None,
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
            "machine": machine,
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

    def expects(self, part: "Part | str | System", **measures: Level) -> None:
        """Say how much a part, or the whole system, is used in a month, which `cost` multiplies.

        Each measure (`seatrial.graph.measures`) is one number, or three: at
        low, expected and high traffic, e.g. `expects(api, requests=(1e6, 5e6, 2e7))`.
        """
        place = caller()
        wrong = partial(self.wrong, place=place)
        whole = part is self or part == self.name
        read = expectation(None if whole else part, measures, list(self.parts()), wrong)
        self.expectations.append(Expectation(*read, place))

    def never(self, source: Part | str, target: Part | str, port: int | None = None) -> None:
        """Say what must never reach what, which `check` holds: `never("internet", db)`."""
        place = caller()
        wrong = partial(self.wrong, place=place)
        read = prohibition(source, target, port, list(self.parts()), wrong)
        self.prohibitions.append(Prohibition(*read, place))

    def accept(self, rule: str, part: Part | str | None = None, reason: str = "") -> None:
        """Accept a finding of `check`, for one part or everywhere, and say why."""
        place = caller()
        wrong = partial(self.wrong, place=place)
        read = acceptance(rule, part, reason, list(self.parts()), wrong)
        self.acceptances.append(Acceptance(*read, place))

    def options(
        self, part: Part | None = None, /, *, load: Level | None = None, **settings: object
    ) -> None:
        """Say what `cost --optimize` may try: a list of values for each setting.

        `options(cache, size=["cache.r6g.large"])` of a part, `options(nat=["one"])`
        of the system. A dict says what one task, node, broker or instance of each
        value carries, and `load` what all of them must:
        `options(api, load=(50, 120, 400), cpu={256: 40, 512: 85})`. What is written
        in the part is always among the values; a part of which nothing is said has
        options of its kind's own.
        """
        place = caller()
        wrong = partial(self.wrong, place=place)
        self.tried.append(options(part, load, settings, list(self.parts()), place, wrong))

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
        known += ["data_subnets", "recovery", "machine"]
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
        if settings.get("machine") is not None:
            check_type(settings["machine"], partial(self.wrong, place=place))
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
