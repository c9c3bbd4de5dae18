"""Which repository is meant: typed, or git's remote."""

import subprocess
from pathlib import Path

import pytest

from seatrial.pipeline.repository import (
    Repository,
    RepositoryUnknown,
    branch,
    from_git,
    of_remote,
    repository,
    root_of,
)


@pytest.mark.parametrize("text", ["acme/shop", "a/b", "acme-1/my.shop_2", "user_corp/x"])
def test_a_name_is_read(text: str) -> None:
    assert str(repository(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acme",
        "acme/",
        "/shop",
        "acme/shop/x",
        "acme/*",
        "*/shop",
        "-acme/shop",
        "acme/sh op",
        "acme/..",
        "acme/.",
        "acme@1/shop",
        "a" * 40 + "/x",
        "acme/shop:ref",
        "acme/shop\n",
    ],
)
def test_what_github_cannot_have_is_told(text: str) -> None:
    with pytest.raises(RepositoryUnknown, match="Write it as owner/name"):
        repository(text)


@pytest.mark.parametrize("text", ["main", "release/1.x", "a-b_c"])
def test_a_branch_is_read(text: str) -> None:
    assert branch(text) == text


@pytest.mark.parametrize(
    "text", ["", "*", "a..b", "a//b", "/a", "a/", "a b", "-a", "x?", "a:b", "a.", "${{x}}", "a\n"]
)
def test_a_branch_that_means_more_than_a_name_is_told(text: str) -> None:
    with pytest.raises(RepositoryUnknown):
        branch(text)


@pytest.mark.parametrize(
    "url",
    [
        "git@github.com:acme/shop.git",
        "git@github.com:acme/shop",
        "https://github.com/acme/shop",
        "https://github.com/acme/shop.git",
        "https://someone:token@github.com/acme/shop/",
        "ssh://git@github.com/acme/shop.git",
    ],
)
def test_a_remote_is_read(url: str) -> None:
    assert of_remote(url) == Repository("acme", "shop")


@pytest.mark.parametrize(
    "url", ["https://gitlab.com/acme/shop", "https://evil.com/github.com/acme/shop", "../shop", ""]
)
def test_a_remote_elsewhere_is_none(url: str) -> None:
    assert of_remote(url) is None


def test_git_is_asked(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    below = tmp_path / "systems"
    below.mkdir()
    assert root_of(below) == tmp_path.resolve()
    with pytest.raises(RepositoryUnknown, match="--repository owner/name"):
        from_git(below)
    remote = ["remote", "add", "origin", "git@github.com:acme/shop.git"]
    subprocess.run(["git", "-C", tmp_path, *remote], check=True)
    assert from_git(below) == Repository("acme", "shop")
