from pathlib import Path

import pytest

from seatrial.local.cache import cache_folder


def test_the_variable_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder("postgres") == tmp_path / "seatrial" / "postgres"


@pytest.mark.parametrize("value", ["", "relative/path"])
def test_what_is_not_absolute_is_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert cache_folder("postgres") == tmp_path / ".cache" / "seatrial" / "postgres"
