"""Which file decides a folder's dependencies, and what is refused."""

from pathlib import Path

import pytest

from seatrial.image.dependencies import (
    DependenciesUnreadable,
    DependencyInFolder,
    Kind,
    dependencies,
)

PROJECT = '[project]\nname = "x"\nversion = "1"\ndependencies = ["tiny"]\n'


def _write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)


def test_the_most_exact_file_decides(tmp_path: Path) -> None:
    assert dependencies(tmp_path).kind is Kind.NONE
    _write(tmp_path, pyproject_toml="[tool.ruff]\n")
    assert dependencies(tmp_path).kind is Kind.NONE
    _write(tmp_path, pyproject_toml=PROJECT)
    assert dependencies(tmp_path).kind is Kind.PYPROJECT
    assert not dependencies(tmp_path).locked
    _write(tmp_path, pylock_toml="lock-version = '1.0'")
    assert dependencies(tmp_path).kind is Kind.PYLOCK
    _write(tmp_path, uv_lock="version = 1")
    assert dependencies(tmp_path).files == ("uv.lock", "pyproject.toml")
    _write(tmp_path, requirements_txt="tiny==1 --hash=sha256:00\n")
    assert dependencies(tmp_path).kind is Kind.REQUIREMENTS
    assert dependencies(tmp_path).locked


def test_the_digest_follows_included_files(tmp_path: Path) -> None:
    _write(tmp_path, requirements_txt="-r more.txt\ntiny\n", more_txt="--constraint=limits.txt\n")
    _write(tmp_path, limits_txt="tiny<2\n")
    before = dependencies(tmp_path)
    assert before.files == ("requirements.txt", "more.txt", "limits.txt")
    assert before == dependencies(tmp_path)
    _write(tmp_path, limits_txt="tiny<3\n")
    assert dependencies(tmp_path).digest != before.digest


def test_the_digest_ignores_what_decides_nothing(tmp_path: Path) -> None:
    _write(tmp_path, requirements_txt="tiny\n")
    before = dependencies(tmp_path).digest
    _write(tmp_path, main_py="print()", pyproject_toml=PROJECT)
    assert dependencies(tmp_path).digest == before


@pytest.mark.parametrize(
    "line", ["-e .", "--editable ./lib", ".", "./lib", "../lib", "/srv/lib", "lib @ file:///srv"]
)
def test_a_requirement_that_is_a_folder_is_refused(tmp_path: Path, line: str) -> None:
    _write(tmp_path, requirements_txt=f"tiny\n{line}\n")
    with pytest.raises(DependencyInFolder, match=r"requirements.txt:2"):
        dependencies(tmp_path)


@pytest.mark.parametrize(
    "line", ["tiny[extra]==1.0 ; python_version > '3'", "--find-links wheels", "# -e .", "a.b==1"]
)
def test_an_ordinary_line_is_not(tmp_path: Path, line: str) -> None:
    _write(tmp_path, requirements_txt=f"{line}\n")
    assert dependencies(tmp_path).kind is Kind.REQUIREMENTS


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    _write(tmp_path, pyproject_toml="[project\n")
    with pytest.raises(DependenciesUnreadable, match=r"pyproject.toml"):
        dependencies(tmp_path)
    _write(tmp_path, requirements_txt="-r ../elsewhere.txt\n")
    with pytest.raises(DependenciesUnreadable, match="outside the source folder"):
        dependencies(tmp_path)
    _write(tmp_path, requirements_txt="-r missing.txt\n")
    with pytest.raises(DependenciesUnreadable, match=r"missing.txt"):
        dependencies(tmp_path)
