"""What commands share: a graph that AWS would take, or every mistake at once; or a template."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from seatrial.cli.options import Source, graph_of, source_options, tell_assumptions
from seatrial.mistake import Mistakes
from tests.cli.command import SYSTEM, described, seatrial


def test_each_environment_has_its_own_graph(tmp_path: Path) -> None:
    folder = described(tmp_path)
    production, development = (graph_of(folder, n) for n in ("production", "development"))
    assert (production.environment, development.environment) == ("production", "development")
    assert len(production.of("AWS::EC2::NatGateway")) == 2
    assert len(development.of("AWS::EC2::NatGateway")) == 1


def test_all_that_aws_would_refuse_is_told_at_once(tmp_path: Path) -> None:
    long = SYSTEM.replace('"shop"', f'"{"s" * 20}"').replace('"db"', f'"{"d" * 32}"')
    with pytest.raises(Mistakes) as told:
        graph_of(described(tmp_path, long), "development")
    assert told.value.found
    assert all(each.where for each in told.value.found)


@click.command()
@click.argument("first")
@source_options
@click.option("--json", "as_json", is_flag=True)
def told(first: str, source: Source, as_json: bool) -> None:
    """Tell what is read."""
    read = source.read()
    tell_assumptions(read.assumptions)
    click.echo(
        f"{first} {as_json} {read.graph.system} {read.graph.region} {len(read.graph.resources)}"
    )


def run(*words: str) -> Result:
    return CliRunner().invoke(told, words)


TEMPLATE = """Parameters: {P: {Type: String}}
Resources: {Q: {Type: AWS::SQS::Queue, Properties: {A: !Ref P}}}
"""


def test_a_system_or_a_template_is_read(tmp_path: Path) -> None:
    file = tmp_path / "queue.yaml"
    file.write_text(TEMPLATE)
    folder = described(tmp_path)
    assert run("x", str(folder), "--env", "development").stdout.startswith(
        "x False shop us-east-1 "
    )
    done = run("x", "--template", str(file), "--region", "eu-west-1", "--json")
    assert done.stdout == "x True queue eu-west-1 1\n"
    assert done.stderr == "assumed: parameter P (String) has no default and stays open\n"
    done = run("x", "--template", str(file), "--region", "eu-west-1", "--parameter", "P=a=b")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["x", "--region", "eu-west-1"], "--parameter and --region are for --template."),
        (["x", "--parameter", "A=b"], "--parameter and --region are for --template."),
        (["x", ".", "--template", "t.json"], "SYSTEM and --template exclude each other."),
        (["x", "--env", "a", "--template", "t"], "--env and --template exclude each other."),
        (["x", "--template", "t", "--parameter", "A"], "'A' is not NAME=VALUE."),
        (["x", "--template", "t", "--parameter", "A=1", "--parameter", "A=2"], "A stands twice."),
        (["x", "--region", ""], "--parameter and --region are for --template."),
        (["x", "--template", "t", "--parameter", "=A"], "'=A' is not NAME=VALUE."),
    ],
)
def test_wrong_use_is_told(words: list[str], wrong: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert wrong in done.stderr


def test_a_template_in_json_does_not_wait_for_yaml(tmp_path: Path) -> None:
    file = tmp_path / "queue.json"
    file.write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')
    code = (
        "import sys, pathlib; from seatrial.cli.options import Source;"
        f"Source(pathlib.Path('.'), '', pathlib.Path({str(file)!r})).read();"
        "print({'yaml', 'seatrial.language', 'seatrial.lower'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("command", [["cost"], ["check"], ["reach", "internet", "db"]])
def test_a_template_that_is_named_as_a_system_is_told(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    done = seatrial(tmp_path, *command, "t.yaml")
    assert done.code == 1
    assert done.err == "error: t.yaml is no system.py. Is it a template? Say --template t.yaml\n"
