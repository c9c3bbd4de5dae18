"""A primary and its replicas in virtual time, with a driver that may be killed at any point.

Nodes behave as Valkey was measured to: nothing is on a disk, a stopped process keeps its role and
may wake, a replica that meets another history throws its own away, and one that follows an empty
primary is emptied. The checks know nothing of the state machine: they look at the nodes, at the
record on disk, and at what a replica that answered held when nobody served.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field

from seatrial.control import replication
from seatrial.control.database import (
    Action,
    Died,
    Done,
    Failed,
    FailoverRequested,
    FailoverRule,
    Fence,
    PointEndpoint,
    ProbeFailed,
    ProbePassed,
    Promote,
    Restart,
    Tick,
)
from seatrial.control.replication import Choose, Group, Held, Seen, durable, resume
from tests.control.world import REAL, Agenda, Breach, Decisions, Figures

DISTURBED = 40.0
SETTLED_BY = 90.0


@dataclass
class Node:
    name: str
    process: str = "up"  # up, frozen or down
    primary: bool = False  # the role of the running process
    source: str | None = None  # whom a replica follows
    whole: bool = False  # a replica whose first copy was finished
    writes: list[int] = field(default_factory=list)
    zone_lost: bool = False

    @property
    def writable(self) -> bool:
        """Whether it takes writes or will on waking."""
        return self.process != "down" and self.primary

    def end(self) -> None:
        self.process, self.whole, self.writes = "down", False, []


class CacheWorld:
    def __init__(self, seed: int, decisions: Decisions = REAL) -> None:
        self.random = random.Random(f"cache {seed}")
        self.decisions = decisions
        self.agenda = Agenda()
        self.figures: Figures = Figures()
        chance = self.random
        names = tuple("abc"[: chance.choice([1, 2, 2, 3])])
        self.rule = FailoverRule(
            probe_interval=chance.choice([0.25, 0.5, 1.0]),
            probe_failures=chance.choice([1, 2, 3]),
            delay=chance.choice([0.0, 0.0, 1.0, 2.0]),
            patience=2.0,
        )
        self.nodes = {name: Node(name, source="a", whole=True) for name in names}
        self.nodes["a"].primary, self.nodes["a"].source = True, None
        self.endpoint = "a"
        self.next_write = 0
        self.held: dict[str, list[int]] = {}
        self.silent: dict[str, float] = {}
        # The driver: what it knows, what it wrote down, and which of its lives it is in.
        self.state = Group("a", names)
        self.disk = json.dumps(durable(self.state))
        self.life = 1
        self.alive = True
        self.doing: Action | None = None

    # The course of events

    def run(self) -> Figures:
        chance, agenda = self.random, self.agenda
        for _ in range(chance.randrange(1, 13)):
            agenda.at(chance.uniform(0.5, DISTURBED), self.disturb)
        agenda.at(0.0, self.probe)
        agenda.at(0.05, self.write)
        agenda.at(0.1, self.replicate)
        agenda.at(DISTURBED, self.calm)
        agenda.run(DISTURBED)
        while agenda.now < SETTLED_BY:
            agenda.run(agenda.now + 1.0)
            if self.settled():
                return self.figures
        raise Breach("a cache recovers", agenda.now, f"{self.state} on {list(self.nodes.values())}")

    def settled(self) -> bool:
        primary = self.nodes[self.state.primary]
        served = primary.process == "up" and primary.primary and self.endpoint == primary.name
        follow = all(self.follows(n) for n in self.nodes.values() if n is not primary)
        return self.state.phase == "steady" and served and follow and self.alive

    def calm(self) -> None:
        for node in self.nodes.values():
            node.zone_lost = False

    def disturb(self) -> None:
        chance = self.random
        if self.agenda.now >= DISTURBED:
            return
        node = chance.choice(list(self.nodes.values()))
        kind = chance.choices(
            ["kill", "freeze", "zone", "driver", "power", "request"], [6, 6, 2, 6, 1, 2]
        )[0]
        self.figures[f"cache {kind}"] += 1
        match kind:
            case "kill":
                self.kill(node)
            case "freeze" if node.process == "up":
                node.process = "frozen"
                self.agenda.after(chance.expovariate(1 / 3.0), lambda: self.wake(node))
            case "zone":
                node.zone_lost = True
                self.kill(node)
                self.agenda.after(chance.uniform(1, 15), lambda: self.zone_back(node))
            case "driver":
                self.kill_driver(cold=False)
            case "power":
                for each in self.nodes.values():
                    each.end()
                self.kill_driver(cold=True)
            case "request" if any(self.follows(each) for each in self.nodes.values()):
                self.see(FailoverRequested())

    def kill(self, node: Node) -> None:
        if node.process != "down":
            node.end()
            self.agenda.after(0.004, lambda: self.tell_death(node))

    def tell_death(self, node: Node) -> None:
        if node.process == "down":
            self.see(Died(node.name))

    def wake(self, node: Node) -> None:
        if node.process == "frozen":
            node.process = "up"
            self.check()

    def zone_back(self, node: Node) -> None:
        node.zone_lost = False

    # Replication and clients

    def follows(self, node: Node) -> bool:
        if node.process != "up" or node.primary or node.source is None:
            return False
        source = self.nodes[node.source]
        return source.process == "up" and source.primary

    def write(self) -> None:
        self.agenda.after(0.2, self.write)
        node = self.nodes[self.endpoint]
        if node.process == "up" and node.primary:
            self.next_write += 1
            node.writes.append(self.next_write)

    def replicate(self) -> None:
        """Let each replica receive a part of what its primary has, or begin a copy."""
        self.agenda.after(self.random.uniform(0.05, 0.4), self.replicate)
        for node in self.nodes.values():
            if not self.follows(node) or node.source is None:
                continue
            there = self.nodes[node.source].writes
            if there[: len(node.writes)] != node.writes:
                node.writes, node.whole = [], False  # another history: a full copy begins
                continue
            node.writes = there[: self.random.randint(len(node.writes), len(there))]
            node.whole = True

    # The driver

    def probe(self) -> None:
        self.agenda.after(self.rule.probe_interval, self.probe)
        if not self.alive:
            return
        primary = self.nodes[self.state.primary]
        if self.state.promoted and primary.process == "down":
            self.see(Died(primary.name))
        elif self.state.promoted:
            answers = primary.process == "up" and primary.primary
            self.see(ProbePassed(primary.name) if answers else ProbeFailed(primary.name))
        for node in self.nodes.values():
            self.mend(node)
        self.see(Tick())

    def mend(self, node: Node) -> None:
        """Do what the conductor does to a replica."""
        state = self.state
        serving = state.promoted and state.phase in ("steady", "pointing")
        if node.name == state.primary or not serving or node.zone_lost or not self.alive:
            return
        if self.nodes[state.primary].process == "down":
            return
        if node.process == "frozen":
            since = self.silent.setdefault(node.name, self.agenda.now)
            if self.agenda.now - since >= self.rule.patience:
                node.end()
            return
        self.silent.pop(node.name, None)
        if node.process == "down" or node.primary:
            node.end()
            node.process, node.primary = "up", False
        node.source = state.primary

    def see(self, seen: Seen) -> None:
        if not self.alive:
            return
        before = self.state
        self.state = self.decisions.follow(before, self.agenda.now, seen, self.rule)
        if self.decisions.record_first:
            self.write_down()
        self.work()

    def write_down(self) -> None:
        self.disk = json.dumps(durable(self.state))

    def work(self) -> None:
        """Begin the pending action unless it is being done."""
        action = replication.pending(self.state)
        if action is None or action == self.doing:
            return
        self.doing = action
        chance, life = self.random, self.life
        rest = chance.uniform(0.0, 0.5)
        self.agenda.after(chance.uniform(0.0, 0.2), lambda: self.carry_out(action, life, rest))

    def carry_out(self, action: Action, life: int, rest: float) -> None:
        if life != self.life or not self.alive or action != self.doing:
            return
        seen = self.take_effect(action)
        self.check()
        if not self.decisions.record_first:
            self.agenda.after(rest / 2, lambda: self.write_down() if life == self.life else None)
        failed = isinstance(seen, Failed)
        self.agenda.after(rest + failed, lambda: self.confirm(action, life, seen))

    def confirm(self, action: Action, life: int, seen: Seen) -> None:
        if life != self.life or not self.alive or action != self.doing:
            return
        self.doing = None
        self.figures[f"cache {type(action).__name__}"] += not isinstance(seen, Failed)
        self.see(seen)

    def kill_driver(self, *, cold: bool) -> None:
        if not self.alive and not cold:
            return
        self.alive = False
        self.life += 1
        self.doing = None
        life = self.life
        self.agenda.after(self.random.uniform(0.0, 2.0), lambda: self.start_driver(life, cold=cold))

    def start_driver(self, life: int, *, cold: bool) -> None:
        if life != self.life:
            return
        self.alive = True
        self.state = resume(json.loads(self.disk))
        if cold or all(node.process == "down" for node in self.nodes.values()):
            self.state = replication.cold_start(self.state)
            self.write_down()
        elif self.nodes[self.state.primary].process == "down":
            self.see(Died(self.state.primary))
        self.work()

    # What actions do to nodes

    def take_effect(self, action: Action) -> Seen:
        node = self.nodes[action.node]
        self.check_order(action)
        match action:
            case Fence():
                node.end()
            case Choose():
                others = [n for n in self.nodes.values() if n is not node]
                self.held = {
                    n.name: list(n.writes) for n in others if n.process == "up" and n.whole
                }
                return Held(action, {name: len(writes) for name, writes in self.held.items()})
            case Restart():
                if node.zone_lost:
                    return Failed(action)
                for each in self.nodes.values():
                    each.end()
                node.process, node.primary, node.source = "up", True, None
            case Promote():
                if node.process != "up":
                    return Failed(action)
                node.primary, node.source = True, None
            case PointEndpoint():
                self.endpoint = node.name
        return Done(action)

    # What must always hold

    def check(self) -> None:
        self.figures["cache checks"] += 1
        writable = [n.name for n in self.nodes.values() if n.writable]
        if len(writable) > 1:
            raise Breach("never two writable primaries", self.agenda.now, f"{self.state}")

    def check_order(self, action: Action) -> None:
        """Hold an action against what is on disk at that moment, and what replicas held."""
        now, record = self.agenda.now, json.loads(self.disk)
        if not isinstance(action, Promote | Restart):
            return
        if action.node != record["primary"]:
            told = f"{action} while the record says {record}"
            raise Breach("only the recorded primary is made writable", now, told)
        most = max((len(writes) for writes in self.held.values()), default=0)
        lives = {name for name in self.held if self.nodes[name].process == "up"}
        if isinstance(action, Restart) and any(self.held[name] for name in lives):
            raise Breach("nothing begins anew while a replica holds data", now, f"{self.held}")
        if isinstance(action, Promote) and len(self.held.get(action.node, ())) < most:
            raise Breach("the replica that holds the most is promoted", now, f"{self.held}")
        if isinstance(action, Restart):
            self.held = {}
