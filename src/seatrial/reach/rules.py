"""The rules that let traffic through: of security groups, and of network ACLs.

Takes their resources; gives each rule as ports, who is at the other end, and the
property that says so. It judges nothing yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from seatrial.graph import Graph, Resource
from seatrial.graph.values import Value
from seatrial.reach import ports
from seatrial.reach.addresses import ANYWHERE, PRIVATE, Address, Block
from seatrial.reach.ports import Ports
from seatrial.reach.values import UNKNOWN, Reading

GROUP = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"
EGRESS = "AWS::EC2::SecurityGroupEgress"
ENTRY = "AWS::EC2::NetworkAclEntry"
PREFIX_LIST = "AWS::EC2::PrefixList"
DEFAULT_GROUP = "DefaultSecurityGroup"


@dataclass(frozen=True, slots=True)
class Property:
    """Where something is written: a resource, and the way to the property in it."""

    resource: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A security group's rule: ports, and who is at the other end.

    That is a `block` of addresses, the holders of a `group`, or the addresses of a prefix
    `list`: one of AWS's that is known by its name, or UNKNOWN.
    """

    ports: Ports
    at: Property
    block: Block | None = None
    group: str = ""
    list: str = ""

    def covers(self, address: Address, groups: frozenset[str] = frozenset()) -> bool:
        """Tell whether somebody with this address and these groups is at the other end."""
        if self.group:
            return self.group in groups
        if self.list:
            return not address.private and (self.list == UNKNOWN or self.list in address.lists)
        return self.block is not None and covers(self.block, address)


@dataclass(slots=True)
class Group:
    """A security group: what it lets in and out."""

    id: str
    vpc: str
    ingress: list[Rule] = field(default_factory=list)
    egress: list[Rule] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Entry:
    """A network ACL's entry; `ports` are those at the packet's destination."""

    number: int
    allow: bool
    ports: Ports
    block: Block
    at: Property


@dataclass(slots=True)
class Acl:
    """A network ACL: its entries in the order in which they are asked."""

    id: str
    inbound: list[Entry] = field(default_factory=list)
    outbound: list[Entry] = field(default_factory=list)

    @property
    def blocks(self) -> Iterator[Block]:
        """Give the blocks that its entries speak of."""
        for each in (*self.inbound, *self.outbound):
            yield each.block


def covers(block: Block, address: Address) -> bool:
    """Tell whether an address is, or where only AWS knows it can be, inside a block."""
    if block.family != address.family:
        return False
    if address.number is not None:
        return block.low <= address.number <= block.high
    if block.everything:
        return True
    return address.private and any(each.meets(block) for each in PRIVATE)


