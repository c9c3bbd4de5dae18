"""Frozen source folders."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.local.source import prune, snapshot
from seatrial.local.source.version import LinkLeavesSource, SourceMissing


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "app" / "empty").mkdir(parents=True)
    (folder / "app" / "main.py").write_text("print('one')\n")
    (folder / "start.sh").write_text("#!/bin/sh\n")
    (folder / "start.sh").chmod(0o755)
    (folder / "link").symlink_to("app/main.py")
    for left_out in (
        ".git",
        ".venv",
        "__pycache__",
        ".seatrial",
        "node_modules",
        "app/__pycache__",
    ):
        (folder / left_out).mkdir()
        (folder / left_out / "file").write_text("x")
    os.mkfifo(folder / "pipe")
    return folder


def _held(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_a_version_holds_what_an_image_would(source: Path, tmp_path: Path) -> None:
    version = snapshot(source, tmp_path / "store")
    assert version.folder == tmp_path / "store" / version.digest
    assert _held(version.folder) == {"app", "app/empty", "app/main.py", "link", "start.sh"}
    assert (version.folder / "link").readlink() == Path("app/main.py")
    assert os.access(version.folder / "start.sh", os.X_OK)
    assert not (version.folder / "app/main.py").stat().st_mode & 0o222


def test_an_unchanged_source_is_found_again(source: Path, tmp_path: Path) -> None:
    first = snapshot(source, tmp_path / "store")
    made = first.folder.stat().st_mtime_ns
    os.utime(source / "app/main.py")
    (source / "app/__pycache__/other").write_text("y")
    assert snapshot(source, tmp_path / "store") == first
    assert first.folder.stat().st_mtime_ns == made
    assert snapshot(source, tmp_path / "other").digest == first.digest


def _append(source: Path) -> None:
    (source / "app/main.py").write_text("print('two')\n")


def _rename(source: Path) -> None:
    (source / "app/main.py").rename(source / "app/mine.py")


def _make_executable(source: Path) -> None:
    (source / "app/main.py").chmod(0o755)


def _relink(source: Path) -> None:
    (source / "link").unlink()
    (source / "link").symlink_to("start.sh")


def _add_folder(source: Path) -> None:
    (source / "app/more").mkdir()


def _ignore_more(source: Path) -> None:
    (source / ".dockerignore").write_text("start.sh\n.dockerignore\npipe\n")


@pytest.mark.parametrize(
    "change", [_append, _rename, _make_executable, _relink, _add_folder, _ignore_more]
)
def test_every_change_is_another_version_and_the_first_stays(
    source: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    first = snapshot(source, tmp_path / "store")
    held = _held(first.folder)
    change(source)
    second = snapshot(source, tmp_path / "store")
    assert second.digest != first.digest
    assert _held(first.folder) == held
    assert (first.folder / "app/main.py").read_text() == "print('one')\n"


def test_exceptions_reach_into_ignored_folders(source: Path, tmp_path: Path) -> None:
    (source / ".dockerignore").write_text("*\n!app/main.py\n")
    version = snapshot(source, tmp_path / "store")
    assert _held(version.folder) == {"app", "app/main.py"}


@pytest.mark.parametrize("target", ["../outside", "/etc/hostname", "app/../../outside"])
def test_a_link_out_of_the_folder_is_refused(source: Path, tmp_path: Path, target: str) -> None:
    (source / "away").symlink_to(target)
    with pytest.raises(LinkLeavesSource, match="away"):
        snapshot(source, tmp_path / "store")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="nowhere"):
        snapshot(tmp_path / "nowhere", tmp_path / "store")


def test_prune_keeps_what_it_is_told_to(source: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert prune(store, []) == ()
    first = snapshot(source, store)
    _append(source)
    second = snapshot(source, store)
    assert prune(store, [second.digest, "unknown"]) == (first.digest,)
    assert {each.name for each in store.iterdir()} == {second.digest, ".lock"}


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.text("abc", min_size=1, max_size=3), st.binary(max_size=64), min_size=1, max_size=5
    ),
    st.dictionaries(
        st.text("abc", min_size=1, max_size=3), st.binary(max_size=64), min_size=1, max_size=5
    ),
)
def test_digests_are_equal_exactly_when_contents_are(
    tmp_path_factory: pytest.TempPathFactory, one: dict[str, bytes], other: dict[str, bytes]
) -> None:
    digests = []
    for files in (one, other):
        folder = tmp_path_factory.mktemp("source")
        for name, content in files.items():
            (folder / name).write_bytes(content)
        version = snapshot(folder, folder.parent / "store")
        digests.append(version.digest)
        assert {path.name: path.read_bytes() for path in version.folder.iterdir()} == files
    assert (digests[0] == digests[1]) == (one == other)


def test_a_kill_at_any_instant_leaves_only_whole_versions(tmp_path: Path) -> None:
    source, store = tmp_path / "source", tmp_path / "store"
    source.mkdir()
    for number in range(200):
        (source / f"file{number}").write_bytes(bytes(20_000))
    code = (
        "import sys; from pathlib import Path; from seatrial.local.source.version import snapshot;"
        "print(flush=True); snapshot(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    pick = random.Random(7)
    for number in range(10):
        (source / "turn").write_text(f"{number}")
        with subprocess.Popen(
            [sys.executable, "-c", code, str(source), str(store)], stdout=subprocess.PIPE
        ) as program:
            assert program.stdout
            program.stdout.readline()
            time.sleep(pick.uniform(0, 0.06))
            program.kill()
        for version in store.glob("[0-9a-f]*"):
            assert len(list(version.iterdir())) == 201
    version = snapshot(source, store)
    assert len(list(version.folder.iterdir())) == 201
    assert not list(store.glob(".new-*"))
