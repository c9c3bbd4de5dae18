"""The `seatrial` command: what it suggests, how it leaves, and what it does not import."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner

from seatrial import __version__
from seatrial.cli.main import COMMANDS, Commands, cli
from tests.cli.command import described, seatrial

ENGINES = {"psycopg", "psutil", "rich", "yaml", "asyncio", "envoy", "uvloop"}


def imported(folder: Path, *words: str) -> set[str]:
    """Run a command in a process of its own; give the packages it imported."""
    code = (
        "import json, sys\n"
        "from seatrial.cli.main import main\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n    assert not ended.code, ended.code\n"
        "finally:\n"
        "    print('\\n' + json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["template"]])
def test_what_starts_no_engine_imports_none(tmp_path: Path, words: list[str]) -> None:
    assert not imported(described(tmp_path), *words) & ENGINES


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_tells_every_argument_and_option(
    tmp_path: Path, name: str
) -> None:
    done = seatrial(tmp_path, name, "--help")
    assert (done.code, done.err) == (0, "")
    assert isinstance(cli, Commands)
    command = cli.get_command(None, name)
    assert command
    for parameter in command.params:
        names = [*parameter.opts, *parameter.secondary_opts]
        word = parameter.make_metavar(Context(command)).strip("[]")  # what stands in its place
        shown = names if names[0].startswith("-") else [word]
        assert all(each in done.out for each in shown), (name, shown)
    assert command.help
    assert done == seatrial(tmp_path, name, "-h")


def test_help_lists_every_command_and_is_given_where_none_is_named(tmp_path: Path) -> None:
    done = seatrial(tmp_path, "--help")
    assert all(f"\n  {name} " in done.out for name in COMMANDS)
    assert seatrial(tmp_path, "--version").out == f"seatrial, version {__version__}\n"
    bare = seatrial(tmp_path)
    assert bare.code == 2
    assert "Commands:" in bare.out + bare.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["templte"], "Did you mean 'template'?"),
        (["frobnicate"], "Known: check, cost"),
        (["template", "--frmat", "json"], "--format"),
        (["template", "--format", "toml"], "'toml' is not one of"),
        (["template", "a", "b"], "unexpected extra argument"),
        (["up", "--pace", "0"], "1.0<=x<=60.0"),
        (["dockerfile"], "Missing argument 'PART'"),
        (["logs", "-n", "many"], "not a valid integer"),
    ],
)
def test_wrong_use_is_told_and_ends_with_2(tmp_path: Path, words: list[str], told: str) -> None:
    done = seatrial(described(tmp_path), *words)
    assert done.code == 2
    assert told in done.err
    assert done.out == ""


def test_a_mistake_is_one_line_on_standard_error_and_ends_with_1(tmp_path: Path) -> None:
    folder = described(tmp_path, 'from seatrial import *\nsystem = System("Shop!")\n')
    done = seatrial(folder, "template")
    assert done.code == 1
    assert done.out == ""
    assert done.err.startswith("error: system.py:2: System: the name 'Shop!'")
    assert done.err.count("\n") == 1


def test_several_mistakes_are_a_line_each(tmp_path: Path) -> None:
    text = (
        "from seatrial import *\n"
        + "".join(
            f'd{n} = Postgres("{c * 32}", version="15", size="db.t3.micro")\n'
            for n, c in enumerate("ab")
        )
        + f'system = System("{"s" * 20}", Service("api", "app", ["run"], uses=[d0, d1]))\n'
    )
    done = seatrial(described(tmp_path, text), "template")
    assert done.code == 1
    lines = done.err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("error: system.py:") for line in lines)


def test_a_reader_that_leaves_early_is_no_mistake(tmp_path: Path) -> None:
    command = f"{sys.executable} -m seatrial template | head -c 10"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=described(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ('{\n  "AWSTe', "")


def test_colours_are_for_terminals_alone(tmp_path: Path) -> None:
    done = seatrial(tmp_path, "template", "nowhere")
    assert "\x1b" not in done.err


@pytest.mark.parametrize("refused", [True, False])
def test_whoever_wants_no_colour_gets_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    """https://no-color.org, for every command alike."""
    (tmp_path / "app").mkdir()
    (tmp_path / "system.py").write_text(
        "from seatrial import Service, System\n"
        'system = System("shop", Service("api", "app", ["serve"], port=8000))\n'
    )
    monkeypatch.delenv("NO_COLOR", raising=False)
    if refused:
        monkeypatch.setenv("NO_COLOR", "1")
    told = CliRunner().invoke(cli, ["check", str(tmp_path)], color=True).stdout
    assert "warning" in told
    assert ("\x1b[" in told) is not refused


def test_ctrl_c_while_the_command_is_loaded_ends_it_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("import os; os.kill(os.getpid(), 2)")
    done = subprocess.run(
        [sys.executable, "-m", "seatrial", "--version"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (-2, "", "")
