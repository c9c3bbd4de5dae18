"""Small random networks: plain data, to be walked through packet by packet.

A network follows from its seed alone. Addresses are whole numbers, those of IPv6 above all of
IPv4's, so that no range holds both. Nothing of `seatrial.reach` is used here;
`tests.reach.described` gives a network as a graph.
"""

from dataclasses import dataclass, field
from ipaddress import ip_network
from random import Random

from tests.reach.traffic import BEYOND, SIX, Entry, Rule, entries, rule


def span(cidr: str) -> tuple[int, int]:
    """Give a block's first and last address."""
    network = ip_network(cidr)
    above = (1 << 128) if network.version == 6 else 0
    return above + int(network.network_address), above + int(network.broadcast_address)


@dataclass
class Vpc:
    """A VPC: its blocks, and whether its internet gateway is attached."""

    cidr: str
    six: str
    attached: bool


@dataclass
class Subnet:
    """A /28: its routes (`None`: the main table), and its ACL (`None`: the default one)."""

    vpc: int
    cidr: str
    six: str
    routes: list[tuple[str, str]] | None
    inbound: list[Entry] | None
    outbound: list[Entry] | None
    public: bool
    endpoints: list[str] = field(default_factory=list)


@dataclass
class Nat:
    """A NAT gateway."""

    subnet: int
    public: bool


@dataclass
class Group:
    """A security group; `apart` are rules out that are written beside it."""

    vpc: int
    ingress: list[Rule]
    egress: list[Rule] | None
    apart: list[Rule]
    default: bool = False


@dataclass
class Card:
    """A network interface: `fixed` is its own address; else it has any of its subnets'."""

    subnets: list[int]
    groups: list[int] | None
    fixed: str = ""
    public: bool = False
    six: bool = False
    how: str = ""


@dataclass
class Node:
    """Something with addresses."""

    name: str
    kind: str
    cards: list[Card]
    listens: list[tuple[str, int]] | None
    clients: tuple[int, int] = (1024, 65535)

    @property
    def calls(self) -> bool:
        """Tell whether it makes connections of its own accord."""
        return self.kind in ("instance", "service", "function")


@dataclass
class Targets:
    """A target group; `keeps` is what its attribute says, None where it says nothing."""

    word: str
    port: int
    kind: str
    members: list[str]
    keeps: bool | None


@dataclass
class Listener:
    """Where a load balancer listens; `to` are its default action and its rules."""

    word: str
    port: int
    to: list[int]


@dataclass
class Net:
    """One network."""

    seed: int
    vpcs: list[Vpc] = field(default_factory=list)
    subnets: list[Subnet] = field(default_factory=list)
    nats: list[Nat] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    targets: list[Targets] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    apis: list[str] = field(default_factory=list)


def network(seed: int) -> Net:
    """Make one network from a seed."""
    dice = Random(seed)
    net = Net(seed)
    for index in range(1 if dice.random() < 0.7 else 2):
        six = f"2001:db8:{index + 1}::/120" if dice.random() < 0.4 else ""
        net.vpcs.append(Vpc(f"10.{index}.0.0/24", six, dice.random() < 0.9))
        _subnets(dice, net, index)
        _groups(dice, net, index)
    used: set[str] = set()
    for index in range(dice.randint(2, 4)):
        net.nodes.append(_node(dice, net, index, used))
    if dice.random() < 0.3:
        net.apis.append(dice.choice(["s3", "dynamodb", "secretsmanager"]))
        vpc = dice.randrange(len(net.vpcs))
        if net.apis == ["secretsmanager"]:
            card = Card(_homes(dice, net, vpc, 2), _held(dice, net, vpc))
            net.nodes.append(Node("Endpoint", "endpoint", [card], [("tcp", 443)]))
        else:
            for each in net.subnets:
                if each.routes is not None and dice.random() < 0.5:
                    each.endpoints.append(net.apis[0])
    if dice.random() < 0.6:
        _balancer(dice, net)
    return net


def _subnets(dice: Random, net: Net, vpc: int) -> None:
    count = dice.randint(2, 3)
    first = len(net.subnets)
    whole = net.vpcs[vpc]
    nats = []
    for _ in range(dice.choice([0, 1, 1, 2])):
        nats.append(len(net.nats))
        net.nats.append(Nat(first + dice.randrange(count), dice.random() < 0.85))
    for index in range(count):
        own = dice.random() < 0.8
        acl = dice.random() < 0.5
        six = ""
        if whole.six and dice.random() < 0.7:
            six = f"{whole.six.removesuffix('/120')}{16 * index:x}/124"
        net.subnets.append(
            Subnet(
                vpc,
                f"10.{vpc}.0.{16 * index}/28",
                six,
                _routes(dice, nats, bool(whole.six)) if own else None,
                entries(dice, bool(whole.six)) if acl else None,
                entries(dice, bool(whole.six)) if acl else None,
                dice.random() < 0.3,
            )
        )


def _routes(dice: Random, nats: list[int], six: bool) -> list[tuple[str, str]]:
    targets = ["igw", "igw", *(f"nat{each}" for each in nats * 2), "peer", ""]
    found = [("0.0.0.0/0", dice.choice(targets))]
    chances = {BEYOND: 0.3, "list0": 0.15, "list1": 0.15}
    found += [
        (to, dice.choice(targets)) for to, chance in chances.items() if dice.random() < chance
    ]
    if six:
        chances = {"::/0": 0.7, SIX: 0.2, "list2": 0.2}
        targets = ["igw", "igw", "out", "peer"]
        found += [
            (to, dice.choice(targets)) for to, chance in chances.items() if dice.random() < chance
        ]
    dice.shuffle(found)
    return [each for each in found if each[1]]


