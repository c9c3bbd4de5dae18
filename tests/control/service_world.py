"""A service behind a load balancer in virtual time: tasks, zones, load, deployments, scaling.

Every `step` the driver looks, decides by the real control modules and acts; tasks crash, hang and
start slowly in between, and the driver itself is killed between any two of its actions. The checks
work on the world's own books: health as the load balancer has it, its own log of scalings and of
datapoints, its own arithmetic for percentages.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from seatrial.control.backoff import StartThrottle
from seatrial.control.deployment import BreakerRule
from seatrial.control.health import HealthRule, TargetHealth
from seatrial.control.schedule import Once, ScheduledAction
from seatrial.control.service import DeploymentRule, Start, Stop, TaskView, task_state
from seatrial.control.tracking import Bounds, Cooldown, Decision, TrackingRule
from tests.control.world import MOMENT, REAL, Agenda, Breach, Decisions, Figures

DISTURBED_STEPS = 70
SETTLED_STEPS = 400
MINIMUM = "never below the minimum healthy percent by our own doing"
MAXIMUM = "never above the maximum percent by our own doing"
ENDS = "a deployment completes, rolls back, or has nothing to roll back to"
BOUNDS = "no scaling outside the bounds"
COOLDOWN = "no scaling against a cool-down"
GROUNDS = "no scaling without the datapoints for it"
RECOVERS = "a service recovers"


@dataclass
class Version:
    """How the tasks of a version behave: `good`, `crashing` or `sick`, and how slow they are."""

    name: str
    kind: str
    pending: float
    boot: float


@dataclass
class Task:
    id: str
    version: Version
    zone: str
    started: float
    running_at: float
    ready_at: float
    target: TargetHealth | None = None
    was_healthy: bool = False
    hangs_until: float = -1.0
    leaving: bool = False

    @property
    def healthy(self) -> bool:
        return not self.leaving and self.target is not None and self.target.state == "healthy"


@dataclass
class Scaling:
    """One entry of the world's own log of what target tracking did."""

    at: float
    before: int
    decision: Decision


@dataclass
class Books:
    """What the world wrote down itself, to hold the decisions against."""

    scalings: list[Scaling] = field(default_factory=list)
    datapoints: list[list[float | None]] = field(default_factory=list)


