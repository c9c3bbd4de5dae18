"""Running a description: found, run once, and whatever it does told at its own line."""

import sys
from pathlib import Path

import pytest

from seatrial.language.loading import find, load
from seatrial.mistake import Mistake

MAKES = 'from seatrial import *\nsystem = System("shop", Service("api", ".", ["run"]))\n'


def written(folder: Path, text: str) -> Path:
    file = folder / "system.py"
    file.write_text(text)
    return file


def told(folder: Path, text: str) -> str:
    with pytest.raises(Mistake) as raised:
        load(written(folder, text))
    assert raised.value.where
    return f"{Path(raised.value.where.file).name}:{raised.value.where.line}: {raised.value.what}"


def test_a_system_is_found_by_its_folder_or_its_file(tmp_path: Path) -> None:
    file = written(tmp_path, MAKES)
    assert find(tmp_path) == find(file) == file.resolve()
    assert load(tmp_path).name == "shop"
    renamed = file.rename(tmp_path / "other.py")
    assert load(renamed).name == "shop"


def test_a_module_beside_it_can_be_imported_and_the_path_is_as_before(tmp_path: Path) -> None:
    (tmp_path / "beside_this.py").write_text("NAME = 'shop'\n")
    before = list(sys.path)
    text = "from beside_this import NAME\n" + MAKES.replace('"shop"', "NAME")
    file = written(tmp_path, text)
    assert load(file).name == "shop"
    assert sys.path == before
    sys.modules.pop("beside_this")


def test_it_is_ordinary_python(tmp_path: Path) -> None:
    text = MAKES + "from pathlib import Path\nassert Path(__file__).name == 'system.py'\n"
    assert load(written(tmp_path, text)).name == "shop"
    # Dataclasses look their module up by its name.
    text = "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int\n" + MAKES
    assert load(written(tmp_path, text)).name == "shop"


def test_the_system_that_is_called_so_is_meant(tmp_path: Path) -> None:
    text = MAKES + 'other = System("other", Service("api", ".", ["run"]))\nagain = other\n'
    assert load(written(tmp_path, text)).name == "shop"
    text = MAKES.replace("system =", "first =") + 'system = System("other", *first.written)\n'
    assert load(written(tmp_path, text)).name == "other"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\n1/0\n", "system.py:2: this line raised ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit(3)\n", "system.py:2: this line raised SystemExit: 3"),
        ("raise ValueError('a\\nb')\n", "system.py:1: this line raised ValueError: a"),
        ("raise KeyError\n", "system.py:1: this line raised KeyError"),
        ("import json\n\njson.loads('{')\n", "system.py:3: this line raised JSONDecodeError"),
        ("def f():\n    return g()\ng = lambda: 1/0\nf()\n", "system.py:3: this line raised Zero"),
        ("x = (\n", "system.py:1: this is not Python"),
        ("'\0'\n", "system.py:0: this is not"),
    ],
)
def test_whatever_it_raises_is_told_at_the_users_own_line(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert told(tmp_path, text).startswith(expected)


def test_what_a_module_beside_it_raises_is_told_there(tmp_path: Path) -> None:
    (tmp_path / "raises_this.py").write_text("\n\n1/0\n")
    assert told(tmp_path, "import raises_this\n").startswith("raises_this.py:3: ")
    (tmp_path / "not_python.py").write_text("\nx = = 1\n")
    assert told(tmp_path, "import not_python\n").startswith("not_python.py:2: ")


def test_ctrl_c_is_no_mistake(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        load(written(tmp_path, "raise KeyboardInterrupt\n"))


def test_what_it_prints_goes_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(written(tmp_path, MAKES + "print('hello')\n"))
    assert capsys.readouterr() == ("", "hello\n")
