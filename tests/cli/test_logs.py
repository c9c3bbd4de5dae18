"""`seatrial logs`: the last lines of who was asked for."""

import os
from pathlib import Path

import pytest

from tests.cli.command import described, seatrial


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = described(tmp_path)
    logs = folder / ".seatrial" / "development" / "logs"
    logs.mkdir(parents=True)
    for age, (name, lines) in enumerate(
        {
            "api-01234567": [f"api {n}" for n in range(5)],
            "api-89abcdef": ["\N{SNOWMAN} newer"],
            "migrate-0a0a0a0a": ["done"],
            "db-0": ["ready to accept connections"],
            "envoy": ["started"],
        }.items()
    ):
        more = b"\xff half a li" if name == "api-89abcdef" else b""
        log = logs / f"{name}.log"
        log.write_bytes("".join(f"{line}\n" for line in lines).encode() + more)
        os.utime(log, (1000 + age, 1000 + age))
    return folder


def test_each_line_says_whose_it_is_the_newest_last(folder: Path) -> None:
    done = seatrial(folder, "logs", "api", "-n", "2")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "api-01234567 api 3",
        "api-01234567 api 4",
        "api-89abcdef \N{SNOWMAN} newer",
        "api-89abcdef \ufffd half a li",
    ]


@pytest.mark.parametrize(
    ("part", "line"),
    [
        ("migrate", "migrate-0a0a0a0a done"),
        ("db", "db-0 ready to accept connections"),
        ("db-0", "db-0 ready to accept connections"),
        ("envoy", "envoy started"),
    ],
)
def test_jobs_databases_and_engines_have_logs_too(folder: Path, part: str, line: str) -> None:
    assert seatrial(folder, "logs", part).out == f"{line}\n"


def test_all_of_them_without_a_name(folder: Path) -> None:
    assert len(seatrial(folder, "logs").out.splitlines()) == 10


def test_a_part_without_logs_is_told_with_the_nearest(folder: Path) -> None:
    done = seatrial(folder, "logs", "migrat")
    assert done.code == 1
    assert "there are no logs of 'migrat'. Did you mean 'migrate'?" in done.err


def test_where_nothing_ever_ran_there_are_none(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path), "logs")
    assert done.code == 1
    assert "there are no logs yet." in done.err