def _groups(dice: Random, net: Net, vpc: int) -> None:
    six = bool(net.vpcs[vpc].six)
    count = dice.randint(2, 4)
    whole = len(net.groups) + count
    for _ in range(count):
        ingress = [rule(dice, whole, six) for _ in range(dice.randint(0, 4))]
        egress = None
        if dice.random() < 0.5:
            egress = [rule(dice, whole, six) for _ in range(dice.randint(1, 3))]
        apart = [rule(dice, whole, six) for _ in range(dice.choice([0, 0, 0, 1]))]
        net.groups.append(Group(vpc, ingress, egress, apart))
    everybody = [Rule("-1", 0, 65535, each) for each in ("0.0.0.0/0", "::/0")]
    own = Rule("-1", 0, 65535, group=len(net.groups))
    net.groups.append(Group(vpc, [own], everybody, [], default=True))


def _held(dice: Random, net: Net, vpc: int) -> list[int]:
    there = [n for n, each in enumerate(net.groups) if each.vpc == vpc]
    if dice.random() < 0.06:
        return there[-1:]  # it names none, and has the VPC's own
    return dice.sample(there[:-1], dice.randint(1, 2))


def _homes(dice: Random, net: Net, vpc: int, most: int) -> list[int]:
    there = [n for n, each in enumerate(net.subnets) if each.vpc == vpc]
    return dice.sample(there, dice.randint(1, most))


def _node(dice: Random, net: Net, index: int, used: set[str]) -> Node:
    kind = dice.choice(["instance", "instance", "instance", "service", "database", "function"])
    vpc = dice.randrange(len(net.vpcs))
    public = dice.random() < 0.5
    name = f"{kind.capitalize()}{index}"
    if kind == "instance":
        cards = [_card(dice, net, vpc, used)]
        if dice.random() < 0.25:
            cards.append(_card(dice, net, vpc, used))
            cards[1].public, cards[1].how = (True, "elastic") if public else (False, "never")
            if cards[0].how != "elastic":  # an interface that is there already is given none
                cards[0].public, cards[0].how = False, "never"
        return Node(name, kind, cards, None)
    homes = _homes(dice, net, vpc, 2)
    six = kind == "service" and all(net.subnets[each].six for each in homes)
    card = Card(homes, _held(dice, net, vpc), "", public, six)
    if kind == "database":
        if dice.random() < 0.2:
            card.public, card.how = net.vpcs[vpc].attached, "unwritten"
        return Node(name, kind, [card], [("tcp", 5432)])
    if kind == "function":
        card.public = False
        return Node(name, kind, [card], [])
    listens = dice.sample([("tcp", 8000), ("tcp", 80), ("udp", 53)], dice.randint(1, 2))
    return Node(name, kind, [card], listens, (32768, 61000))


def _card(dice: Random, net: Net, vpc: int, used: set[str]) -> Card:
    (home,) = _homes(dice, net, vpc, 1)
    low = int(net.subnets[home].cidr.removesuffix("/28").rpartition(".")[2])
    free = [f"10.{vpc}.0.{low + each}" for each in (4, 5, 6, 8, 9, 12, 14)]
    fixed = dice.choice([each for each in free if each not in used])
    used.add(fixed)
    how = dice.choice(["asked", "never", "subnet", "elastic"])
    public = {"asked": True, "elastic": True, "subnet": net.subnets[home].public}.get(how, False)
    six = bool(net.subnets[home].six)
    return Card([home], _held(dice, net, vpc), fixed, public, six, how)


def _balancer(dice: Random, net: Net) -> None:
    kind = dice.choice(["application", "application", "network", "network"])
    vpc = dice.randrange(len(net.vpcs))
    groups = _held(dice, net, vpc)
    if kind == "network" and (dice.random() < 0.5 or net.groups[groups[0]].default):
        groups = None
    homes = _homes(dice, net, vpc, 2)
    public = dice.random() < 0.6
    six = public and all(net.subnets[each].six for each in homes) and dice.random() < 0.7
    card = Card(homes, groups, "", public, six)
    there = [each for each in net.nodes if each.cards[0].subnets[0] in _in(net, vpc)]
    for word, port in dice.sample([("tcp", 80), ("tcp", 443), ("udp", 53)], dice.randint(1, 2)):
        if word == "udp" and kind == "application":
            continue
        behind = [_targets(dice, net, kind, word, there) for _ in range(dice.randint(1, 2))]
        to = [each for each in behind if each >= 0]
        net.listeners.append(Listener(word, port, to if kind == "application" else to[:1]))
    door = [(each.word, each.port) for each in net.listeners]
    net.nodes.append(Node("Balancer", kind, [card], door))


def _in(net: Net, vpc: int) -> list[int]:
    return [n for n, each in enumerate(net.subnets) if each.vpc == vpc]


def _targets(dice: Random, net: Net, kind: str, word: str, there: list[Node]) -> int:
    """Add a target group; -1 where nothing could be in one."""
    port = 53 if word == "udp" else dice.choice([80, 8000])
    type_ = dice.choice(["instance", "address", "service"])
    wanted = "service" if type_ == "service" else "instance"
    fit = [each for each in there if each.kind == wanted]
    if type_ == "service":
        fit = [each for each in fit if (word, port) in (each.listens or [])][:1]
    if not fit:
        return -1
    members = [each.name for each in dice.sample(fit, dice.randint(1, len(fit)))]
    keeps = dice.choice([None, True, False]) if kind == "network" and word == "tcp" else None
    net.targets.append(Targets(word, port, type_, members, keeps))
    return len(net.targets) - 1
