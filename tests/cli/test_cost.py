"""`seatrial cost`: the table, what explains it, a usage file, and a commit to compare with."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import SYSTEM, described, seatrial

PRICED = SYSTEM.replace(
    "production =",
    "system.expects(api, requests=(1e5, 1e6, 1e7), out_gb=(1, 10, 300))\nproduction =",
)


@pytest.fixture(autouse=True)
def _our_books(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEATRIAL_PRICES", str(tmp_path / "none"))


def test_the_table_has_a_part_a_line_and_three_columns(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path, PRICED), "cost")
    assert (done.code, done.err) == (0, "")
    rows = done.out.splitlines()
    assert rows[0] == "shop  production  us-east-1"
    assert rows[1].split()[-3:] == ["low", "expected", "high"]
    part = next(row for row in rows if row.startswith("db "))
    assert len(part.split()[1:]) == 3
    assert any(row.startswith("  NAT gateway hours x2") for row in rows)
    assert max(map(len, rows)) <= 80
    assert "the total leaves out" in rows
    assert "assumed" in rows
    assert "\x1b" not in done.out


def test_no_color_is_heard_and_a_terminal_gets_colour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click import unstyle

    from seatrial.cli.cost_text import heading
    from tests.golden.costs import bill_of
    from tests.golden.systems import graphs

    bill = bill_of(graphs("fastapi-app")["production"])
    assert "\x1b" in heading(bill)
    monkeypatch.setenv("NO_COLOR", "1")
    assert unstyle(seatrial(described(tmp_path), "cost").out) == seatrial(tmp_path, "cost").out


def test_what_a_usage_file_says_for_nothing_is_told(tmp_path: Path) -> None:
    described(tmp_path, PRICED)
    (tmp_path / "u.yaml").write_text("db:\n  tokens_in: 5\n  backup_gb: 3\napi: {logs_gb: 2}\n")
    done = seatrial(tmp_path, "cost", "--usage", "u.yaml")
    told = done.out.partition("said for nothing\n")[2]
    assert told == "  - u.yaml:2: nothing here is billed by tokens_in of db\n"
    found = json.loads(seatrial(tmp_path, "cost", "--usage", "u.yaml", "--json").out)
    assert found["said_for_nothing"] == ["u.yaml:2: nothing here is billed by tokens_in of db"]
    assert "said for nothing" not in seatrial(tmp_path, "cost").out


def test_json_is_one_document_that_adds_up(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path, PRICED), "cost", "--json")
    found = json.loads(done.out)
    for level in ("low", "expected", "high"):
        total = sum(line["cost"][level] for line in found["lines"] if line["cost"])
        assert total == pytest.approx(found["total"][level], abs=1e-3)
    priced = [line for line in found["lines"] if line["price"]]
    assert all(line["price"]["source"] and line["price"]["date"] for line in priced)
    assert found["free"]


def test_markdown_is_a_table(tmp_path: Path) -> None:
    out = seatrial(described(tmp_path, PRICED), "cost", "--markdown").out
    assert out.startswith("### shop, production: ")
    assert "| part | component | low | expected | high |" in out
    assert "<details><summary>The total leaves out" in out


def test_explain_tells_arithmetic_key_usage_type_source_and_date(tmp_path: Path) -> None:
    out = seatrial(described(tmp_path, PRICED), "cost", "--explain").out
    assert "1 task x 0.25 vCPU x 730 h" in out
    assert "fargate.x86.vcpu_h, AmazonECS" in " ".join(out.split())
    assert "prices are from" in out
    assert "costs nothing" in out
    assert "EC2::VPC" in out


def test_a_usage_file_goes_before_the_description(tmp_path: Path) -> None:
    folder = described(tmp_path, PRICED)
    (folder / "more.toml").write_text("[api]\nout_gb = 500\n[NatGateway1]\nnat_gb = 100\n")
    found = json.loads(seatrial(folder, "cost", "--usage", "more.toml", "--json").out)
    lines = {(line["part"], line["component"]): line for line in found["lines"]}
    assert lines["api", "data to the internet"]["quantity"]["low"] == 500
    assert "more.toml:2" not in str(lines["shop", "NAT data"]["how"])
    assert lines["shop", "NAT data"]["quantity"]["low"] == 100


def test_a_wrong_usage_file_is_one_message_with_its_line(tmp_path: Path) -> None:
    folder = described(tmp_path, PRICED)
    (folder / "more.yaml").write_text("api:\n  requests: 5\nworkr:\n  logs_gb: 1\n")
    done = seatrial(folder, "cost", "--usage", "more.yaml")
    assert (done.code, done.out) == (1, "")
    assert done.err.strip() == (
        "error: more.yaml:4: there is no part or logical id 'workr'. Did you mean 'worker'?"
    )


def test_without_what_is_always_free_it_costs_more(tmp_path: Path) -> None:
    folder = described(tmp_path, PRICED)
    whole = json.loads(seatrial(folder, "cost", "--json").out)["total"]["expected"]
    without = json.loads(seatrial(folder, "cost", "--json", "--no-free").out)["total"]["expected"]
    assert whole < without


def test_a_commitment_is_a_what_if(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path), "cost", "--commit", "compute=20", "--commit", "reserved")
    text = " ".join(done.out.split())
    assert "at 20 % off by your word it saves" in text
    assert "what it saves is unknown" in text


@pytest.mark.parametrize("word", ["compote", "compute=x", "compute=101", "compute=-1"])
def test_a_wrong_commitment_is_wrong_use(tmp_path: Path, word: str) -> None:
    done = seatrial(described(tmp_path), "cost", "--commit", word)
    assert done.code == 2
    assert "--commit" in done.err


@pytest.mark.parametrize("words", [("--json", "--markdown"), ("--explain", "--json"),
    ("--commit", "compute", "--json"), ("--diff", "HEAD", "--explain")])  # fmt: skip
def test_what_excludes_each_other_is_wrong_use(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert seatrial(described(tmp_path), "cost", *words).code == 2


def git(folder: Path, *words: str) -> None:
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository" / "shop"
    folder.mkdir(parents=True)
    described(folder, PRICED)
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-qm", "first")
    (folder / "system.py").write_text(PRICED.replace("db.t3.micro", "db.t3.small"))
    return folder


def test_a_change_is_told_line_by_line(repository: Path) -> None:
    done = seatrial(repository, "cost", "--diff", "HEAD")
    assert (done.code, done.err) == (0, "")
    rows = [row.split() for row in done.out.splitlines()]
    assert ["instance", "13.14", "26.28", "+13.14"] in [
        [row[0], *row[-3:]] for row in rows if len(row) > 3
    ]
    assert max(map(len, done.out.splitlines())) <= 80
    markdown = seatrial(repository, "cost", "--diff", "HEAD", "--markdown").out
    assert markdown.startswith("### shop, production: +13.14 USD a month")
    assert "| db | instance | 13.14 | 26.28 | +13.14 |" in markdown
    found = json.loads(seatrial(repository, "cost", "--diff", "HEAD", "--json").out)
    (change,) = found["changes"]
    assert change["now"]["expected"] - change["before"]["expected"] == pytest.approx(13.14)


def test_other_traffic_is_no_change(repository: Path) -> None:
    (repository / "system.py").write_text(
        PRICED.replace("out_gb=(1, 10, 300)", "out_gb=(5, 50, 500)")
    )
    assert "nothing changes" in seatrial(repository, "cost", "--diff", "HEAD").out


def test_the_old_description_brings_its_own_modules(repository: Path) -> None:
    text = "from sizes import SIZE\n" + PRICED.replace('"db.t3.micro"', "SIZE")
    (repository / "sizes.py").write_text('SIZE = "db.t3.micro"\n')
    (repository / "system.py").write_text(text)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "second")
    (repository / "sizes.py").write_text('SIZE = "db.t3.small"\n')
    assert "+13.14" in seatrial(repository, "cost", "--diff", "HEAD").out


@pytest.mark.parametrize(
    ("reference", "said"),
    [("nope", "git knows no 'nope' here"), ("--output=x", "is no git reference")],
)
def test_a_wrong_reference_is_one_message(repository: Path, reference: str, said: str) -> None:
    done = seatrial(repository, "cost", f"--diff={reference}")
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not (repository / "x").exists()


def test_a_description_that_was_wrong_then_says_where(repository: Path) -> None:
    (repository / "system.py").write_text("from seatrial import *\nnothing(\n")
    git(repository, "commit", "-qam", "broken")
    (repository / "system.py").write_text(PRICED)
    done = seatrial(repository, "cost", "--diff", "HEAD")
    assert done.code == 1
    assert done.err.startswith("error: the system at HEAD, line 2: this is not Python")


def test_a_folder_in_no_repository_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    done = seatrial(described(tmp_path), "cost", "--diff", "HEAD")
    assert done.code == 1
    assert "in no git repository" in done.err


TEMPLATE = """
Parameters: {Size: {Type: String, Default: t3.medium}, Ami: {Type: String}}
Resources:
  Machine:
    Type: AWS::EC2::Instance
    Properties: {InstanceType: !Ref Size, ImageId: !Ref Ami}