class ServiceWorld:
    def __init__(self, seed: int, decisions: Decisions = REAL) -> None:
        chance = self.random = random.Random(f"service {seed}")
        self.decisions = decisions
        self.agenda = Agenda()
        self.figures: Figures = Figures()
        self.step = chance.choice([5.0, 10.0, 20.0])
        self.zones = ["a", "b", "c"][: chance.choice([1, 2, 2, 3, 3])]
        self.lost: set[str] = set()
        self.bounds = Bounds(chance.randrange(1, 4), chance.randrange(4, 9))
        self.desired = chance.randrange(self.bounds.minimum, self.bounds.maximum + 1)
        self.rule = self.any_rule()
        self.health = HealthRule(
            self.step, 5.0, chance.choice([2, 3, 5]), chance.choice([2, 3]), "200-299"
        )
        self.grace = chance.choice([0.0, 30.0, 60.0])
        kind, value = chance.choice(
            [
                ("BOUNDED_PERCENT", 50),
                ("BOUNDED_PERCENT", 100),
                ("UNBOUNDED_PERCENT", 25),
                ("COUNT", 4),
            ]
        )
        self.breaker = BreakerRule(
            rollback=chance.random() < 0.9,
            threshold_type=kind,
            threshold_value=value,
            reset_on_healthy_task=chance.random() < 0.9,
            alarms=chance.random() < 0.3,
            bake=chance.choice([0.0, 60.0]),
        )
        self.tracking_rules = self.any_policies()
        self.load = chance.uniform(50, 400)
        self.tasks: dict[str, Task] = {}
        self.versions: dict[str, Version] = {}
        self.books = Books(datapoints=[[] for _ in self.tracking_rules])
        self.disk = json.dumps({"deployments": [], "cooldowns": []})
        self.stop_after: int | None = None
        self.start_driver()
        self.deploy(good=True)

    def any_rule(self) -> DeploymentRule:
        """Choose percentages that can move at every desired count that scaling may reach."""
        while True:
            low = self.random.choice([0, 50, 50, 75, 100, 100, 100, 100])
            high = self.random.choice([100, 125, 150, 200, 200, 200])
            if low == high == 100:
                continue
            rule = DeploymentRule(low, high)
            counts = range(1, self.bounds.maximum + 1)
            if not any(rule.blocks(count) for count in counts):
                return rule

    def any_policies(self) -> list[TrackingRule]:
        return [
            TrackingRule(
                metric,
                self.random.choice([50.0, 70.0]),
                self.random.choice([3, 6]) * self.step,
                self.random.choice([5, 10]) * self.step,
                self.step,
                self.random.choice([2, 3]),
                self.random.choice([4, 8]),
            )
            for metric in ("cpu", "memory")[: self.random.randrange(0, 3)]
        ]

    # The course of events

    def run(self) -> Figures:
        chance, step = self.random, self.step
        end = DISTURBED_STEPS * step
        for _ in range(chance.randrange(2, 15)):
            self.agenda.at(chance.uniform(0, end), self.disturb)
        for number in range(DISTURBED_STEPS):
            self.agenda.run(number * step)
            self.turn()
        self.lost.clear()
        for task in self.tasks.values():
            task.hangs_until = min(task.hangs_until, self.agenda.now)
        self.settle()
        if self.ended_badly():
            # Only a new deployment leaves such an end.
            self.figures["deployments stalled"] += 1
            self.deploy(good=True)
            self.settle()
        for deployment in self.deployments.history:
            self.figures[f"deployments {deployment.status}"] += 1
            self.figures["deployments that roll back"] += deployment.rolls_back is not None
        return self.figures

    def settle(self) -> None:
        for _ in range(SETTLED_STEPS):
            self.agenda.run(self.agenda.now + self.step)
            self.turn()
            if self.settled():
                return
        current = self.deployments.current
        invariant = ENDS if self.deployments.in_progress else RECOVERS
        raise Breach(invariant, self.agenda.now, f"{current}, {self.desired} of {self.views()}")

    def settled(self) -> bool:
        if not self.alive or self.deployments.in_progress:
            return False
        if self.ended_badly():
            return True
        staying = [t for t in self.tasks.values() if not t.leaving]
        if len(staying) != self.desired or not all(t.healthy for t in staying):
            return False
        counts = Counter(t.zone for t in staying)
        spread = max(counts[z] for z in self.zones) - min(counts[z] for z in self.zones)
        return spread <= 1 or self.rule.maximum(self.desired) <= self.desired

    def ended_badly(self) -> bool:
        """Whether a deployment failed with nothing to roll back to, or completed with no task."""
        version = self.versions[self.deployments.version or ""]
        return not self.deployments.launching or version.kind != "good"

    def disturb(self) -> None:
        chance = self.random
        kind = chance.choices(
            ["crash", "hang", "zone", "load", "deploy", "driver", "bounds", "desired", "alarm"],
            [5, 4, 1, 5, 4, 4, 1, 1, 1],
        )[0]
        self.figures[f"service {kind}"] += 1
        tasks = list(self.tasks.values())
        match kind:
            case "crash" if tasks:
                self.end(chance.choice(tasks))
            case "hang" if tasks:
                task = chance.choice(tasks)
                task.hangs_until = self.agenda.now + chance.expovariate(1 / (5 * self.step))
            case "zone":
                zone = chance.choice(self.zones)
                self.lost.add(zone)
                for task in tasks:
                    if task.zone == zone:
                        self.end(task)
                self.agenda.after(
                    chance.uniform(1, 20) * self.step, lambda: self.lost.discard(zone)
                )
            case "load":
                self.load = chance.choice([5.0, chance.uniform(20, 600)])
            case "deploy" if self.alive:
                self.deploy(good=chance.random() < 0.5)
            case "driver":
                # Killed after so many further actions, or at once where it takes none.
                self.stop_after = chance.randrange(0, 3)
            case "bounds":
                low = chance.randrange(0, 4)
                action = ScheduledAction("shift", Once(MOMENT), low, low + chance.randrange(1, 6))
                self.bounds = action.apply(self.bounds)
            case "desired":
                self.desired = self.bounds.clamp(chance.randrange(0, 9))
            case "alarm" if self.alive:
                self.deployments.alarm_fired(self.agenda.now, "errors")
            case _:
                pass

    def deploy(self, *, good: bool) -> None:
        chance = self.random
        kind = "good" if good else chance.choice(["crashing", "sick", "exiting"])
        slow = chance.random() < 0.3
        # A good version is healthy before its failed checks count, after the grace period.
        patience = self.grace - (self.health.healthy_threshold + 2) * self.step
        version = Version(
            f"v{len(self.versions) + 1}",
            kind,
            chance.uniform(1, 60 if slow else 15),
            chance.uniform(0, max(0.9 * self.step, patience)) if good else chance.uniform(1, 30),
        )
        self.versions[version.name] = version
        self.deployments.deploy(self.agenda.now, version.name)
        self.throttle.started()
        self.write_down()

    def end(self, task: Task) -> None:
        """Let a task's process end by itself."""
        if self.tasks.pop(task.id, None) is None or task.leaving:
            return
        if task.target is None:
            self.throttle.start_failed(self.agenda.now)
        failure = "exit" if task.was_healthy else "start"
        self.task_failed(task, failure)

    def task_failed(self, task: Task, failure: str) -> None:
        if self.alive:
            name = task.version.name
            self.deployments.task_failed(self.agenda.now, failure, name, self.desired)

    # One turn of the driver

    def turn(self) -> None:
        self.live()
        self.scale()
        if self.alive and self.stop_after != 0:
            if self.deployments.advance(self.agenda.now, self.desired, self.views()):
                self.check_completed()
            self.write_down()
            self.act()
        if self.stop_after is not None:
            self.kill_driver()
        elif not self.alive:
            self.start_driver()
        self.check_end()

    def live(self) -> None:
        """Let the tasks' own lives and the load balancer's checks go on."""
        now = self.agenda.now
        for task in list(self.tasks.values()):
            version = task.version
            if task.leaving:
                if now >= task.hangs_until:
                    del self.tasks[task.id]
                continue
            if now < task.running_at:
                continue
            if task.target is None:
                if version.kind == "crashing":
                    self.end(task)
                    continue
                task.target = TargetHealth(self.health)
                self.throttle.started()
            if version.kind == "exiting" and now >= task.ready_at:
                self.end(task)
                continue
            passed = version.kind == "good" and now >= max(task.ready_at, task.hangs_until)
            if task.target.observe(passed, "" if passed else "Target.Timeout") and passed:
                task.was_healthy = True
                if self.alive:
                    self.deployments.task_healthy(version.name)

    def views(self) -> list[TaskView]:
        now = self.agenda.now
        return [
            TaskView(
                task.id,
                task.version.name,
                task.zone,
                "stopping"
                if task.leaving
                else task_state(
                    task.target.state if task.target else "initial",
                    now - task.running_at,
                    self.grace,
                ),
                task.started,
            )
            for task in self.tasks.values()
        ]

    def act(self) -> None:
        launching = self.deployments.launching and self.throttle.ready(self.agenda.now)
        decisions = self.decisions.plan(
            self.desired,
            self.views(),
            self.deployments.version,
            self.rule,
            self.zones,
            lost=self.lost,
            launching=launching,
        )
        for decision in decisions:
            if self.stop_after is not None:
                self.stop_after -= 1
                if self.stop_after < 0:
                    return
            if isinstance(decision, Start):
                self.start(decision)
            else:
                self.stop(decision)

    def start(self, start: Start) -> None:
        self.figures["starts"] += 1
        active = sum(not task.leaving for task in self.tasks.values())
        most = math.floor(Fraction(self.desired * self.rule.maximum_percent, 100))
        if active + 1 > most:
            raise Breach(MAXIMUM, self.agenda.now, f"{active + 1} tasks, at most {most}")
        version, now = self.versions[start.version], self.agenda.now
        running_at = now + version.pending
        task = Task(
            f"t{self.figures['starts']}",
            version,
            start.zone,
            now,
            running_at,
            running_at + version.boot,
        )
        self.tasks[task.id] = task

    def stop(self, stop: Stop) -> None:
        self.figures[f"stops for {stop.reason}"] += 1
        task = self.tasks[stop.task_id]
        if task.healthy:
            left = sum(other.healthy for other in self.tasks.values()) - 1
            least = math.ceil(Fraction(self.desired * self.rule.minimum_healthy_percent, 100))
            if left < least:
                raise Breach(MINIMUM, self.agenda.now, f"{left} healthy, at least {least}: {stop}")
        task.leaving = True
        task.hangs_until = self.agenda.now + self.random.choice([0.0, 30.0])
        if stop.reason == "unhealthy":
            self.task_failed(task, "health")

    # Scaling

    def scale(self) -> None:
        """Give each policy its datapoint and apply what they decide."""
        if not self.tracking_rules:
            return
        now = self.agenda.now
        healthy = sum(task.healthy for task in self.tasks.values())
        for index, log in enumerate(self.books.datapoints):
            value: float | None = None
            if healthy and self.random.random() > 0.03:
                value = min(100.0, self.load / healthy * (1.0 if index == 0 else 0.7))
            log.append(value)
            if self.alive:
                self.policies[index].observe(now, value)
        if not self.alive:
            return
        deploying = self.deployments.in_progress
        decision = self.decisions.combine(
            self.policies, now, self.desired, self.bounds, deploying=deploying
        )
        if decision is None:
            return
        self.figures[f"scalings {decision.direction}"] += 1
        self.check_scaling(decision, deploying)
        if decision.direction != "bounds":
            self.books.scalings.append(Scaling(now, self.desired, decision))
        self.desired = decision.desired
        self.write_down()

    def check_scaling(self, decision: Decision, deploying: bool) -> None:
        now, after = self.agenda.now, decision.desired
        if not self.bounds.minimum <= after <= self.bounds.maximum:
            raise Breach(BOUNDS, now, f"{decision}, {self.bounds}")
        if after < self.desired and deploying:
            raise Breach(GROUNDS, now, f"{decision} during a deployment")
        if decision.direction == "in":
            self.check_in(decision)
        elif decision.direction == "out":
            self.check_out(decision)

    def check_in(self, decision: Decision) -> None:
        now, past = self.agenda.now, self.books.scalings
        wait = max(rule.scale_in_cooldown for rule in self.tracking_rules)
        last = past[-1] if past else None
        # A scale-out since then would have ended the cool-down of the scale-in before it.
        if last is not None and last.decision.direction == "in" and now - last.at < wait:
            raise Breach(COOLDOWN, now, f"{decision}, scaled in at {last.at}")
        for rule, log in zip(self.tracking_rules, self.books.datapoints, strict=True):
            recent = log[-rule.low_periods :]
            low = [v for v in recent if v is not None and v < rule.target * rule.low_ratio]
            if len(low) < rule.low_periods:
                raise Breach(GROUNDS, now, f"{decision}, {rule.metric} was {recent}")

    def check_out(self, decision: Decision) -> None:
        """Hold a scale-out against the most that any policy's datapoint can ask for."""
        now, most, due = self.agenda.now, 0, False
        for rule, log in zip(self.tracking_rules, self.books.datapoints, strict=True):
            recent = log[-rule.high_periods :]
            if log[-1] is not None and self.desired == 0:
                most, due = max(most, 1), True
            if len(recent) < rule.high_periods or any(
                v is None or v <= rule.target for v in recent
            ):
                continue
            due = True
            count = Fraction(recent[-1] or 0) / Fraction(rule.target) * self.origin(rule)
            most = max(most, math.ceil(count - Fraction(1, 10**6)))
        if not due:
            raise Breach(GROUNDS, now, f"{decision}, datapoints {self.books.datapoints}")
        if decision.desired > max(most, self.bounds.minimum):
            raise Breach(COOLDOWN, now, f"{decision}, but {most} at most")

    def origin(self, rule: TrackingRule) -> int:
        """Find the count that the running series of scale-outs began with."""
        outs = [s for s in self.books.scalings if s.decision.direction == "out"]
        if not outs or self.agenda.now - outs[-1].at >= rule.scale_out_cooldown:
            return self.desired
        first = len(outs) - 1
        while first and outs[first].at - outs[first - 1].at < rule.scale_out_cooldown:
            first -= 1
        return outs[first].before

    # The driver's death and return

    def kill_driver(self) -> None:
        self.figures["service driver kills"] += 1
        self.alive = False
        self.stop_after = None

    def start_driver(self) -> None:
        """Start the driver from its record: deployments and cool-downs, not datapoints."""
        record = json.loads(self.disk)
        self.written: tuple[object, list[Cooldown]] | None = None
        self.alive = True
        self.throttle = StartThrottle()
        self.deployments = self.decisions.deployments(self.breaker)
        self.deployments.resume(record["deployments"])
        self.policies = [self.decisions.tracking(rule) for rule in self.tracking_rules]
        for policy, cooldown in zip(self.policies, record["cooldowns"], strict=False):
            policy.resume(cooldown)

    def write_down(self) -> None:
        cooldowns = [policy.cooldown for policy in self.policies]
        if self.written is not None:
            history, before = self.written
            if history is self.deployments.history and before == cooldowns:
                return
        self.written = (self.deployments.history, cooldowns)
        self.disk = json.dumps(
            {
                "deployments": self.deployments.record(),
                "cooldowns": [policy.record() for policy in self.policies],
            }
        )

    def check_completed(self) -> None:
        """Hold a completed deployment against what its version is: only zero tasks hide it."""
        version = self.versions[self.deployments.version or ""]
        if version.kind != "good" and self.desired > 0:
            raise Breach(ENDS, self.agenda.now, f"{version} completed")

    def check_end(self) -> None:
        """Hold a failed deployment against its history: was there something to roll back to?"""
        self.figures["service checks"] += 1
        history = self.deployments.history
        if not history or history[-1].status != "FAILED" or not self.breaker.rollback:
            return
        if any(d.status == "COMPLETED" for d in history):
            raise Breach(ENDS, self.agenda.now, f"failed for good although {history}")
