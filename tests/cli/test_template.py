"""`seatrial template`: on standard output or, whole, in a file."""

import json
from pathlib import Path

import pytest
import yaml

from tests.cli.command import SYSTEM, described, seatrial


def test_it_is_the_template_and_nothing_else(tmp_path: Path) -> None:
    done = seatrial(described(tmp_path), "template")
    assert (done.code, done.err) == (0, "")
    assert "ApiService" in json.loads(done.out)["Resources"]


def test_a_system_is_named_by_its_file_or_its_folder(tmp_path: Path) -> None:
    here = seatrial(described(tmp_path), "template").out
    elsewhere = tmp_path / "app"
    for name in ("..", "../system.py", str(tmp_path)):
        # The text holds no place of this machine, so it is the same from everywhere.
        assert seatrial(elsewhere, "template", name).out == here
    assert str(tmp_path) not in here


def test_what_a_description_prints_does_not_spoil_the_result(tmp_path: Path) -> None:
    folder = described(tmp_path, f'print("hello")\n{SYSTEM}')
    done = seatrial(folder, "template")
    assert json.loads(done.out)
    assert done.err == "hello\n"


def test_both_forms_say_the_same(tmp_path: Path) -> None:
    folder = described(tmp_path)

    class Loader(yaml.SafeLoader):
        """Reads the short forms of functions as what follows them."""

    Loader.add_multi_constructor("!", lambda loader, suffix, node: suffix)
    text = seatrial(folder, "template", "--format", "yaml").out
    resources = yaml.load(text, Loader)["Resources"]
    assert resources.keys() == json.loads(seatrial(folder, "template").out)["Resources"].keys()


def test_a_file_gets_what_standard_output_would(tmp_path: Path) -> None:
    folder = described(tmp_path)
    done = seatrial(folder, "template", "--env", "development", "--out", "out.json")
    assert (done.code, done.out) == (0, "")
    printed = seatrial(folder, "template", "--env", "development").out
    assert (folder / "out.json").read_text() == printed


@pytest.mark.parametrize("target", ["gone/out.json", "system.py/out.json"])
def test_a_file_that_cannot_be_written_is_one_message(tmp_path: Path, target: str) -> None:
    done = seatrial(described(tmp_path), "template", "--out", target)
    assert done.code == 1
    assert done.err.startswith(f"error: cannot write {target}: ")
    assert done.err.count("\n") == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["app", "system.py"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere"], "'nowhere' does not exist. Name a system.py or the folder of one."),
        (["app"], "there is no system.py in 'app'."),
        (["--env", "prodction"], "there is no environment 'prodction'. Did you mean 'production'?"),
    ],
)
def test_what_is_not_there_is_told(tmp_path: Path, words: list[str], told: str) -> None:
    done = seatrial(described(tmp_path), "template", *words)
    assert done.code == 1
    assert told in done.err


def test_a_folder_above_suggests_the_one_below(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    described(tmp_path / "shop")
    done = seatrial(tmp_path, "template")
    assert "there is no system.py in the current folder. Try shop." in done.err


def test_a_broken_description_leaves_the_old_file(tmp_path: Path) -> None:
    folder = described(tmp_path)
    (folder / "out.json").write_text("old")
    (folder / "system.py").write_text("1/0\n")
    done = seatrial(folder, "template", "--out", "out.json")
    assert done.code == 1
    assert "system.py:1: this line raised ZeroDivisionError" in done.err
    assert (folder / "out.json").read_text() == "old"