"""
OPEN = "parameter Ami (String) has no default and stays open"


def test_a_template_is_priced_with_what_was_assumed(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    asked = ("cost", "--template", "t.yaml", "--region", "us-east-1")
    done = seatrial(tmp_path, *asked)
    assert (done.code, done.err) == (0, f"assumed: {OPEN}\n")
    assert done.out.startswith("t  template  us-east-1\n")
    assert "30.37" in done.out
    assert "nobody said storage_gb of Machine" in done.out
    done = seatrial(tmp_path, *asked, "--parameter", "Size=t2.micro", "--json")
    found = json.loads(done.out)
    assert done.err == ""
    assert OPEN in found["assumed"]
    assert found["total"]["expected"] == pytest.approx(0.0116 * 730)


def test_a_template_has_no_commit_to_compare_with(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    done = seatrial(tmp_path, "cost", "--template", "t.yaml", "--diff", "HEAD")
    assert done.code == 2
    assert "--template does not go with --diff; it goes with the bill." in done.err


def test_a_region_without_a_book_is_unknown_but_for_what_is_everywhere_the_same(
    tmp_path: Path,
) -> None:
    text = PRICED.replace("api, worker)", 'api, worker, region="eu-south-2")')
    done = seatrial(described(tmp_path, text), "cost", "--json")
    found = json.loads(done.out)
    assert done.code == 0
    unknown = {line["unknown"] for line in found["lines"] if line["unknown"]}
    assert "no price of nat.h in eu-south-2" in unknown
