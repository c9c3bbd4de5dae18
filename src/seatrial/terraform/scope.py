"""One module while it is written: what it reads from elsewhere, what it gives away.

A resource speaks of another as an attribute of it. In the same module that is
the attribute itself; across modules it is a variable here, an output there and
an argument in the root. `House` knows where everything lives and collects
those; `Scope` is one module's view of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seatrial.graph import Graph, Parameter
from seatrial.mistake import Mistake
from seatrial.terraform.folded import Folded
from seatrial.terraform.hcl import Block, Expression, Raw
from seatrial.terraform.kinds import Kind, Many, Object, Scalar
from seatrial.terraform.knobs import Knob, Place
from seatrial.terraform.naming import TAKEN, label, merge, snake, variable_name
from seatrial.terraform.target import Target

ROOT = ""
PSEUDO = {
    "AWS::Region": ("aws_region", "region"),
    "AWS::AccountId": ("aws_caller_identity", "account_id"),
    "AWS::Partition": ("aws_partition", "partition"),
    "AWS::URLSuffix": ("aws_partition", "dns_suffix"),
}
NUMERIC = ("Number", "Integer", "Long", "Float")


@dataclass(frozen=True, slots=True)
class Variable:
    """An input of a module: its type, what it is, and what the root gives it."""

    type: str
    description: str
    given: Raw


@dataclass(frozen=True, slots=True)
class Shared:
    """An output of a module."""

    value: Raw
    description: str


@dataclass(slots=True)
class House:
    """All modules together: where each resource lives and what passes between them.

    `told` are the places whose secrets the state will hold, because the
    provider has no write-only argument there. `regions` are those of resources
    that are not at home, `configured` what modules need for them: a provider
    and a region.
    """

    graph: Graph
    targets: Mapping[str, Target]
    homes: Mapping[str, str]
    folded: Mapping[str, Folded] = field(default_factory=dict)
    knobs: Mapping[Place, Knob] = field(default_factory=dict)
    variables: dict[str, dict[str, Variable]] = field(default_factory=dict)
    outputs: dict[str, dict[str, Shared]] = field(default_factory=dict)
    data: dict[str, dict[tuple[str, ...], Block]] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    told: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    regions: Mapping[str, str] = field(default_factory=dict)
    configured: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def scope(self, module: str) -> "Scope":
        """Give one module's view; `ROOT` is the root's."""
        return Scope(self, module)

    def share(self, id: str, attribute: str) -> Raw:
        """Have a resource's module give an attribute away; give how the root calls it."""
        home, target = self.homes[id], self.targets[id]
        shared = Shared(Raw(f"{target.referred}.{attribute}"), f"{attribute} of {id}")
        name = self.names.get((id, attribute))
        if name is None:
            name = merge(target.label, attribute.replace(".", "_"))
            while name in self.names.values() or name in self._asked():
                name += "_there"
            self.names[id, attribute] = name
        self.outputs.setdefault(home, {})[name] = shared
        return Raw(f"module.{home}.{name}")

    def elsewhere(self, id: str) -> Raw | None:
        """Give the provider configuration for a resource's own region, None at home."""
        region = self.regions.get(id)
        if region is None:
            return None
        provider = self.targets[id].type.partition("_")[0]
        self.configured.setdefault(self.homes[id], set()).add((provider, region))
        return configuration(provider, region)

    def _asked(self) -> set[str]:
        """Give the names that the root's own variables have."""
        knobs = {each.name for each in self.knobs.values()}
        return knobs | TAKEN | {variable_name(each) for each in self.graph.parameters}


@dataclass(frozen=True, slots=True)
class Scope:
    """How one module speaks of everything that it needs."""

    house: House
    module: str

    def attribute(self, id: str, attribute: str, kind: Kind) -> Raw:
        """Give an attribute of a resource, wherever that lives."""
        target = self.house.targets[id]
        if self.house.homes[id] == self.module:
            return Raw(f"{target.referred}.{attribute}")
        given = self.house.share(id, attribute)
        if self.module == ROOT:
            return given
        name = given.text.rpartition(".")[2]
        return self._variable(name, type_of(kind), f"{attribute} of {id}", given)

    def parameter(self, parameter: Parameter) -> Raw:
        """Give a parameter of the graph."""
        name = variable_name(parameter.id)
        if self.module == ROOT:
            return Raw(f"var.{name}")
        return self._variable(
            name, parameter_type(parameter), parameter.description, Raw(f"var.{name}")
        )

    def knob(self, knob: Knob) -> Raw:
        """Give a value that differs between environments."""
        return self._variable(
            knob.name, scalar_type(knob.value), knob.description, Raw(f"var.{knob.name}")
        )

    def prefix(self) -> Raw:
        """Give what the names of the environment's resources begin with."""
        if self.module == ROOT:
            return Raw("local.name")
        return self._variable(
            "name", "string", "What the names of all resources begin with", Raw("local.name")
        )

    def pseudo(self, name: str) -> Expression:
        """Give a pseudo parameter; one that Terraform has no word for is a mistake."""
        if name == "AWS::NoValue":
            return None
        if name == "AWS::StackName":
            return self.prefix()
        if name not in PSEUDO:
            raise Mistake(f"Terraform has no word for CloudFormation's {name}")
        kind, attribute = PSEUDO[name]
        return Raw(f"{self.source(kind, 'current')}.{attribute}")

    def zone(self, index: int) -> Raw:
        """Give the name of the region's availability zone number `index`."""
        zones = self.source("aws_availability_zones", "available", {"state": "available"})
        return Raw(f"{zones}.names[{index}]")

    def source(self, kind: str, name: str, body: Mapping[str, Expression] | None = None) -> str:
        """Give the address of a data source, which this module then has."""
        self._declare(Block("data", (kind, name), list((body or {}).items())))
        return f"data.{kind}.{name}"

    def secret(self, id: str, arn: Raw, *, ephemeral: bool) -> str:
        """Give the address of what reads a secret; only an ephemeral one leaves no trace."""
        name = label(id)
        kind = "aws_secretsmanager_secret_version"
        word = "ephemeral" if ephemeral else "data"
        self._declare(Block(word, (kind, name), [("secret_id", arn)]))
        return f"{word}.{kind}.{name}"

    def _declare(self, block: Block) -> None:
        blocks = self.house.data.setdefault(self.module, {})
        blocks.setdefault((block.kind, *block.labels), block)

    def _variable(self, name: str, kind: str, description: str, given: Raw) -> Raw:
        variables = self.house.variables.setdefault(self.module, {})
        variables.setdefault(name, Variable(kind, description, given))
        return Raw(f"var.{name}")


def configuration(provider: str, region: str) -> Raw:
    """Give how a provider is called that is configured for a region."""
    return Raw(f"{provider}.{snake(region)}")


def scalar_type(value: str | float | bool) -> str:
    """Give the Terraform type of a plain value."""
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else "string"


def parameter_type(parameter: Parameter) -> str:
    """Give the Terraform type of a parameter of the graph."""
    if parameter.type.startswith("List<") or parameter.type == "CommaDelimitedList":
        return "list(string)"
    return "number" if parameter.type in NUMERIC else "string"


def type_of(kind: Kind) -> str:
    """Give a kind as Terraform writes a type."""
    if isinstance(kind, Scalar):
        return {"json": "string", "dynamic": "any"}.get(kind.name, kind.name)
    if isinstance(kind, Many):
        return f"{kind.nesting}({type_of(kind.of)})"
    assert isinstance(kind, Object)
    return "any"
