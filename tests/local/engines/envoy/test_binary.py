from pathlib import Path

import pytest

from seatrial.local.engines.envoy.binary import EnvoyMissing, find_envoy


def test_what_was_asked_for_comes_first(tmp_path: Path) -> None:
    program = tmp_path / "my-envoy"
    program.touch(mode=0o755)
    assert find_envoy({"ENVOY": str(program)}) == program
    assert find_envoy({"ENVOY": "my-envoy", "PATH": str(tmp_path)}) == program


def test_what_was_asked_for_and_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EnvoyMissing, match="seatrial\\[engines\\]"):
        find_envoy({"ENVOY": str(tmp_path / "none")})


def test_the_packaged_program_is_found() -> None:
    found = find_envoy({})
    assert found.name == "envoy"
    # The program, not the launcher in Python.
    assert found.read_bytes()[:2] != b"#!"
