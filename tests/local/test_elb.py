"""Target groups: who is checked, who is routed to, and who is let go, told to a fake proxy."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from seatrial.control.health import HealthRule
from seatrial.graph.values import Secret
from seatrial.local.addresses import Address
from seatrial.local.elb import GroupDefinition, LoadBalancer, read_groups, read_listeners
from seatrial.local.engines.envoy import FixedResponse, Forward, Redirect
from seatrial.local.pace import Pace
from tests.local.fakes import FakeProbe, FakeProxy, until
from tests.lower.systems import graph_of

ONE, TWO, THREE = (Address(f"127.0.0.{n}", 8000) for n in (11, 12, 13))
RULE = HealthRule(interval=0.5, timeout=4.0, healthy_threshold=2, unhealthy_threshold=2)
GROUP = GroupDefinition("Api", "/healthz", RULE, 90.0, "round_robin")


class Ground:
    """A load balancer of one group between a fake proxy and a fake probe."""

    def __init__(self, pace: float = 120.0) -> None:
        self.proxy = FakeProxy()
        self.probe = FakeProbe()
        self.changes = 0
        self.balancer = LoadBalancer(self.proxy, self.probe, Pace(pace), self.changed)
        self.balancer.define([GROUP])

    def changed(self) -> None:
        self.changes += 1

    def register(self, name: str, address: Address, *, healthy: bool = False) -> None:
        self.balancer.register("Api", name, address, healthy=healthy)

    def state(self, name: str) -> str:
        return self.balancer.health("Api", name)[0]

    async def healthy(self, name: str, address: Address) -> None:
        """Register a target and wait until requests go to it."""
        self.probe.well[address] = True
        self.register(name, address)
        await until(lambda: address in self.proxy.routed.get("Api", []), f"{name} is routed to")


def run(scenario: Callable[[Ground], Awaitable[None]], pace: float = 120.0) -> Ground:
    async def whole() -> Ground:
        ground = Ground(pace)
        try:
            await scenario(ground)
        finally:
            ground.balancer.close()
        return ground

    return asyncio.run(whole())


def test_a_target_gets_requests_once_it_has_answered_well() -> None:
    async def scenario(ground: Ground) -> None:
        ground.register("one", ONE)
        await until(lambda: len(ground.probe.asked) > 3)
        assert ground.proxy.told == []
        assert ground.state("one") == "initial"
        ground.probe.well[ONE] = True
        await until(lambda: ground.proxy.routed.get("Api") == [ONE])
        assert ground.state("one") == "healthy"
        assert ground.changes == 1
        assert ground.balancer.counts("Api") == (1, 0)

    ground = run(scenario)
    # The time limit of a request is a contract with the program: it is never paced.
    assert set(ground.probe.asked) == {(ONE, "/healthz", 4.0, "200")}


def test_a_sick_target_gets_no_more_requests_and_gets_them_again_when_well() -> None:
    async def scenario(ground: Ground) -> None:
        await ground.healthy("one", ONE)
        await ground.healthy("two", TWO)
        ground.probe.well[ONE] = False
        await until(lambda: ground.proxy.routed["Api"] == [TWO])
        assert ground.balancer.health("Api", "one") == ("unhealthy", "Target.FailedHealthChecks")
        assert ground.balancer.counts("Api") == (1, 1)
        ground.probe.well[ONE] = True
        await until(lambda: ground.proxy.routed["Api"] == [ONE, TWO])

    run(scenario)


def test_with_no_healthy_target_requests_go_to_all() -> None:
    async def scenario(ground: Ground) -> None:
        await ground.healthy("one", ONE)
        await ground.healthy("two", TWO)
        ground.probe.well = {}
        await until(lambda: ground.balancer.counts("Api") == (0, 2))
        await until(lambda: ground.proxy.routed["Api"] == [ONE, TWO])

    run(scenario)


def test_a_program_may_take_its_time_to_start_whatever_the_pace() -> None:
    async def paced(ground: Ground) -> None:
        ground.register("one", ONE)
        await until(lambda: len(ground.probe.asked) > 10 * RULE.unhealthy_threshold)
        assert ground.state("one") == "initial"

    async def real(ground: Ground) -> None:
        ground.register("one", ONE)
        await until(lambda: ground.state("one") == "unhealthy")
        assert len(ground.probe.asked) <= 2 * RULE.unhealthy_threshold

    run(paced)
    run(real, pace=1.0)


def test_a_target_drains_before_it_is_let_go() -> None:
    async def scenario(ground: Ground) -> None:
        await ground.healthy("one", ONE)
        await ground.healthy("two", TWO)
        ground.proxy.idle.clear()
        leaving = asyncio.create_task(ground.balancer.deregister("Api", "one"))
        await until(lambda: ground.proxy.waits)
        assert ground.proxy.routed["Api"] == [TWO]
        assert ground.proxy.waits == [(ONE, 90.0)]  # the delay is never paced
        assert ground.state("one") == "draining"
        asked = sum(each[0] == ONE for each in ground.probe.asked)
        await asyncio.sleep(0.03)
        assert not leaving.done()
        assert ground.state("one") == "draining"
        ground.proxy.idle.set()
        await leaving
        assert ground.state("one") == "initial"  # forgotten
        checked = sum(each[0] == ONE for each in ground.probe.asked)
        await asyncio.sleep(0.03)
        assert sum(each[0] == ONE for each in ground.probe.asked) == checked >= asked
        assert all(ONE not in told for _, told in ground.proxy.told[-2:])

    run(scenario)


def test_the_last_target_of_a_group_is_not_routed_to_while_it_drains() -> None:
    async def scenario(ground: Ground) -> None:
        await ground.healthy("one", ONE)
        await ground.balancer.deregister("Api", "one")
        assert ground.proxy.routed["Api"] == []

    run(scenario)


def test_a_target_whose_process_is_gone_is_forgotten_at_once() -> None:
    async def scenario(ground: Ground) -> None:
        await ground.healthy("one", ONE)
        await ground.healthy("two", TWO)
        ground.balancer.remove("Api", "one")
        ground.balancer.remove("Api", "one")
        await until(lambda: ground.proxy.routed["Api"] == [TWO])
        await ground.balancer.deregister("Api", "one")
        assert ground.proxy.waits == []

    run(scenario)


def test_a_target_that_was_healthy_before_a_restart_is_routed_to_before_any_check() -> None:
    async def scenario(ground: Ground) -> None:
        ground.probe.silent = {ONE, TWO}
        ground.register("one", ONE, healthy=True)
        ground.register("two", TWO)
        await until(lambda: ground.proxy.routed.get("Api") == [ONE])
        assert ground.state("one") == "healthy"

    run(scenario)


def test_registering_twice_is_registering_once() -> None:
    async def scenario(ground: Ground) -> None:
        await ground.healthy("one", ONE)
        ground.register("one", TWO)
        await asyncio.sleep(0.02)
        assert ground.proxy.routed["Api"] == [ONE]
        assert all(each[0] == ONE for each in ground.probe.asked)

    run(scenario)


def test_a_changed_graph_keeps_the_targets_of_the_groups_that_stay() -> None:
    async def scenario(ground: Ground) -> None:
        await ground.healthy("one", ONE)
        ground.balancer.define([GROUP, GroupDefinition("Other", "/", RULE, 0.0, "round_robin")])
        assert ground.balancer.counts("Api") == (1, 0)
        assert ground.balancer.counts("Other") == (0, 0)
        ground.proxy.routed.clear()
        await ground.balancer.route_all()
        assert ground.proxy.routed == {"Api": [ONE], "Other": []}

    run(scenario)


@pytest.mark.parametrize("seed", range(10))
def test_what_the_proxy_was_told_last_is_what_is_true(seed: int) -> None:
    """Many changes at once: the last word must never be an old one."""

    async def scenario(ground: Ground) -> None:
        chance = random.Random(seed)
        ground.proxy.turns = lambda: chance.randrange(30)
        names = {f"t{n}": Address("127.0.0.1", 9000 + n) for n in range(6)}
        for name, address in names.items():
            ground.probe.well[address] = chance.random() < 0.7
            ground.register(name, address, healthy=True)
        gone = chance.sample(list(names), 3)
        await asyncio.gather(*(ground.balancer.deregister("Api", name) for name in gone))
        left = {name: each for name, each in names.items() if name not in gone}
        sick = {name for name, each in left.items() if not ground.probe.well[each]}
        await until(lambda: all(ground.state(name) == "unhealthy" for name in sick))
        well = [each for name, each in left.items() if name not in sick]
        for _ in range(1000):  # every change under way is through
            await asyncio.sleep(0)
        assert ground.proxy.routed["Api"] == (well or list(left.values()))

    run(scenario)


WEB = (
    'api = Service("api", "app", ["run"], port=8000, drain=7, health=Health("/up", codes="204"))\n'
)


def test_groups_are_read_as_the_graph_asks() -> None:
    (group,) = read_groups(graph_of(WEB + 'system = System("shop", api)'))
    rule = HealthRule(30, 5, 2, 3, "204")
    assert group == GroupDefinition("ApiTargets", "/up", rule, 7.0, "round_robin")


def test_listeners_are_read_with_their_rules_and_speak_http_here() -> None:
    graph = graph_of(
        WEB + 'more = Service("more", "app", ["run"], port=9, paths=["/m/*"], hosts=["m.x.io"])\n'
        'system = System("shop", api, more, domain=Domain("api.example.com"))'
    )
    at = {80: Address("127.0.0.9", 10080), 443: Address("127.0.0.9", 10443)}
    (first, second), groups = read_listeners(graph, at.__getitem__)
    # The redirect leads to where the HTTPS listener is here.
    assert first.default == Redirect(protocol="HTTP", port=10443, status_code=301)
    assert (first.rules, second.address, second.tls) == ((), at[443], None)
    assert second.default == Forward("ApiTargets")
    (rule,) = second.rules
    assert (rule.hosts, rule.paths) == (("m.x.io",), ("/m/*",))
    assert rule.action == Forward("MoreTargets")
    assert [each.name for each in groups] == ["ApiTargets", "MoreTargets"]


def test_what_no_route_names_is_answered_as_the_graph_says() -> None:
    graph = graph_of(
        'a = Service("a", "app", ["run"], port=1, paths=["/a/*"])\nsystem = System("shop", a)'
    )
    (listener,), _ = read_listeners(graph, lambda port: Address("127.0.0.1", port))
    assert listener.default == FixedResponse(404, "text/plain", "Not found")


def test_a_rule_compares_headers_also_with_a_secret() -> None:
    graph = graph_of(
        'api = Service("api", "app", ["run"], port=80)\n'
        'site = Website("site", "web", {"/v1/*": api})\nsystem = System("shop", site)\n'
    )

    def read(secret: Secret) -> str:
        assert secret.id == "EdgeKey"
        return "k3y"

    (listener,), _ = read_listeners(graph, lambda port: Address("127.0.0.1", port), read)
    (rule,) = listener.rules
    assert rule.headers == (("X-Edge-Key", ("k3y",)),)
    assert listener.default == FixedResponse(403, "text/plain", "Forbidden")
