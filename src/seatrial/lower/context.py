"""What every stage of the lowering shares: the graph in the making and its names.

Logical ids are the part's name in camel case with the kind behind it
(`ApiService`). They are stable: the order of parts never changes them.
"""

from typing import Any, TypeVar

from seatrial.graph import Graph, Output, Parameter, Resource
from seatrial.graph.annotations import Annotation
from seatrial.graph.graph import Origin
from seatrial.graph.values import Ref, Value
from seatrial.language import Environment, Job, Recovery, Service
from seatrial.language.part import Part
from seatrial.language.service import Program

P = TypeVar("P", bound=Part)


def camel(name: str) -> str:
    """Give `user-api` as `UserApi`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("-"))


class Lowering:
    """The graph in the making, for one environment."""

    def __init__(self, environment: Environment) -> None:
        system = environment.system
        self.environment = environment
        self.system = system
        self.second = environment.primary is not None
        self.first = environment.primary or environment
        # One name in both regions: what is copied between them is known by it.
        self.name = f"{system.name}-{self.first.name}"
        self.graph = Graph(
            system=system.name,
            environment=environment.name,
            region=environment.region,
            description=f"{system.name}, {environment.name}: written by Seatrial",
        )
        self.zones: int = environment.setting("zones")
        self.machine = environment.machine
        self.parts = environment.parts
        self.services = [each for each in self.parts if isinstance(each, Service)]
        self.web = [each for each in self.services if each.public]
        self.routes = environment.routes
        self.jobs = [each for each in self.parts if isinstance(each, Job)]
        self.programs: list[Program] = [*self.services, *self.jobs]
        self.by_source: dict[str, Program] = {}
        # The same program whatever the order of the parts: its name is the repository's.
        for program in sorted(self.programs, key=lambda each: (each not in self.web, each.name)):
            self.by_source.setdefault(program.source, program)

    @property
    def behind_the_edge(self) -> bool:
        """Whether everything that the load balancer answers comes through a website's routes."""
        return bool(self.routes) and all(each in self.routes for each in self.web)

    def paths(self, service: Service) -> list[str]:
        """Give the paths that the load balancer sends to a service."""
        return self.routes.get(service, list(service.paths))

    def of(self, kind: type[P]) -> list[P]:
        """Give the parts of one kind."""
        return [each for each in self.parts if isinstance(each, kind)]

    def reads(self, part: Part) -> bool:
        """Say whether some program only reads a part."""
        return any(
            access.mode == "read" and self.environment.part(access.part) is part
            for program in self.programs
            for access in program.accesses()
        )

    def add(
        self,
        part: Part | None,
        kind: str,
        type: str,  # noqa: A002 - CloudFormation's word
        properties: dict[str, Value],
        **more: Any,
    ) -> Resource:
        """Add a resource of a part, or of the whole system (`None`)."""
        if part is None:
            origin = Origin(self.system.name, self.system.place)
            id = kind
        else:
            origin = Origin(part.name, part.place)
            id = camel(part.name) + kind
        kept = {key: value for key, value in properties.items() if value is not None}
        return self.graph.add(Resource(id, type, kept, origin, **more))

    def parameter(self, parameter: Parameter) -> Ref:
        """Add a parameter of the template and give its symbol."""
        self.graph.parameters[parameter.id] = parameter
        return Ref(parameter.id)

    @property
    def standby(self) -> Recovery | None:
        """The recovery that keeps the system in two regions, seen from either of them."""
        recovery = self.first.recovery
        return recovery if recovery and recovery.standby else None

    @property
    def copied_to(self) -> list[Value] | None:
        """The regions that a secret is replicated to: where a standby reads it."""
        return [{"Region": self.standby.region}] if self.standby and not self.second else None

    def copied_here(self, part: Part | None, kind: str) -> bool:
        """In a second region, ask for the ARN of a secret's copy instead of making one."""
        if self.second:
            id = self.ref(part, kind).id
            self.parameter(
                Parameter(
                    id,
                    "String",
                    f"ARN in this region of what {id} is in the first",
                    allowed_pattern="arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+",
                )
            )
        return self.second

    def tell_second(self, id: str, value: Value) -> None:
        """Tell what AWS alone names here, for the parameter of this name in the second region."""
        self.graph.outputs[id] = Output(id, value, f"Parameter {id} there")

    def annotate(self, annotation: Annotation) -> None:
        """Add what CloudFormation has no word for."""
        self.graph.annotations.append(annotation)

    def id(self, part: Part, kind: str) -> str:
        """Give the logical id of a part's resource."""
        return camel(part.name) + kind

    def ref(self, part: Part | None, kind: str) -> Ref:
        """Give the symbol of a part's resource, whether it is there yet or not."""
        return Ref(kind if part is None else self.id(part, kind))

    @property
    def private_subnets(self) -> list[Value]:
        """The subnets without a public address, one a zone."""
        return [Ref(f"PrivateSubnet{zone}") for zone in range(1, self.zones + 1)]

    @property
    def data_subnets(self) -> list[Value]:
        """The subnets of databases and brokers: the private ones, unless they have their own."""
        if not self.system.data_subnets:
            return self.private_subnets
        return [Ref(f"DataSubnet{zone}") for zone in range(1, self.zones + 1)]

    @property
    def public_subnets(self) -> list[Value]:
        """The subnets that the internet reaches, one a zone."""
        return [Ref(f"PublicSubnet{zone}") for zone in range(1, self.zones + 1)]


GOES_WITH_THE_STACK: dict[str, Any] = {
    "deletion_policy": "Delete",
    "update_replace_policy": "Delete",
}
"""For what is worth nothing without the stack, or would bar its name to the next one."""


def kept(production: bool) -> dict[str, Any]:
    """Keep what a recovery needs in production, and leave nothing behind elsewhere."""
    policy = "Retain" if production else "Delete"
    return {"deletion_policy": policy, "update_replace_policy": policy}


def tagged(name: str) -> list[Value]:
    """Give the `Name` tag that AWS's console shows."""
    return [{"Key": "Name", "Value": name}]
