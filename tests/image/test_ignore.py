"""`.dockerignore`, held against the cases of Docker's own documentation and matcher."""

from pathlib import Path

import pytest

from seatrial.image.ignore import Ignore, dockerignore


@pytest.mark.parametrize(
    ("lines", "path", "out"),
    [
        (["# comment", ""], "# comment", False),
        (["*/temp*"], "somedir/temporary.txt", True),
        (["*/temp*"], "somedir/temp", True),
        (["*/temp*"], "temp", False),
        (["*/*/temp*"], "somedir/subdir/temporary.txt", True),
        (["temp?"], "tempa", True),
        (["temp?"], "temp", False),
        (["**/*.go"], "main.go", True),
        (["**/*.go"], "deep/down/main.go", True),
        (["*.go"], "deep/main.go", False),
        (["/foo/bar"], "foo/bar", True),
        (["foo/bar/"], "foo/bar/baz", True),
        (["tests"], "tests/unit/test_a.py", True),
        (["tests"], "src/tests", False),
        (["*.md", "!README.md"], "README.md", False),
        (["*.md", "!README.md"], "CHANGES.md", True),
        (["!README.md", "*.md"], "README.md", True),
        (["*.md", "!README*.md", "README-secret.md"], "README-secret.md", True),
        (["*.md", "!README*.md", "README-secret.md"], "README-other.md", False),
        (["*", "!app"], "app/main.py", False),
        (["*", "!app"], "data/big.csv", True),
        (["docs/**"], "docs/a/b", True),
        (["docs/**"], "docs", False),
        (["file[0-9].txt"], "file7.txt", True),
        (["file[0-9].txt"], "filex.txt", False),
        (["file[^0-9].txt"], "filex.txt", True),
        ([r"a\*b"], "a*b", True),
        ([r"a\*b"], "axb", False),
        (["a+b(c)"], "a+b(c)", True),
        (["."], "anything", False),
        (["!.git", "!**/.venv"], ".git/config", True),
        ([], "deep/__pycache__/x.pyc", True),
        ([], "web/node_modules/left-pad/index.js", True),
        ([], "mynode_modules", False),
    ],
)
def test_a_path_is_left_out_as_docker_would(lines: list[str], path: str, out: bool) -> None:
    assert Ignore(lines).leaves_out(path) is out


def test_a_folder_is_skipped_only_if_no_exception_can_be_below_it() -> None:
    assert Ignore(["data"]).skips("data")
    assert not Ignore(["data", "!data/keep"]).skips("data")
    assert Ignore(["data", "!data/keep"]).skips("data/.git")


def test_the_usual_rules_hold_where_there_is_no_file(tmp_path: Path) -> None:
    assert Ignore.of(tmp_path).leaves_out(".env")
    (tmp_path / ".dockerignore").write_text("data\n")
    assert not Ignore.of(tmp_path).leaves_out(".env")
    assert Ignore.of(tmp_path).leaves_out("data/x")


def test_the_text_gives_the_same_answers(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("data\n!data/keep\n**/.git")
    text = dockerignore(tmp_path)
    assert text.splitlines()[:3] == ["data", "!data/keep", "**/.git"]
    assert text.splitlines().count("**/.git") == 1
    written = Ignore(text.splitlines())
    for path in ("data/a", "data/keep", "a/.venv/x", "a/node_modules", "a/b.py", ".seatrial/x"):
        assert written.leaves_out(path) is Ignore.of(tmp_path).leaves_out(path), path
