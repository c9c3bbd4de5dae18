import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.local.files import FolderLock, Locked, write_atomically
from seatrial.local.process import identify


def list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@settings(max_examples=20)
@given(st.binary(max_size=200_000), st.binary(max_size=10))
def test_a_file_is_replaced_whole(first: bytes, second: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "state")
        write_atomically(path, first)
        assert path.read_bytes() == first
        write_atomically(path, second)
        assert path.read_bytes() == second
        assert list_names(Path(folder)) == ["state"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_the_mode_is_the_asked_one(tmp_path: Path, mode: int) -> None:
    write_atomically(tmp_path / "state", b"x", mode)
    assert (tmp_path / "state").stat().st_mode & 0o777 == mode
    write_atomically(tmp_path / "state", b"x")
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600


def test_a_failure_leaves_nothing_new(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path / "state", b"x")
    assert list_names(tmp_path) == ["state"]
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "gone" / "state", b"x")


def test_a_dead_writers_file_goes_with_the_next_write(tmp_path: Path) -> None:
    (tmp_path / ".state.4194305-abcd.new").write_text("half")  # over the highest pid
    (tmp_path / f".state.{os.getpid()}-abcd.new").write_text("of a writer that lives")
    (tmp_path / ".other.4194305-abcd.new").write_text("of another file")
    (tmp_path / ".state.strange.new").write_text("not ours")
    write_atomically(tmp_path / "state", b"x")
    assert list_names(tmp_path) == [
        ".other.4194305-abcd.new",
        f".state.{os.getpid()}-abcd.new",
        ".state.strange.new",
        "state",
    ]


FULL = """
import sys
from pathlib import Path
from seatrial.local.files import DiskFull, write_atomically
path = Path(sys.argv[1]) / "state"
write_atomically(path, b"old")
try:
    write_atomically(path, b"x" * (1 << 20))
except DiskFull as full:
    assert full.path == path and str(path) in str(full)
    assert path.read_bytes() == b"old"
    assert [each.name for each in path.parent.iterdir()] == ["state"]
    print("full")
"""


@pytest.mark.engine
def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path) -> None:
    mount = ("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path))
    script = f"import subprocess; subprocess.run({mount!r}, check=True)\n{FULL}"
    ran = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", sys.executable, "-c", script, tmp_path],
        check=False,
        capture_output=True,
        text=True,
    )
    if "mount" in ran.stderr or "unshare" in ran.stderr:
        pytest.skip(f"no file system of our own here: {ran.stderr.splitlines()[-1]}")
    assert ran.stdout == "full\n", ran.stderr


WRITER = """
import sys
from pathlib import Path
from seatrial.local.files import write_atomically
print("READY", flush=True)
number = 0
while True:
    number += 1
    write_atomically(Path(sys.argv[1]), str(number).encode() * 20_000)
"""


@pytest.mark.engine
def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write_atomically(path, b"0" * 20_000)
    for _ in range(10):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout
            writer.stdout.readline()
            time.sleep(random.uniform(0, 0.05))
            writer.kill()
        data = path.read_bytes()
        number = data[: len(data) // 20_000]
        assert data == number * 20_000
    write_atomically(path, b"last")
    assert list_names(tmp_path) == ["state"]


def test_a_lock_is_held_once_and_given_back(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    with first:
        assert first.held
        with pytest.raises(Locked) as refused:
            second.acquire()
        assert refused.value.holder == identify(os.getpid())
        assert str(os.getpid()) in str(refused.value)
        with pytest.raises(Locked):
            first.acquire()
    assert not first.held
    with second:
        assert second.held
    second.release()


@pytest.mark.engine
def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from seatrial.local.files import FolderLock\n"
        "lock = FolderLock(Path(sys.argv[1])); lock.acquire(); print(flush=True); time.sleep(3600)"
    )
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE
        ) as holder:
            assert holder.stdout
            holder.stdout.readline()
            with pytest.raises(Locked) as refused:
                FolderLock(tmp_path).acquire()
            assert refused.value.holder == identify(holder.pid)
            holder.send_signal(signal.SIGKILL)
        with FolderLock(tmp_path):
            pass


def test_a_file_that_names_nobody_who_lives_has_no_holder(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        for text in ("", "torn:", "1:2:another-boot", "x" * 300):
            (tmp_path / "lock").write_text(text)
            with pytest.raises(Locked, match="another process") as refused:
                FolderLock(tmp_path).acquire()
            assert refused.value.holder is None


def test_children_do_not_inherit_the_lock(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.acquire()
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    ) as child:
        lock.release()
        with FolderLock(tmp_path):
            assert child.poll() is None
        child.communicate()
