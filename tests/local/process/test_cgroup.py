import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.local.process.cgroup import Group, share_period


def make(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


@pytest.fixture
def v1(tmp_path: Path) -> Group:
    cpu = make(tmp_path / "cpu", cpu__cfs_quota_us="-1", cpu__cfs_period_us="100000", cpu__stat="")
    (cpu / "cpu.stat").write_text("nr_periods 0\nnr_throttled 0\nthrottled_time 0\n")
    account = make(tmp_path / "cpuacct", cpuacct__usage="1500000000\n")
    memory = make(
        tmp_path / "memory",
        memory__limit_in_bytes="",
        memory__memsw__limit_in_bytes="",
        memory__oom_control="oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
        memory__stat="cache 900\nrss 10\nshmem 3\ntotal_cache 900\ntotal_rss 40\ntotal_shmem 5\n",
    )
    return Group((cpu, account, memory))


@pytest.fixture
def v2(tmp_path: Path) -> Group:
    folder = make(
        tmp_path / "v2",
        cpu__max="max 100000",
        cpu__stat="usage_usec 2500000\nuser_usec 1\n",
        memory__max="max",
        memory__swap__max="max",
        memory__stat="anon 70\nfile 1000\nshmem 7\n",
        memory__events="low 0\noom 1\noom_kill 1\noom_group_kill 0\n",
        cgroup__procs="12\n13\n",
    )
    return Group((folder,))


def read(group: Group, name: str) -> str:
    return next((f / name).read_text() for f in group.folders if (f / name).exists())


def test_v1_limits(v1: Group) -> None:
    v1.set_cpu(0.25)
    v1.set_memory(1 << 26)
    assert read(v1, "cpu.cfs_quota_us") == "5000"
    assert read(v1, "cpu.cfs_period_us") == "20000"
    assert read(v1, "memory.limit_in_bytes") == str(1 << 26)
    assert read(v1, "memory.memsw.limit_in_bytes") == str(1 << 26)
    v1.set_cpu(None)
    assert read(v1, "cpu.cfs_quota_us") == "-1"


def test_v2_limits(v2: Group) -> None:
    v2.set_cpu(0.25)
    v2.set_memory(1 << 26)
    assert read(v2, "cpu.max") == "5000 20000"
    assert read(v2, "memory.max") == str(1 << 26)
    assert read(v2, "memory.swap.max") == "0"
    v2.set_cpu(None)
    assert read(v2, "cpu.max") == "max 20000"


def test_v1_measures(v1: Group) -> None:
    assert v1.read_cpu() == 1.5
    assert v1.read_memory() == 45
    assert v1.count_oom_kills() == 2


def test_v2_measures(v2: Group) -> None:
    assert v2.read_cpu() == 2.5
    assert v2.read_memory() == 77
    assert v2.count_oom_kills() == 1
    assert v2.list_pids() == [12, 13]


def test_no_folders_limit_and_measure_nothing() -> None:
    group = Group()
    group.set_cpu(1)
    group.set_memory(1)
    assert group.read_cpu() is None
    assert group.read_memory() is None
    assert group.count_oom_kills() == 0
    assert group.list_pids() == []
    assert not group.holds
    asyncio.run(group.end())
    group.remove()


@given(st.floats(min_value=0.001, max_value=1024))
def test_every_share_is_one_the_kernel_takes(cpu: float) -> None:
    quota, period = share_period(cpu)
    assert quota >= 1_000
    assert 1_000 <= period <= 1_000_000
    assert quota / period == pytest.approx(cpu, rel=0.01)
