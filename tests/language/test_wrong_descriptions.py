"""Wrong descriptions: each gives one message with file, line and what would be right."""

import re
from pathlib import Path

import pytest

from seatrial.cli.options import graph_of
from seatrial.mistake import Mistake

HEAD = """from seatrial import *
db = Postgres("db", version="15", size="db.t3.micro")
"""


def described(tmp_path: Path, text: str) -> Path:
    (tmp_path / "app").mkdir(exist_ok=True)
    file = tmp_path / "system.py"
    file.write_text(text)
    return file


def service(more: str = "", name: str = "api") -> str:
    return f'api = Service("{name}", "app", ["run"], port=8000, {more})\n'


SYSTEM = 'system = System("shop", api)\n'

# name -> (description, line of the mistake, what the message says, what it suggests)
WRONG = {
    "wrong type": (HEAD + service("cpu='256'") + SYSTEM, 3, "cpu must be a whole number", "'256'"),
    "true is no number": (HEAD + service("cpu=True") + SYSTEM, 3, "cpu must be", "True"),
    "misspelt argument": (HEAD + service("memry=512") + SYSTEM, 3, "'memry'", "'memory'"),
    "missing argument": (HEAD + 'api = Service("api")\n' + SYSTEM, 3, "needs 'source'", "source="),
    "argument given twice": (
        HEAD + 'api = Service("api", "app", ["run"], name="b")\n' + SYSTEM,
        3,
        "'name' twice",
        "",
    ),
    "unknown part in uses": (
        HEAD + service("uses=['db']") + SYSTEM,
        3,
        "uses must be a list of an Access or a Part",
        "'db'",
    ),
    "a service in uses": (
        HEAD + service() + 'b = Service("b", "app", ["run"], uses=[api])\n' + SYSTEM,
        4,
        "cannot use Service 'api'",
        "load balancer",
    ),
    "two services on one route": (
        HEAD
        + service()
        + 'b = Service("b", "app", ["run"], port=80)\nsystem = System("shop", api, b)\n',
        4,
        "both ask for the route '/*'",
        "other paths",
    ),
    "300 CPU units": (HEAD + service("cpu=300") + SYSTEM, 3, "cpu=300 is not", "256"),
    "memory that does not go with cpu": (
        HEAD + service("memory=8192") + SYSTEM,
        3,
        "memory=8192 does not exist",
        "2048",
    ),
    "minimum over maximum": (
        HEAD + service("tasks=Scale(min=5, max=2, cpu=70)") + SYSTEM,
        3,
        "min=5 is over max=2",
        "Swap",
    ),
    "nothing to scale by": (
        HEAD + service("tasks=Scale(min=1, max=2)") + SYSTEM,
        3,
        "nothing moves",
        "cpu=70",
    ),
    "unknown region": (
        HEAD + service() + 'system = System("shop", api, region="us-eastt-1")\n',
        4,
        "'us-eastt-1' is not an AWS region",
        "'us-east-1'",
    ),
    "unknown size": (
        'from seatrial import *\ndb = Postgres("db", version="15", size="db.t3.gigantic")\n',
        2,
        "'db.t3.gigantic' is not an RDS instance class",
        "db.t3",
    ),
    "unknown version": (
        'from seatrial import *\ndb = Postgres("db", version="9", size="db.t3.micro")\n',
        2,
        "version='9' is not",
        "15",
    ),
    "version no longer offered": (
        'from seatrial import *\ndb = Postgres("db", version="15.4", size="db.t3.micro")\n',
        2,
        "no longer offers PostgreSQL 15.4",
        "version='15'",
    ),
    "version as a number": (
        'from seatrial import *\ndb = Postgres("db", version=15, size="db.t3.micro")\n',
        2,
        "version must be text, not 15",
        "",
    ),
    "name too long": (
        HEAD + service() + f'system = System("{"s" * 40}", api)\n',
        4,
        "40 characters",
        "at most 32",
    ),
    "name too long with its environment": (
        HEAD + service() + f'system = System("{"s" * 30}", api)\nsystem.environment("staging")\n',
        5,
        "characters",
        "at most 32",
    ),
    "name with capitals": (HEAD + service(name="My_Api") + SYSTEM, 3, "'My_Api'", "'my-api'"),
    "two parts of one name": (
        HEAD + service("uses=[db]", name="db") + SYSTEM,
        3,
        "have the same name",
        "another",
    ),
    "syntax error": (HEAD + "api = Service(\n" + SYSTEM, 3, "not Python", ""),
    "code that raises": (HEAD + "1 / 0\n", 3, "ZeroDivisionError: division by zero", ""),
    "a name that is not there": (HEAD + "sytem = Sytem('x')\n", 3, "NameError", "Sytem"),
    "code that exits": (HEAD + "raise SystemExit(3)\n", 3, "SystemExit", ""),
    "no system": (HEAD, 0, "makes no System", "System(...)"),
    "two systems": (
        HEAD + service() + 'a = System("a", api)\nb = System("b", api)\n',
        0,
        "2 systems",
        "`system`",
    ),
    "system that runs nothing": (
        HEAD + 'system = System("shop", db)\n',
        3,
        "runs nothing",
        "Service",
    ),
    "unknown system setting": (
        HEAD + service() + 'system = System("shop", api, zonez=2)\n',
        4,
        "'zonez'",
        "'zones'",
    ),
    "one zone": (HEAD + service() + 'system = System("shop", api, zones=1)\n', 4, "zones=1", "2"),
    "public network": (
        HEAD + service() + 'system = System("shop", api, cidr="8.8.0.0/16")\n',
        4,
        "private /16",
        "10.0.0.0/16",
    ),
    "health path": (HEAD + service("health='healthz'") + SYSTEM, 3, "must start", "/healthz"),
    "source that is not there": (
        HEAD + 'api = Service("api", "ap", ["run"])\n' + SYSTEM,
        3,
        "no folder 'ap'",
        "'app'",
    ),
    "source outside": (
        HEAD + 'api = Service("api", "../x", ["run"])\n' + SYSTEM,
        3,
        "beside the system's file",
        "relative",
    ),
    "port of a worker": (
        HEAD + 'api = Service("api", "app", ["run", PORT])\n' + SYSTEM,
        3,
        "no port",
        "port=8000",
    ),
    "rollout that cannot move": (
        HEAD + service("rollout=Rollout(min_healthy=100, max=100)") + SYSTEM,
        3,
        "no task can ever be replaced",
        "200",
    ),
    "schedule": (
        HEAD + service("tasks=Scale(min=1, max=2, schedule=[Scheduled('daily', 0, 0)])") + SYSTEM,
        3,
        "'daily' is not a schedule expression",
        "cron(",
    ),
    "duration": (
        HEAD + service() + 'system = System("shop", api, objectives=Objectives(rto="a while"))\n',
        4,
        "'a while' is not a duration",
        "15 min",
    ),
    "unknown change": (
        HEAD
        + service("uses=[db]")
        + SYSTEM
        + 'system.environment("dev", change={db: dict(multiaz=True)})\n',
        5,
        "'multiaz'",
        "'multi_az'",
    ),
    "change of a stranger": (
        HEAD + service() + SYSTEM + 'system.environment("dev", change={db: dict(multi_az=True)})\n',
        5,
        "does not use",
        "",
    ),
    "reader that is not there": (
        HEAD + service("uses=[db.reader]") + SYSTEM,
        3,
        "no reader",
        "readers=",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_one_message_with_place_and_suggestion(name: str, tmp_path: Path) -> None:
    text, line, says, suggests = WRONG[name]
    file = described(tmp_path, text)
    with pytest.raises(Mistake) as caught:
        graph_of(file, "production")
    mistake = caught.value
    message = str(mistake)
    assert says in message
    assert suggests in message
    assert mistake.where is not None
    assert mistake.where.line == line, message
    assert Path(mistake.where.file).name == "system.py"
    assert "Traceback" not in message
    assert not re.search(r"/seatrial/\w+/\w+\.py", message)


def test_there_are_at_least_twenty() -> None:
    assert len(WRONG) >= 20


def test_unknown_environment(tmp_path: Path) -> None:
    file = described(tmp_path, HEAD + service() + SYSTEM + 'system.environment("staging")\n')
    with pytest.raises(Mistake, match="Did you mean 'staging'"):
        graph_of(file, "stagin")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=re.escape("no system.py")):
        graph_of(tmp_path, "production")
    with pytest.raises(Mistake, match="does not exist"):
        graph_of(tmp_path / "nowhere", "production")


def test_not_text(tmp_path: Path) -> None:
    file = tmp_path / "system.py"
    file.write_bytes(b"\x00\xff\xfe")
    with pytest.raises(Mistake, match="not"):
        graph_of(file, "production")
