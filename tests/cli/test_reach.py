"""`seatrial reach`: one question or the whole table, for people and for programs."""

import json
from pathlib import Path

from seatrial.cli.options import graph_of
from seatrial.reach import Reach
from seatrial.reach.tell import Teller
from tests.cli.command import described, seatrial


def test_yes_is_told_with_every_hop_and_its_line(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path), "reach", "internet", "api")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("yes: internet reaches api on 8000\n")
    assert "internet -> LoadBalancer" in done.out
    assert "security group ApiGroup lets in 8000" in done.out
    assert "system.py:4" in done.out


def test_no_is_an_answer_too(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path), "reach", "internet", "db")
    assert done.code == 0
    assert done.out.startswith("no: internet does not reach db\n")
    assert "DbInstance has no public address" in done.out


def test_what_is_expected_decides_the_exit_code(tmp_path: Path) -> None:
    folder = described(tmp_path)
    for expected, code in (("no", 0), ("yes", 1)):
        done = seatrial(folder, "reach", "internet", "db:5432", "--expect", expected)
        assert done.code == code
    assert done.err == "error: internet does not reach db:5432. Expected: yes.\n"
    assert seatrial(folder, "reach", "api", "db", "--expect", "yes").code == 0


def test_the_system_comes_last(tmp_path: Path) -> None:
    described(tmp_path)
    elsewhere = tmp_path / "app"
    done = seatrial(elsewhere, "reach", "api", "db", "..", "--env", "development")
    assert done.out.startswith("yes: api reaches db on 5432\n")
    assert seatrial(elsewhere, "reach", "--all", "..").code == 0


def test_the_whole_table(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path), "reach", "--all")
    lines = done.out.splitlines()
    assert lines[0].split() == ["from", "to", "ports", "through"]
    assert ["api", "db", "5432"] in [line.split() for line in lines]
    assert ["internet", "api", "8000", "LoadBalancer"] in [line.split() for line in lines]
    assert "as anybody does" in done.out
    assert "assumed:" in lines


def test_json_is_one_document(tmp_path: Path) -> None:
    folder = described(tmp_path)
    answer = json.loads(seatrial(folder, "reach", "api", "db", "--json").out)
    assert (answer["reached"], answer["ports"]) == (True, ["5432"])
    table = json.loads(seatrial(folder, "reach", "--all", "--json").out)
    assert {"from": "api", "to": "db", "ports": ["5432"], "through": []} in table["rows"]


def test_wrong_use_is_told(tmp_path: Path) -> None:
    folder = described(tmp_path)
    for words in (["internet"], [], ["--all", "a", "b"], ["--all", "--expect", "yes"]):
        assert seatrial(folder, "reach", *words).code == 2
    done = seatrial(folder, "reach", "internet", "dbb")
    assert done.code == 1
    assert "'dbb' is no part and no resource here. Did you mean 'db'?" in done.err


def test_a_template_is_no_second_system(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue}}")
    done = seatrial(tmp_path, "reach", "--all", ".", "--template", "t.yaml")
    assert done.code == 2
    assert "SYSTEM and --template exclude each other." in done.err


def test_what_is_assumed_of_a_template_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("Resources: {V: {Type: AWS::EC2::VPC}}")
    done = seatrial(tmp_path, "reach", "--all", "--template", "t.yaml")
    assert done.out.startswith("nobody reaches anybody\n")
    assert done.err == "assumed: the region is us-east-1; --region says another\n"
    told = seatrial(tmp_path, "reach", "--all", "--template", "t.yaml", "--json")
    assert told.err == ""
    assert json.loads(told.out)["rows"] == []
    assert "the region is us-east-1; --region says another" in json.loads(told.out)["assumed"]


def test_a_row_that_is_wider_than_the_terminal_is_broken(tmp_path: Path) -> None:
    graph = graph_of(described(tmp_path), "production")
    answer = Reach(graph).ask("internet", "db")
    wide, narrow = (Teller(graph).text(answer, width) for width in (0, 60))
    assert max(map(len, wide.splitlines())) > 80
    assert max(len(each) for each in narrow.splitlines() if "/" not in each) <= 60
    assert sorted(wide.split()) == sorted(narrow.split())
