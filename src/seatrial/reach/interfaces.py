"""What has an address in the network: one entry for each thing that takes or makes connections.

An interface stands for all network interfaces of one resource: a service's tasks, an
instance, a cluster's nodes, a load balancer's nodes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from seatrial.graph import Resource
from seatrial.graph.values import Value
from seatrial.reach import ports
from seatrial.reach.addresses import Block
from seatrial.reach.network import Network, Subnet
from seatrial.reach.ports import Ports
from seatrial.reach.rules import DEFAULT_GROUP, Property

# Ports from which connections are made.
# https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html
LINUX = ports.union([ports.tcp(32768, 61000), ports.udp(32768, 61000)])
ANY_CLIENT = ports.union([ports.tcp(1024, 65535), ports.udp(1024, 65535)])


@dataclass(frozen=True, slots=True)
class Interface:
    """Where traffic ends or begins in a VPC."""

    id: str
    part: str
    noun: str
    subnets: tuple[Subnet, ...]
    groups: frozenset[str] | None
    """Its security groups; None where none is asked (a Network Load Balancer without one)."""
    grouped: Property
    """Where its groups are written."""
    listens: Ports
    listening: Property | None = None
    addresses: tuple[Block, ...] = ()
    """Its own addresses where they are written; else any of its subnets'."""
    public: Property | None = None
    """What gives it a public IPv4 address."""
    closed: Property | None = None
    """What keeps a public address from it, where that is written."""
    six: bool = False
    """Whether it has an IPv6 address, which is a public one."""
    clients: Ports = ANY_CLIENT
    calls: bool = True
    """Whether it makes connections of its own accord."""
    forwards: bool = False
    """Whether it passes on what it is asked."""
    aliases: tuple[str, ...] = ()
    outside: str = ""
    """Where it is when it is in no VPC: `internet`, `edge` (CloudFront), or `api` of AWS's."""
    service: str = ""
    """The service behind an interface endpoint, or the one whose API answers."""
    beside: str = ""
    """The instance's first interface, where this is a further one."""

    @property
    def machine(self) -> str:
        """Give what it is an interface of."""
        return self.beside or self.id


class Site:
    """What the modules that know resource types need to make interfaces."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.graph = network.graph
        self.reading = network.reading

    def part(self, resource: Resource) -> str:
        """Give the part that asked for a resource, its logical id where nobody did."""
        return resource.id if resource.part == self.graph.system else resource.label

    def subnets(self, value: Value, resource: Resource, groups: frozenset[str]) -> list[Subnet]:
        """Give the subnets of a list; those that are only named are in their groups' VPC."""
        names = self.reading.names(value, resource.id)
        vpcs = [self.network.rules.group(each).vpc for each in sorted(groups)]
        vpc = vpcs[0] if vpcs else ""
        return [self.network.subnet(each, vpc) for each in names]

    def groups(self, value: Value, resource: Resource) -> frozenset[str]:
        """Give the security groups of a list."""
        return frozenset(self.reading.names(value, resource.id))

    def interface(
        self,
        resource: Resource,
        noun: str,
        subnets: Value,
        groups: Value,
        grouped: str,
        listens: Ports,
        *,
        listening: Property | None = None,
        public: Property | None = None,
        closed: Property | None = None,
        clients: Ports = ANY_CLIENT,
        calls: bool = True,
        forwards: bool = False,
        aliases: tuple[str, ...] = (),
        addresses: tuple[Block, ...] = (),
        six: bool | None = None,
        unguarded: bool = False,
        owner: Resource | None = None,
        service: str = "",
    ) -> Iterator[Interface]:
        """Give the interface of a resource; nothing where it has no subnet.

        Without groups it has its VPC's default one, but for what is `unguarded`.
        """
        named = self.groups(groups, owner or resource)
        homes = self.subnets(subnets, owner or resource, named)
        if not homes:
            return
        given: frozenset[str] | None = named
        if not named:
            given = None if unguarded else frozenset({f"{homes[0].vpc}.{DEFAULT_GROUP}"})
        gives = all(each.gives_six for each in homes) if six is None else six
        yield Interface(
            resource.id,
            self.part(resource),
            noun,
            tuple(dict.fromkeys(homes)),
            given,
            Property((owner or resource).id, grouped),
            listens,
            listening,
            addresses,
            public,
            closed,
            gives,
            clients,
            calls,
            forwards,
            aliases,
            service=service,
        )
