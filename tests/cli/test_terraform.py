"""`seatrial terraform`: a folder, whole, and the user's own files left alone."""

import re
from pathlib import Path

from tests.cli.command import SYSTEM, described, seatrial


def test_it_writes_a_folder_of_its_environment(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path), "terraform", "--env", "development")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("terraform/development: ")
    home = tmp_path / "terraform/development"
    assert 'key          = "shop/development/terraform.tfstate"' in (
        (home / "backend.tf").read_text()
    )
    assert (home / "modules/network/main.tf").exists()
    assert (home / "development.auto.tfvars").exists()


def test_what_has_no_resource_of_its_own_is_told_by_name(tmp_path: Path) -> None:
    queue = SYSTEM.replace("uses=[db])\napi", 'uses=[db])\nqueue = Kafka("queue", brokers=2)\napi')
    queue = queue.replace(
        '"worker"])', '"worker"], uses=[queue.topic("jobs", replication=2).write])'
    )
    done = seatrial(described(tmp_path, queue), "terraform")
    assert (done.code, done.err) == (0, "")
    told = done.out.splitlines()[1]
    page = (tmp_path / "terraform/production/README.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `") and "modules/" not in line]
    assert told.partition("no resource of their own, README.md says why: ")[2].split(", ") == [
        row.split("`")[1] for row in rows
    ]
    plain = seatrial(described(tmp_path), "terraform")
    assert len(plain.out.splitlines()) == 1


def test_a_second_run_takes_away_what_it_does_not_write_and_nothing_else(tmp_path: Path) -> None:
    folder = described(tmp_path)
    home = tmp_path / "out"
    seatrial(folder, "terraform", "--env", "development", "--out", "out")
    (home / "own.tf").write_text("# mine\n")
    (home / "terraform.tfstate").write_text("{}")
    before = {file for file in home.rglob("*") if file.is_file()}
    assert seatrial(folder, "terraform", "--out", "out").code == 0
    after = {file for file in home.rglob("*") if file.is_file()}
    assert before - after == {home / "development.auto.tfvars"}
    assert after - before == {home / "production.auto.tfvars"}
    assert (home / "own.tf").read_text() == "# mine\n"


def test_no_place_of_this_machine_is_in_it(tmp_path: Path) -> None:
    seatrial(described(tmp_path), "terraform", "--out", "out")
    for file in (tmp_path / "out").rglob("*"):
        assert not file.is_file() or str(tmp_path) not in file.read_text()


def test_a_second_region_is_a_folder_without_the_first_one_s_variables(tmp_path: Path) -> None:
    folder = described(
        tmp_path,
        "from seatrial import Recovery, Secret, Service, System\n"
        'api = Service("api", ".", ["run"], uses=[Secret("jwt")])\n'
        'system = System("shop", api, recovery=Recovery("us-west-2"))\n'
        'system.environment("production")\nsystem.environment("staging")\n',
    )
    done = seatrial(folder, "terraform", "--env", "production-recovery", "--out", "out")
    assert (done.code, done.err) == (0, "")
    settings = (tmp_path / "out/production-recovery.auto.tfvars").read_text()
    assert re.findall(r"^(\w+) +=", settings, re.MULTILINE) == ["environment", "region"]
    assert '"us-west-2"' in settings


def test_a_folder_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path), "terraform", "--out", "system.py/out")
    assert done.code == 1
    assert done.err == "error: cannot write system.py/out: Not a directory.\n"


def test_an_environment_that_does_not_exist_is_told_before_anything_is_written(
    tmp_path: Path,
) -> None:
    done = seatrial(described(tmp_path, SYSTEM), "terraform", "--env", "nowhere")
    assert done.code == 1
    assert done.err.startswith("error: ")
    assert not (tmp_path / "terraform").exists()
