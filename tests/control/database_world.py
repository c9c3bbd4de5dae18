"""A primary and a standby in virtual time, with a driver that may be killed at any point.

Nodes behave as PostgreSQL was measured to: a stopped process keeps its role and may wake, a
standby that is gone leaves writes waiting and no timeout fires, a promoted node parts from the
old history. The checks know nothing of the state machine: they look at the nodes, at the record
on disk, and at which writes were acknowledged.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field

from seatrial.control import failover
from seatrial.control.database import (
    Action,
    Database,
    Died,
    Done,
    DropSync,
    Failed,
    FailoverRequested,
    FailoverRule,
    Fence,
    PointEndpoint,
    ProbeFailed,
    ProbePassed,
    Promote,
    RecordDegraded,
    Rejoin,
    Restart,
    Resync,
    Seen,
    StandbyStalled,
    StandbyStreaming,
    Tick,
    durable,
    resume,
)
from tests.control.world import REAL, Agenda, Breach, Decisions, Figures

DISTURBED = 40.0
SETTLED_BY = 90.0


@dataclass
class Node:
    name: str
    process: str = "up"  # up, frozen or down
    primary: bool = False  # the role of the running process
    signal: bool = False  # standby.signal on disk
    names: bool = False  # synchronous_standby_names is set
    source: str | None = None  # where a standby streams from
    writes: set[int] = field(default_factory=set)
    zone_lost: bool = False

    @property
    def writable(self) -> bool:
        """Whether it takes writes or will on waking."""
        return self.process != "down" and self.primary


class DatabaseWorld:
    def __init__(self, seed: int, decisions: Decisions = REAL) -> None:
        self.random = random.Random(f"database {seed}")
        self.decisions = decisions
        self.agenda = Agenda()
        self.figures: Figures = Figures()
        chance = self.random
        multi = chance.random() < 0.85
        self.rule = FailoverRule(
            probe_interval=chance.choice([0.25, 0.5, 1.0]),
            probe_failures=chance.choice([1, 2, 3]),
            delay=chance.choice([0.0, 0.0, 1.0, 2.0]),
            stall=0.5,
            patience=chance.choice([1.0, 5.0]),
        )
        self.nodes = {"a": Node("a", primary=True, names=multi)}
        if multi:
            self.nodes["b"] = Node("b", signal=True, source="a")
        self.endpoint = "a"
        self.acknowledged: set[int] = set()
        self.waiting: dict[int, float] = {}
        self.next_write = 0
        # The driver: what it knows, what it wrote down, and which of its lives it is in.
        self.state = Database("a", "b" if multi else None)
        self.disk = json.dumps(durable(self.state))
        self.written = (self.state.epoch, self.state.standby_state)
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
        agenda.at(DISTURBED, self.calm)
        agenda.run(DISTURBED)
        while agenda.now < SETTLED_BY:
            agenda.run(agenda.now + 1.0)
            if self.settled():
                return self.figures
        raise Breach(
            "a database recovers", agenda.now, f"{self.state} on {list(self.nodes.values())}"
        )

    def settled(self) -> bool:
        primary = self.nodes[self.state.primary]
        whole = self.state.phase == "steady" and self.state.promoted and self.state.synced
        served = primary.process == "up" and primary.primary and self.endpoint == primary.name
        streams = self.state.standby is None or self.streams(self.nodes[self.state.standby])
        return whole and served and streams and not self.waiting and self.alive

    def calm(self) -> None:
        """End the disturbances: zones are back; what is frozen or dead stays so."""
        for node in self.nodes.values():
            node.zone_lost = False

    def disturb(self) -> None:
        chance = self.random
        if self.agenda.now >= DISTURBED:
            return
        node = chance.choice(list(self.nodes.values()))
        kind = chance.choices(
            ["kill", "freeze", "zone", "driver", "power", "request"], [6, 6, 2, 6, 1, 1]
        )[0]
        self.figures[f"database {kind}"] += 1
        match kind:
            case "kill":
                self.kill(node)
            case "freeze":
                if node.process == "up":
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
                    each.process = "down"
                self.lose_waiting()
                self.kill_driver(cold=True)
            case _:
                self.see(FailoverRequested())

    def kill(self, node: Node) -> None:
        if node.process == "down":
            return
        node.process = "down"
        if node.name == self.endpoint:
            self.lose_waiting()
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

    def streams(self, node: Node) -> bool:
        if node.process != "up" or node.primary or node.source is None:
            return False
        source = self.nodes[node.source]
        return source.process == "up" and source.primary

    def standbys_of(self, node: Node) -> list[Node]:
        return [n for n in self.nodes.values() if n.source == node.name and self.streams(n)]

    def write(self) -> None:
        """Let a client write through the endpoint; acknowledge what PostgreSQL would."""
        self.agenda.after(0.25, self.write)
        node = self.nodes[self.endpoint]
        if node.process != "up" or not node.primary:
            return
        self.next_write += 1
        node.writes.add(self.next_write)
        self.waiting[self.next_write] = self.agenda.now
        self.release(node)

    def release(self, node: Node) -> None:
        """Let the standbys catch up, and acknowledge what no longer has to wait."""
        standbys = self.standbys_of(node)
        for standby in standbys:
            standby.writes |= node.writes
        if node.process == "up" and (standbys or not node.names):
            self.acknowledged.update(self.waiting)
            self.waiting.clear()

    def lose_waiting(self) -> None:
        """Let the clients of a dead primary go: their writes were never acknowledged."""
        self.waiting.clear()

    # The driver

    def probe(self) -> None:
        self.agenda.after(self.rule.probe_interval, self.probe)
        if not self.alive:
            return
        primary = self.nodes[self.state.primary]
        answers = primary.process == "up" and primary.primary
        self.see(ProbePassed(primary.name) if answers else ProbeFailed(primary.name))
        if self.state.standby is not None and answers:
            standby = self.nodes[self.state.standby]
            oldest = min(self.waiting.values(), default=self.agenda.now)
            if self.streams(standby):
                self.release(self.nodes[self.endpoint])
                if self.state.standby_state != "streaming" or not self.state.synced:
                    self.see(StandbyStreaming(standby.name))
            elif self.agenda.now - oldest > self.rule.stall:
                self.see(StandbyStalled(standby.name))
        self.see(Tick())

    def see(self, seen: Seen) -> None:
        if not self.alive:
            return
        before = self.state
        self.state = self.decisions.observe(before, self.agenda.now, seen, self.rule)
        if self.decisions.record_first and self.state is not before:
            self.write_down()
        self.work()

    def write_down(self) -> None:
        state = self.state
        if (state.epoch, state.standby_state) != self.written:
            self.written = (state.epoch, state.standby_state)
            self.disk = json.dumps(durable(state))

    def work(self) -> None:
        """Begin the pending action unless it is being done."""
        action = failover.pending(self.state)
        if action is None or action == self.doing:
            return
        self.doing = action
        chance, life = self.random, self.life
        begun = chance.uniform(0.0, 0.2)
        ended = begun + chance.uniform(0.0, 0.5)
        self.agenda.after(begun, lambda: self.carry_out(action, life, ended - begun))

    def carry_out(self, action: Action, life: int, rest: float) -> None:
        if life != self.life or not self.alive or action != self.doing:
            return
        done = self.take_effect(action)
        self.check()
        if not self.decisions.record_first:
            self.agenda.after(rest / 2, lambda: self.write_down() if life == self.life else None)
        rest = rest if done else rest + 1.0
        self.agenda.after(rest, lambda: self.confirm(action, life, done))

    def confirm(self, action: Action, life: int, done: bool) -> None:
        if life != self.life or not self.alive or action != self.doing:
            return
        self.doing = None
        self.figures[f"database {type(action).__name__}"] += done
        self.see(Done(action) if done else Failed(action))

    def kill_driver(self, *, cold: bool) -> None:
        """Kill the driver, with whatever it was doing, and start it from its record."""
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
        self.written = (self.state.epoch, self.state.standby_state)
        if cold:
            self.state = failover.cold_start(self.state)
            self.write_down()
        for node in self.nodes.values():
            if node.process == "down" and not cold:
                self.see(Died(node.name))
        self.work()

    # What actions do to nodes

    def take_effect(self, action: Action) -> bool:
        """Do an action to its node and say whether it worked."""
        node = self.nodes[action.node]
        self.check_order(action)
        match action:
            case Fence():
                if node.process != "down" and node.name == self.endpoint:
                    self.lose_waiting()
                node.process = "down"
                return True
            case Restart():
                return self.start(node)
            case Promote():
                return self.promote(node)
            case PointEndpoint():
                if self.endpoint != node.name:
                    self.lose_waiting()
                self.endpoint = node.name
                return True
            case RecordDegraded():
                return True
            case DropSync():
                if node.process != "up" or not node.primary:
                    return False
                node.names = False
                self.release(node)
                return True
            case Rejoin():
                return self.rejoin(node, self.nodes[self.state.primary])
            case Resync():
                return self.resync(node)
        raise AssertionError(action)

    def start(self, node: Node) -> bool:
        if node.process == "down" and not node.zone_lost:
            node.process = "up"
            node.primary = not node.signal
        return node.process == "up"

    def promote(self, node: Node) -> bool:
        if node.process != "up":
            return False
        if not node.primary:
            node.primary, node.signal, node.names, node.source = True, False, False, None
        return True

    def rejoin(self, node: Node, primary: Node) -> bool:
        if self.streams(node) and node.source == primary.name:
            return True
        node.process = "down"
        node.signal = True
        if node.zone_lost or primary.process != "up" or not primary.primary:
            return False
        node.process, node.primary, node.names = "up", False, False
        node.source, node.writes = primary.name, set(primary.writes)
        return True

    def resync(self, node: Node) -> bool:
        if node.process != "up" or not node.primary:
            return False
        caught_up = bool(self.standbys_of(node))
        # The standby may die after the names are set and before the driver sees it synchronous.
        if caught_up or self.random.random() < 0.5:
            node.names = True
        self.release(node)
        return caught_up

    # What must always hold

    def check(self) -> None:
        self.figures["database checks"] += 1
        writable = [n.name for n in self.nodes.values() if n.writable]
        if len(writable) > 1:
            raise Breach("never two writable primaries", self.agenda.now, f"{self.state}")
        node = self.nodes[self.endpoint]
        if node.process == "up" and node.primary and not self.acknowledged <= node.writes:
            lost = len(self.acknowledged - node.writes)
            raise Breach("no acknowledged write is lost", self.agenda.now, f"{lost} lost")

    def check_order(self, action: Action) -> None:
        """Hold an action against what is on disk at that moment."""
        record = json.loads(self.disk)
        if isinstance(action, Promote | Restart | DropSync) and action.node != record["primary"]:
            raise Breach(
                "only the recorded primary is made writable or degraded",
                self.agenda.now,
                f"{action} while the record says {record}",
            )
        if isinstance(action, DropSync) and record["synced"]:
            raise Breach("degraded is recorded first", self.agenda.now, f"{action}: {record}")
