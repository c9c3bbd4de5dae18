"""Making ready what `up` asks for: each folder once, and nothing of the user's changed."""

from pathlib import Path

import pytest

from seatrial.graph.annotations import Source
from seatrial.local.pace import Pace
from seatrial.local.prepare import prepare
from seatrial.local.source.version import SourceMissing
from seatrial.local.store import Store
from tests.lower.systems import graph_of

TEXT = (
    'job = Job("migrate", "app", ["run"])\n'
    'api = Service("api", "app", ["run"], before=job)\n'
    'system = System("shop", api)\n'
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "state" / "development")
    store.prepare()
    return store


@pytest.mark.engine
def test_a_folder_is_frozen_and_made_ready_once_for_all_its_programs(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    source = tmp_path / "app"
    source.mkdir()
    (source / "requirements.txt").touch()
    (source / "main.py").write_text("1")
    wanted = prepare(graph_of(TEXT), tmp_path, store, Pace(2), lambda line: None)
    assert wanted.pace == Pace(2)
    (built,) = wanted.built.values()
    assert wanted.built.keys() == {"app"}
    assert (built.programs / "python").exists()
    assert built.folder.is_relative_to(store / "versions")
    (source / "main.py").write_text("2")
    # What was frozen stays as it was, for a rollback.
    assert (built.folder / "main.py").read_text() == "1"
    again = prepare(graph_of(TEXT), tmp_path, store, Pace(2), lambda line: None)
    assert again.built["app"].digest != built.digest
    assert again.built["app"].programs == built.programs
    assert sorted(each.name for each in source.iterdir()) == ["main.py", "requirements.txt"]


def test_a_folder_that_is_not_there_is_one_mistake(tmp_path: Path, store: Store) -> None:
    with pytest.raises(SourceMissing):
        prepare(graph_of(TEXT), tmp_path, store, Pace(), lambda line: None)


def test_a_websites_files_are_made_ready(tmp_path: Path, store: Store) -> None:
    text = (
        'site = Website("site", "web", build=[], output="public")\n'
        'other = Service("api", "app", ["run"])\nsystem = System("shop", site, other)\n'
    )
    graph = graph_of(text)
    graph.annotations[:] = [each for each in graph.annotations if not isinstance(each, Source)]
    (tmp_path / "web" / "public").mkdir(parents=True)
    (tmp_path / "web" / "public" / "index.html").write_text("page")
    wanted = prepare(graph, tmp_path, store, Pace(), lambda line: None)
    (folder,) = wanted.sites.values()
    assert wanted.sites.keys() == {"SiteBucket"}
    assert folder.is_relative_to(store / "versions")
    assert (folder / "index.html").read_text() == "page"
