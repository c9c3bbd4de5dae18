"""The state folder: for its owner alone, each file whole, its socket within reach."""

import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from seatrial.local.store import FOLDERS, LONGEST_SOCKET, Store, socket_path, state_folder
from seatrial.mistake import Mistake


def test_the_folder_is_its_owners_alone_and_git_leaves_it_out(tmp_path: Path) -> None:
    store = Store(tmp_path / ".seatrial" / "development")
    store.prepare()
    store.prepare()
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE((store / name).stat().st_mode) == 0o700 for name in FOLDERS)
    assert (tmp_path / ".seatrial" / ".gitignore").read_text() == "*\n"


def test_what_is_written_is_read_back_and_secrets_are_their_owners(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.read("state.json") is None
    store.write("secrets.json", {"a": ["\N{SNOWMAN}", 1]})
    assert store.read("secrets.json") == {"a": ["\N{SNOWMAN}", 1]}
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"\x00" * 20])
def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "state.json").write_bytes(damage)
    with pytest.raises(Mistake, match=r"state.json is damaged.*down --delete-data"):
        Store(tmp_path).read("state.json")


def test_a_folder_that_cannot_be_made_is_one_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Mistake, match="SEATRIAL_STATE"):
        Store(tmp_path / "file" / "development").prepare()


def test_the_state_lies_beside_the_system_unless_it_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEATRIAL_STATE", raising=False)
    system = tmp_path / "system.py"
    assert state_folder(system, "staging") == tmp_path / ".seatrial" / "staging"
    monkeypatch.setenv("SEATRIAL_STATE", str(tmp_path / "elsewhere"))
    assert state_folder(system, "staging").is_relative_to(tmp_path / "elsewhere")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc/self/fd")
@pytest.mark.parametrize("depth", [0, 40, 100, 200])
def test_a_socket_can_be_reached_however_deep_its_folder_lies(tmp_path: Path, depth: int) -> None:
    folder = tmp_path / ("d" * depth)
    folder.mkdir(exist_ok=True)
    with (
        socket_path(folder) as path,
        socket.socket(socket.AF_UNIX) as listener,
        socket.socket(socket.AF_UNIX) as visitor,
    ):
        assert len(os.fsencode(path)) <= LONGEST_SOCKET
        listener.bind(path)
        listener.listen()
        visitor.connect(path)
    assert (folder / "socket").is_socket()
