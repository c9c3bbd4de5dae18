"""The machine's own programs, run with stand-ins for Docker and AWS: what they do, and when not."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from seatrial.lower import shipped as folder
from seatrial.lower.context import Lowering
from seatrial.lower.machine import user_data
from tests.lower.machines import TEXT, resolved
from tests.lower.systems import describe

HOME = Path(folder.__file__).parent
AWS = """\
#!/bin/sh
echo "aws $*" >>"$LOG"
case "$*" in
*/file*) printf 'x-before: "migrate"\\nversion: %s\\n' "$VERSION" ;;
*/secrets*) printf 'api PASSWORD shop/db password\\napi KEY shop/key -\\n' ;;
*shop/db*) printf '%s' '"{\\"password\\": \\"a$b\\"}"' ;;
*shop/key*) printf '%s' '"two\\nlines"' ;;
esac
"""
DOCKER = """\
#!/bin/sh
echo "docker $*" >>"$LOG"
case "$*" in
*"config --services") printf 'api\nmigrate\nproxy\n' ;;
*now.yml*) exit 0 ;;
*"$FAILS"*) exit 1 ;;
esac
"""


class Machine:
    """A folder in the place of a machine's root, and stand-ins on its path."""

    def __init__(self, root: Path) -> None:
        self.etc, self.run, self.log = root / "etc", root / "run", root / "log"
        programs = root / "bin"
        for each in (self.etc, self.run, programs):
            each.mkdir()
        for name, text in (("aws", AWS), ("docker", DOCKER)):
            self.program(programs / name, text)
        secrets = (HOME / "compose_secrets.py").read_text()
        self.program(programs / "compose-secrets", secrets)
        self.settings = root / "settings"
        self.settings.write_text(
            f"export REGION=us-east-1\nNAME=shop\nFILE=/shop/file\nSECRETS=/shop/secrets\n"
            f"ETC={self.etc}\nRUN={self.run}\nBIN={programs}\n"
        )
        self.path = f"{programs}:{os.environ['PATH']}"

    @staticmethod
    def program(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def does(self, script: str, *words: str, version: str = "1", fails: str = "nothing") -> int:
        environment = {"PATH": self.path, "LOG": str(self.log), "VERSION": version, "FAILS": fails}
        self.log.write_text("")
        words = words or (("run",) if script == "compose_up.sh" else ())
        command = ["bash", str(HOME / script), *words, str(self.settings)]
        return subprocess.run(command, env=environment, check=False, timeout=60).returncode

    def asked(self) -> list[str]:
        """Give what Docker was asked, without what is always the same."""
        lines = self.log.read_text().splitlines()
        words = [line for line in lines if line.startswith("docker ")]
        return [
            line.replace(f"--project-name shop --file {self.etc}/", "")
            .replace(f"--file {self.run}/", "")
            .removeprefix("docker ")
            for line in words
        ]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


NAMES = "compose next.yml next.json config --services"
UP = (
    "compose next.yml next.json up --detach --remove-orphans --no-deps --wait --wait-timeout 600 "
    "api proxy"
)


def test_a_version_is_pulled_its_jobs_run_and_then_it_starts(machine: Machine) -> None:
    assert machine.does("compose_up.sh") == 0
    assert machine.asked() == [
        "compose next.yml next.json pull --quiet",
        "compose next.yml next.json run --rm -T migrate",
        NAMES,
        UP,
        "image prune --all --force",
        "volume prune --force",
    ]
    assert "version: 1" in (machine.etc / "now.yml").read_text()
    assert not (machine.etc / "next.yml").exists()


def test_going_back_leaves_the_jobs(machine: Machine) -> None:
    machine.does("compose_up.sh", "run")
    assert machine.does("compose_up.sh", "leave", version="2") == 0
    assert machine.asked()[:3] == ["compose next.yml next.json pull --quiet", NAMES, UP]
    assert "version: 2" in (machine.etc / "now.yml").read_text()


def test_secrets_are_in_one_file_that_root_alone_reads(machine: Machine) -> None:
    machine.does("compose_up.sh")
    written = machine.run / "now.json"
    assert written.stat().st_mode & 0o777 == 0o600
    assert json.loads(written.read_text()) == {
        "services": {"api": {"environment": {"PASSWORD": "a$$b", "KEY": "two\nlines"}}}
    }
    for file in machine.etc.iterdir():
        assert "a$b" not in file.read_text()
    assert machine.log.read_text().count("get-secret-value") == 2


@pytest.mark.parametrize("fails", ["pull", "run --rm"])
def test_what_fails_before_leaves_the_version_that_runs(machine: Machine, fails: str) -> None:
    machine.does("compose_up.sh")
    assert machine.does("compose_up.sh", version="2", fails=fails) == 75
    assert UP not in machine.asked()
    assert "version: 1" in (machine.etc / "now.yml").read_text()


def test_a_version_that_is_not_well_is_taken_back(machine: Machine) -> None:
    machine.does("compose_up.sh")
    assert machine.does("compose_up.sh", version="2", fails="up --detach") == 75
    # The jobs of the version before stay away from a database that is ahead of them.
    assert machine.asked()[-2:] == [
        "compose now.yml now.json config --services",
        "compose now.yml now.json up --detach --remove-orphans --no-deps api proxy",
    ]
    assert "version: 1" in (machine.etc / "now.yml").read_text()


def test_without_a_version_before_it_is_tried_again(machine: Machine) -> None:
    assert machine.does("compose_up.sh", fails="pull") == 1
    assert machine.does("compose_up.sh") == 0


def test_after_a_reboot_the_version_before_has_its_secrets_again(machine: Machine) -> None:
    machine.does("compose_up.sh")
    (machine.run / "now.json").unlink()
    assert machine.does("compose_up.sh", fails="up --detach") == 75
    assert json.loads((machine.run / "now.json").read_text())["services"]["api"]


def test_a_job_runs_with_the_version_that_runs(machine: Machine) -> None:
    machine.does("compose_up.sh")
    assert machine.does("compose_run.sh", "nightly") == 0
    assert machine.asked() == ["compose now.yml now.json run --rm -T nightly"]


def rendered() -> str:
    """The user data as the machine gets it."""
    text = TEXT.format(redis="", api="", system="", more="")
    lowering = Lowering(describe(text).in_environment("cheap"))
    return resolved(user_data(lowering))


FAKES = {
    "dnf": 'echo "dnf $*" >>"$LOG"',
    "systemctl": 'echo "systemctl $*" >>"$LOG"',
    "dd": 'echo "dd $*" >>"$LOG"; : >"$ROOT/swap"',
    "mkswap": "exit 0",
    "swapon": "exit 0",
    # The first answer is cut off, as when the machine's address is only just there.
    "curl": 'while [ "$1" != -o ]; do shift; done\n'
    'if [ -e "$LOG.again" ]; then printf compose >"$2"; else : >"$LOG.again"; printf c >"$2"; fi',
}


def test_the_first_start_makes_a_machine(tmp_path: Path) -> None:
    programs, root, log = tmp_path / "bin", tmp_path / "root", tmp_path / "log"
    for each in ("usr/local/bin", "etc/systemd/system", "root"):
        (root / each).mkdir(parents=True)
    programs.mkdir()
    for name, text in FAKES.items():
        Machine.program(programs / name, f"#!/bin/sh\n{text}\n")
    text = rendered().replace("ROOT=''", f"ROOT='{root}'").replace("PATIENCE='5'", "PATIENCE='0'")
    head, _, rest = text.partition("COMPOSE_SHA256='")
    digest = hashlib.sha256(b"compose").hexdigest()
    script = tmp_path / "user-data"
    script.write_text(f"{head}COMPOSE_SHA256='{digest}'\nexport ROOT\n{rest.partition(chr(10))[2]}")
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "LOG": str(log)}
    ran = subprocess.run(
        ["bash", str(script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = log.read_text().splitlines()
    assert "dnf -y -q install docker amazon-ecr-credential-helper" in told
    assert any("count=512" in line for line in told)
    assert told[-1] == "systemctl enable --now --no-block compose.service"
    plugin = root / "usr/local/lib/docker/cli-plugins/docker-compose"
    assert (plugin.read_text(), os.access(plugin, os.X_OK)) == ("compose", True)
    options = json.loads((root / "etc/docker/daemon.json").read_text())["log-opts"]
    assert options["awslogs-group"] == "the-logs"
    assert options["tag"] == "{{.Name}}"
    helpers = json.loads((root / "root/.docker/config.json").read_text())["credHelpers"]
    assert helpers == {"accountid.dkr.ecr.region.urlsuffix": "ecr-login"}
    for name, file in (("up", "up.sh"), ("run", "run.sh"), ("secrets", "secrets.py")):
        installed = root / f"usr/local/bin/compose-{name}"
        assert installed.read_text() == (HOME / f"compose_{file}").read_text()
        assert os.access(installed, os.X_OK)
    settings = (root / "etc/compose/settings").read_text()
    assert "FILE=the-machinefile\n" in settings
    unit = (root / "etc/systemd/system/compose.service").read_text()
    assert "RestartPreventExitStatus=75" in unit
    assert "WantedBy=multi-user.target" in unit