class Rulebook:
    """The security groups and network ACLs of one graph."""

    def __init__(self, graph: Graph, reading: Reading) -> None:
        self._graph, self._reading = graph, reading
        self.groups: dict[str, Group] = {}
        self.acls: dict[str, Acl] = {}
        self._edge = any(each.type == "AWS::CloudFront::Distribution" for each in graph)
        for each in graph.of(GROUP):
            self._group(each)
        for each in graph.of(INGRESS, EGRESS):
            self._rule(each)
        for each in graph.of("AWS::EC2::NetworkAcl"):
            self.acls[each.id] = Acl(each.id)
        for each in graph.of(ENTRY):
            self._entry(each)
        for acl in self.acls.values():
            acl.inbound.sort(key=lambda entry: entry.number)
            acl.outbound.sort(key=lambda entry: entry.number)

    def group(self, id: str) -> Group:
        """Give a security group; one that is not in the graph lets everything through."""
        if id in self.groups:
            return self.groups[id]
        vpc, _, attribute = id.rpartition(".")
        at = Property(vpc or id, attribute if vpc else "")
        there = Group(id, vpc)
        out = [Rule(ports.ALL, at, block=each) for each in ANYWHERE.values()]
        if attribute == DEFAULT_GROUP:
            # Its members reach each other, and anybody.
            # https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
            there.ingress.append(Rule(ports.ALL, at, group=id))
        else:
            said = f"security group {id} is not in this template: it is taken to let everything"
            self._reading.assume(id, f"{said} in and out")
            there.ingress += out
        there.egress += out
        self.groups[id] = there
        return there

    def acl(self, id: str) -> Acl:
        """Give a network ACL; a default one lets everything through."""
        if id not in self.acls:
            self.acls[id] = self._default(id)
        return self.acls[id]

    def _default(self, id: str) -> Acl:
        # https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
        at = Property(id)
        entries = [Entry(100, True, ports.ALL, block, at) for block in ANYWHERE.values()]
        return Acl(id, list(entries), list(entries))

    def _group(self, resource: Resource) -> None:
        reading = self._reading
        vpc = reading.name(resource.properties.get("VpcId", "default VPC"), resource.id)
        group = Group(resource.id, vpc)
        self.groups[resource.id] = group
        for name, into in (("SecurityGroupIngress", group.ingress), ("SecurityGroupEgress", None)):
            several = reading.items(resource.properties.get(name), resource.id)
            for index, each in enumerate(several):
                if not isinstance(each, dict):
                    reading.assume(resource.id, f"{name}.{index} is not known: it is left out")
                else:
                    at = Property(resource.id, f"{name}.{index}")
                    rules = self._rules(each, at)
                    (group.egress if into is None else into).extend(rules)
            if into is None and not several:
                # Only rules written in the group itself take the place of AWS's default.
                # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
                at = Property(resource.id, "SecurityGroupEgress (not written: everything)")
                group.egress += [Rule(ports.ALL, at, block=each) for each in ANYWHERE.values()]

    def _rule(self, resource: Resource) -> None:
        given = resource.properties.get("GroupId", resource.properties.get("GroupName"))
        group = self.group(self._named(given, resource.id))
        rules = list(self._rules(resource.properties, Property(resource.id)))
        (group.ingress if resource.type == INGRESS else group.egress).extend(rules)

    def _named(self, value: Value, resource: str) -> str:
        name = self._reading.name(value, resource)
        if name in self._graph.resources:
            return name
        for each in self._graph.of(GROUP):
            if each.properties.get("GroupName") == name:
                return each.id
        return name

    def _rules(self, rule: dict[str, Value], at: Property) -> Iterator[Rule]:
        reading, id = self._reading, at.resource
        protocol = reading.plain(rule.get("IpProtocol", "-1"), id)
        low, high = (reading.number(rule.get(name), id) for name in ("FromPort", "ToPort"))
        if ("FromPort" in rule and low is None) or ("ToPort" in rule and high is None):
            reading.assume(id, "a port of it is not known: it is taken to be any")
        allowed = ports.of(protocol, low, high)
        if not allowed:
            return  # ICMP and others have no ports
        for name in ("CidrIp", "CidrIpv6"):
            if name in rule:
                block = reading.block(rule[name], id)
                if block is None:
                    reading.assume(id, f"{name} is not known: it is taken to be anybody")
                    block = ANYWHERE[4 if name == "CidrIp" else 6]
                yield Rule(allowed, _below(at, name), block=block)
        for name in ("SourceSecurityGroupId", "DestinationSecurityGroupId"):
            if name in rule:
                yield Rule(allowed, _below(at, name), group=self._named(rule[name], id))
        if "SourceSecurityGroupName" in rule:
            group = self._named(rule["SourceSecurityGroupName"], id)
            yield Rule(allowed, _below(at, "SourceSecurityGroupName"), group=group)
        for name in ("SourcePrefixListId", "DestinationPrefixListId"):
            if name in rule:
                for block in self.listed(rule[name], id):
                    yield Rule(allowed, _below(at, name), block=block)
                label = self.label(rule[name], id)
                if label:
                    yield Rule(allowed, _below(at, name), list=label)

    def listed(self, value: Value, resource: str) -> list[Block]:
        """Give the blocks of a prefix list that is in the graph."""
        there = self._graph.resources.get(self._reading.name(value, resource))
        if there is None or there.type != PREFIX_LIST:
            return []
        entries = self._reading.records(there.properties.get("Entries"), there.id)
        blocks = [self._reading.block(each.get("Cidr"), there.id) for each in entries]
        return [each for each in blocks if each is not None]

    def label(self, value: Value, resource: str) -> str:
        """Tell which of AWS's prefix lists is meant: its short name, UNKNOWN; "" for one here."""
        name = self._reading.name(value, resource)
        if name in self._graph.resources:
            return "" if self._graph[name].type == PREFIX_LIST else UNKNOWN
        said = f"{value} {name}".lower()
        for each in self._graph.parameters.values():
            if each.id in said or each.id.lower() in said:
                said += f" {each.id} {each.description} {each.default}".lower()
        for word in ("cloudfront", "dynamodb", "s3"):
            if word in said:
                return word
        if self._edge:
            self._reading.assume(resource, f"prefix list {name} is taken to be CloudFront's")
            return "cloudfront"
        self._reading.assume(resource, f"prefix list {name} is not known: it may hold any address")
        return UNKNOWN

    def _entry(self, resource: Resource) -> None:
        reading, id = self._reading, resource.id
        properties = resource.properties
        acl = self.acl(reading.name(properties.get("NetworkAclId"), id))
        low = reading.number(reading.get(resource, "PortRange", "From"), id)
        high = reading.number(reading.get(resource, "PortRange", "To"), id)
        allowed = ports.of(reading.plain(properties.get("Protocol", -1), id), low, high)
        name = "Ipv6CidrBlock" if "Ipv6CidrBlock" in properties else "CidrBlock"
        block = reading.block(properties.get(name), id)
        if block is None:
            reading.assume(id, f"{name} is not known: it is taken to be anybody")
            block = ANYWHERE[6 if name == "Ipv6CidrBlock" else 4]
        number = reading.number(properties.get("RuleNumber"), id) or 0
        allow = str(reading.plain(properties.get("RuleAction"), id)).lower() == "allow"
        if allowed:
            entry = Entry(number, allow, allowed, block, Property(id, name))
            egress = reading.truth(properties.get("Egress"), id)
            (acl.outbound if egress else acl.inbound).append(entry)


def _below(at: Property, name: str) -> Property:
    return Property(at.resource, f"{at.path}.{name}" if at.path else name)
