"""A website's files: taken as they are, or built once from a copy, and told why they are not."""

import sys
from pathlib import Path

import pytest

from seatrial.local.source import SiteNotBuilt, build_site

BUILD = [
    sys.executable,
    "-c",
    "import pathlib; o = pathlib.Path('out'); o.mkdir(); (o / 'i').write_text('built')",
]


def folder(tmp_path: Path) -> Path:
    source = tmp_path / "web"
    source.mkdir()
    (source / "index.html").write_text("as it is")
    return source


def test_files_that_are_there_are_frozen_as_they_are(tmp_path: Path) -> None:
    source = folder(tmp_path)
    files = build_site(source, [], ".", tmp_path / "store", print)
    (source / "index.html").write_text("changed")
    assert (files / "index.html").read_text() == "as it is"


def test_a_build_is_made_once_and_never_in_the_source(tmp_path: Path) -> None:
    source, told = folder(tmp_path), list[str]()
    build = [sys.executable, "-c", BUILD[2] + "; print('made')"]
    first = build_site(source, build, "out", tmp_path / "store", told.append)
    again = build_site(source, build, "out", tmp_path / "store", told.append)
    assert (first / "i").read_text() == "built"
    assert first == again
    assert told == ["made"]
    assert sorted(each.name for each in source.iterdir()) == ["index.html"]
    (source / "index.html").write_text("changed")
    assert build_site(source, build, "out", tmp_path / "store", told.append) != first


@pytest.mark.parametrize(
    ("build", "output", "said"),
    [
        ([sys.executable, "-c", "print('because'); raise SystemExit(3)"], "out", "ended with 3"),
        ([sys.executable, "-c", ""], "out", "no folder 'out'"),
        (["no-such-program"], "out", "'no-such-program' cannot be run"),
        ([], "dist", "no folder 'dist'"),
    ],
)
def test_a_site_that_cannot_be_built_says_why_and_leaves_nothing(
    tmp_path: Path, build: list[str], output: str, said: str
) -> None:
    with pytest.raises(SiteNotBuilt, match=said):
        build_site(folder(tmp_path), build, output, tmp_path / "store", lambda _: None)
    assert list((tmp_path / "store").glob("sites/*")) == []


def test_a_builds_environment_is_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    code = BUILD[2] + "; import os; assert 'AWS_SECRET_ACCESS_KEY' not in os.environ"
    build_site(folder(tmp_path), [sys.executable, "-c", code], "out", tmp_path / "s", print)
