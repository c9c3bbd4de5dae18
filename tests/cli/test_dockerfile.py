"""`seatrial dockerfile`: the image of one program, as AWS will run it."""

from pathlib import Path

import pytest

from tests.cli.command import described, seatrial


def test_a_services_command_listens_on_every_interface_of_its_container(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path), "dockerfile", "api")
    assert (done.code, done.err) == (0, "")
    assert '["serve", "--host", "0.0.0.0", "--port", "8000"]' in done.out
    assert "/up" in done.out


def test_a_job_and_a_worker_have_no_port(tmp_path: Path) -> None:
    folder = described(tmp_path)
    for part, command in (("migrate", '"alembic"'), ("worker", '"worker"')):
        done = seatrial(folder, "dockerfile", part)
        assert done.code == 0
        assert command in done.out
        assert "EXPOSE" not in done.out


def test_a_file_gets_what_standard_output_would(tmp_path: Path) -> None:
    folder = described(tmp_path)
    assert seatrial(folder, "dockerfile", "api", "--out", "Dockerfile").out == ""
    assert (folder / "Dockerfile").read_text() == seatrial(folder, "dockerfile", "api").out


@pytest.mark.parametrize(("part", "right"), [("apii", "Did you mean 'api'?"), ("db", "Known: api")])
def test_a_part_that_is_no_program_is_told(tmp_path: Path, part: str, right: str) -> None:
    done = seatrial(described(tmp_path), "dockerfile", part)
    assert done.code == 1
    assert f"there is no service or job {part!r}. {right}" in done.err
