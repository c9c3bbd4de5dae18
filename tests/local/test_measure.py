"""The meter: what is measured of a system between fakes, under CloudWatch's names."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from seatrial.control.alarm import Alarm, AlarmRule
from seatrial.control.tracking import Bounds, Decision
from seatrial.local.cloudwatch import LogFilter, WatchedAlarm
from seatrial.local.engines.envoy import BUCKETS, GroupCount, Snapshot
from seatrial.local.engines.envoy.admin import NotAnswering
from seatrial.local.events import Events
from seatrial.local.measure import Meter
from seatrial.local.pace import Pace
from seatrial.local.process import Usage

MIB = 1024 * 1024


class Process:
    def __init__(self) -> None:
        self.used = Usage(0.0, 64 * MIB, 1)

    def usage(self) -> Usage:
        return self.used


class Cloud:
    """One service of two tasks; one more starts and has no process yet."""

    def __init__(self, folder: Path, pace: float = 60.0) -> None:
        self.tasks = [
            SimpleNamespace(
                id=name,
                version="v1",
                process=process,
                cpu_seconds=0.0,
                cpu_percent=None,
                memory_percent=None,
            )
            for name, process in (("a", Process()), ("b", Process()), ("c", None))
        ]
        definition = SimpleNamespace(id="ApiService", group="ApiTargets")
        version = SimpleNamespace(cpu=0.25, memory=128 * MIB)
        self.service = SimpleNamespace(
            name="api",
            definition=definition,
            tasks={each.id: each for each in self.tasks},
            versions={"v1": version},
            desired=3,
            running=2,
            deployments=SimpleNamespace(in_progress=False),
            process_name=lambda task: f"api-{task.id}",
        )
        self.services = {"ApiService": self.service}
        self.counts = (2, 0)
        self.balancer = SimpleNamespace(counts=lambda group: self.counts)
        self.count = GroupCount()
        self.at = 0.0
        self.silent = False
        self.envoy = SimpleNamespace(snapshot=self.snapshot)
        self.databases: dict[str, Any] = {}
        self.caches: dict[str, Any] = {}
        self.clusters: dict[str, Any] = {}
        self.layout = SimpleNamespace(clusters=[])
        self.scaling: dict[str, Any] = {}
        self.alarms: list[WatchedAlarm] = []
        self.filters: list[LogFilter] = []
        self.events = Events(folder / "events.jsonl")
        self.wanted = SimpleNamespace(pace=Pace(pace))
        self.folder = folder
        self.woken = 0
        self.meter = Meter(self)

    async def snapshot(self) -> Snapshot:
        if self.silent:
            raise NotAnswering("gone")
        self.at += 1.0
        return Snapshot(self.at, {"ApiTargets": self.count}, {})

    def log(self, process_name: str) -> Path:
        return self.folder / f"{process_name}.log"

    def changed(self) -> None:
        self.woken += 1

    def measure(self, times: int = 1) -> None:
        async def whole() -> None:
            for _ in range(times):
                await self.meter.measure()

        asyncio.run(whole())

    def latest(self, of: str) -> Mapping[str, float]:
        return self.meter.metrics.latest(of)


def test_a_service_is_measured_by_its_share_and_never_over_all_of_it(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    first, second, _ = cloud.tasks
    first.process.used = Usage(1000.0, 64 * MIB, 1)  # no limit is enforced: it took much more
    second.process.used = Usage(0.0, 96 * MIB, 1)
    cloud.measure()
    assert first.cpu_percent == 100.0
    assert second.cpu_percent == 0.0
    assert cloud.latest("ApiService") == {
        "CPUUtilization": 50.0,
        "MemoryUtilization": 62.5,
        "DesiredTaskCount": 3.0,
        "RunningTaskCount": 2.0,
    }
    # What was counted once is not counted again.
    cloud.measure()
    assert first.cpu_percent == 0.0


def test_a_service_without_a_process_has_no_utilization(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    cloud.service.tasks = {"c": cloud.tasks[2]}
    cloud.measure()
    assert cloud.latest("ApiService").keys() == {"DesiredTaskCount", "RunningTaskCount"}


def test_requests_are_counted_between_two_looks(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    cloud.count = GroupCount(requests=100)
    cloud.measure()
    assert cloud.latest("ApiTargets") == {}  # what came before is not of this moment
    times = (0,) * len(BUCKETS) + (10,)
    cloud.count = GroupCount(110, {2: 7, 5: 3}, {502: 1}, 2, times, 0.5)
    cloud.measure()
    assert cloud.latest("ApiTargets") == {
        "RequestCount": 10.0,
        "RequestCountPerTarget": 5.0,
        "TargetResponseTime": 0.05,
        "HealthyHostCount": 2.0,
        "UnHealthyHostCount": 0.0,
        "TargetConnectionErrorCount": 2.0,
        "HTTPCode_Target_2XX_Count": 7.0,
        "HTTPCode_Target_3XX_Count": 0.0,
        "HTTPCode_Target_4XX_Count": 0.0,
        "HTTPCode_Target_5XX_Count": 3.0,
        "HTTPCode_ELB_502_Count": 1.0,
    }
    cloud.counts = (0, 2)
    cloud.measure()
    latest = cloud.latest("ApiTargets")
    assert (latest["RequestCount"], latest["UnHealthyHostCount"]) == (0.0, 2.0)


def test_an_envoy_that_is_gone_and_comes_back_counts_nothing_twice(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    cloud.count = GroupCount(requests=100)
    cloud.measure()
    cloud.silent = True
    cloud.measure()
    assert cloud.latest("ApiService")  # the rest is measured all the same
    cloud.silent = False
    cloud.count = GroupCount(requests=4)  # begun again at zero
    cloud.measure()
    assert cloud.latest("ApiTargets")["RequestCount"] == 4.0


def test_a_database_in_trouble_has_no_metrics_and_stops_nobody(tmp_path: Path) -> None:
    class Sick:
        async def metrics(self) -> Mapping[str, float]:
            raise ConnectionError

    class Well:
        async def metrics(self) -> Mapping[str, float]:
            return {"DatabaseConnections": 3.0}

    cloud = Cloud(tmp_path)
    cloud.databases = {"A": Sick(), "B": Well()}
    cloud.measure()
    assert cloud.latest("A") == {}
    assert cloud.latest("B") == {"DatabaseConnections": 3.0}


def test_a_caches_nodes_are_measured_each_and_together(tmp_path: Path) -> None:
    class Two:
        nodes = (SimpleNamespace(name="cache-001"), SimpleNamespace(name="cache-002"))

        async def metrics(self) -> Mapping[str, Mapping[str, float]]:
            return {
                "cache-001": {"EngineCPUUtilization": 3.0},
                "cache-002": {"EngineCPUUtilization": 5.0, "ReplicationLag": 1.0},
            }

    cloud = Cloud(tmp_path)

    class Sick:
        async def metrics(self) -> Mapping[str, Mapping[str, float]]:
            raise ConnectionError

    cloud.caches = {"Sick": Sick(), "Group": Two()}
    cloud.measure()
    assert cloud.latest("Sick") == {}
    assert cloud.latest("Group-001") == {"EngineCPUUtilization": 3.0}
    assert cloud.latest("Group-002") == {"EngineCPUUtilization": 5.0, "ReplicationLag": 1.0}
    assert cloud.latest("Group") == {"EngineCPUUtilization": 5.0, "ReplicationLag": 1.0}


def test_lines_are_counted_in_the_logs_of_every_task(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    cloud.filters = [LogFilter("Seatrial/shop", "Errors", "event", "broken")]
    for name in ("a", "b"):
        cloud.log(f"api-{name}").write_text('{"event": "broken"}\nother\n')
    cloud.measure()
    assert cloud.latest("Seatrial/shop") == {"Errors": 2.0}
    cloud.measure()
    assert cloud.latest("Seatrial/shop") == {"Errors": 0.0}


def test_scaling_changes_the_desired_count_once_and_says_why(tmp_path: Path) -> None:
    seen: list[Mapping[str, float | None]] = []

    class Scaling:
        bounds = Bounds(1, 9)
        formulas: Mapping[str, Any] = {}

        def observe(self, now: float, datapoints: Mapping[str, float | None]) -> None:
            seen.append(datapoints)

        def decide(self, now: float, current: int, *, deploying: bool) -> Decision | None:
            return Decision(5, "out", "CPUUtilization is 90, above its target of 70")

    cloud = Cloud(tmp_path)
    cloud.scaling = {"ApiService": Scaling(), "Gone": Scaling()}
    cloud.measure()
    assert cloud.service.desired == 5
    assert cloud.woken == 1
    (event,) = cloud.events.recent
    assert event.text.startswith("3 -> 5 tasks: CPUUtilization is 90")
    assert len(seen) == 1
    assert seen[0]["CPUUtilization"] is not None


def test_an_alarm_is_told_when_it_fires_and_when_it_is_well_again(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, pace=120.0)
    rule = AlarmRule(
        "GreaterThanThreshold", 0, 0.02, 1, None, "Maximum", treat_missing_data="notBreaching"
    )
    alarm = WatchedAlarm("A", "sick", "api", "ApiTargets", "UnHealthyHostCount", Alarm(rule))
    cloud.alarms = [alarm]

    async def until(state: str) -> None:
        for _ in range(2000):
            await cloud.meter.measure()
            await asyncio.sleep(0.002)
            if alarm.alarm.state == state:
                return
        raise AssertionError(state)

    async def whole() -> None:
        await until("OK")
        cloud.counts = (1, 1)
        await until("ALARM")
        cloud.counts = (2, 0)
        await until("OK")

    asyncio.run(whole())
    # That it is well at the start is no news.
    told = [each.text.split(" (")[0] for each in cloud.events.recent]
    assert told == ["ALARM: sick", "OK: sick"]
    assert {each.part for each in cloud.events.recent} == {"api"}
