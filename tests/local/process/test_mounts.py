from pathlib import Path

from seatrial.local.process.mounts import Candidate, list_candidates

HYBRID_OWN = """\
4:memory:/process_api/1a82
2:cpuacct:/
1:cpu:/
0::/
"""
HYBRID_MOUNTS = """\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""


def test_separate_v1_hierarchies_beside_v2() -> None:
    root = Path("/sys/fs/cgroup")
    assert list_candidates(HYBRID_OWN, HYBRID_MOUNTS) == [
        Candidate(1, frozenset({"cpu"}), (root / "cpu",)),
        Candidate(1, frozenset({"cpuacct"}), (root / "cpuacct",)),
        Candidate(1, frozenset({"memory"}), (root / "memory/process_api/1a82", root / "memory")),
        Candidate(2, frozenset(), (root / "unified",)),
    ]


def test_v2_of_a_systemd_session_tries_every_folder_above() -> None:
    own = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope\n"
    mounts = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
    (candidate,) = list_candidates(own, mounts)
    assert [str(parent) for parent in candidate.parents] == [
        "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope",
        "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice",
        "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service",
        "/sys/fs/cgroup/user.slice/user-1000.slice",
        "/sys/fs/cgroup/user.slice",
        "/sys/fs/cgroup",
    ]


def test_a_container_sees_its_own_cgroup_as_the_mount() -> None:
    own = "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc/inner\n"
    mounts = (
        "32 31 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"
        "33 31 0:30 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
    )
    cpu, memory = list_candidates(own, mounts)
    assert cpu.controllers == {"cpu", "cpuacct"}
    assert cpu.parents == (Path("/sys/fs/cgroup/cpu,cpuacct"),)
    assert memory.parents[0] == Path("/sys/fs/cgroup/memory/inner")


def test_a_cgroup_outside_of_the_mount_falls_back_to_the_mount() -> None:
    mounts = "30 23 0:26 /docker/abc /mnt/my\\040groups rw - cgroup2 cgroup2 rw\n"
    for own in ("0::/docker/abcdef\n", "0::/../other\n"):
        (candidate,) = list_candidates(own, mounts)
        assert candidate.parents == (Path("/mnt/my groups"),)


def test_a_machine_without_cgroups_has_none() -> None:
    assert list_candidates("", "22 1 8:1 / / rw - ext4 /dev/vda rw\n") == []
