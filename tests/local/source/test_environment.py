"""Virtual environments for source folders, filled from an index on loopback."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seatrial.image.dependencies import DependencyInFolder, dependencies
from seatrial.local.source import DependenciesNotInstalled, environment
from seatrial.local.source.environment import PythonMissing
from seatrial.local.source.installer import Installer, find_uv
from tests.local.source.index import HASHES, index

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with index() as address:
        yield address


@pytest.fixture(autouse=True)
def _own_download_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))


@pytest.fixture
def folder(tmp_path: Path, url: str) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    (source / "requirements.txt").write_text(_requirements(url, "1.0"))
    return source


def _requirements(url: str, version: str, digest: str | None = None) -> str:
    return f"--index-url {url}\ntiny=={version} --hash=sha256:{digest or HASHES[version]}\n"


def _version(bin_folder: Path) -> str:
    program = bin_folder / "tiny"
    return subprocess.run([program], capture_output=True, text=True, check=True).stdout.strip()


def test_a_lock_with_hashes_becomes_a_compiled_environment(folder: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    found = environment(folder, tmp_path / "cache", progress=lines.append)
    assert _version(found) == "1.0"
    assert list(found.parent.glob("lib/*/site-packages/__pycache__/tiny.*.pyc"))
    assert any("tiny" in line for line in lines)
    assert sorted(path.name for path in folder.iterdir()) == ["requirements.txt"]


def test_the_same_dependencies_are_installed_once(folder: Path, tmp_path: Path) -> None:
    found = environment(folder, tmp_path / "cache")
    (folder / "main.py").write_text("print()\n")
    lines: list[str] = []
    assert environment(folder, tmp_path / "cache", progress=lines.append) == found
    assert lines == []


def test_other_dependencies_get_another_environment(folder: Path, tmp_path: Path, url: str) -> None:
    one = environment(folder, tmp_path / "cache")
    (folder / "requirements.txt").write_text(_requirements(url, "2.0"))
    other = environment(folder, tmp_path / "cache")
    assert (_version(one), _version(other)) == ("1.0", "2.0")


def test_a_wrong_hash_is_told_with_the_installers_words(
    folder: Path, tmp_path: Path, url: str
) -> None:
    (folder / "requirements.txt").write_text(_requirements(url, "1.0", "0" * 64))
    for _ in range(2):
        with pytest.raises(DependenciesNotInstalled) as error:
            environment(folder, tmp_path / "cache")
        assert "requirements.txt" in str(error.value)
        assert "hash" in str(error.value).lower()
    (folder / "requirements.txt").write_text(_requirements(url, "1.0"))
    assert _version(environment(folder, tmp_path / "cache")) == "1.0"


def test_a_project_with_a_uv_lock(tmp_path: Path, url: str) -> None:
    uv = find_uv()
    if uv is None:
        pytest.skip("there is no uv")
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.11"\n'
        'dependencies = ["tiny<2"]\n[dependency-groups]\ndev = ["tiny"]\n'
        f'[[tool.uv.index]]\nurl = "{url}"\ndefault = true\n'
    )
    lock = [uv, "lock", "-q", "--python", sys.executable]
    subprocess.run(lock, cwd=folder, check=True)
    assert _version(environment(folder, tmp_path / "cache")) == "1.0"
    assert sorted(path.name for path in folder.iterdir()) == ["pyproject.toml", "uv.lock"]


def test_a_project_alone_gets_the_newest_that_fits(tmp_path: Path, url: str) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1"\ndependencies = ["tiny>1"]\n'
        f'[[tool.uv.index]]\nurl = "{url}"\ndefault = true\n'
    )
    assert _version(environment(folder, tmp_path / "cache")) == "2.0"


def test_a_folder_without_dependencies_gets_a_bare_python(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    python = environment(tmp_path / "source", tmp_path / "cache") / "python"
    asked = [python, "-c", "import sys; print(sys.prefix != sys.base_prefix)"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == "True\n"


def test_pip_serves_where_there_is_no_uv(folder: Path, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    target = tmp_path / "environment"
    wanted = dependencies(folder)
    Installer(wanted, target, sys.executable, None, writing, lambda _line: None).install()
    os.close(reading)
    os.close(writing)
    assert _version(target / "bin") == "1.0"


def test_a_folder_as_a_requirement_and_a_missing_python_are_refused(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(PythonMissing, match="no-such-python"):
        environment(folder, tmp_path / "cache", python="no-such-python")
    (folder / "requirements.txt").write_text("-e .\n")
    with pytest.raises(DependencyInFolder):
        environment(folder, tmp_path / "cache")


def test_an_environment_whose_python_was_removed_is_made_again(
    folder: Path, tmp_path: Path
) -> None:
    found = environment(folder, tmp_path / "cache")
    (found / "python").unlink()
    (found / "python").symlink_to(tmp_path / "gone")
    assert _version(environment(folder, tmp_path / "cache")) == "1.0"


def test_eight_at_once_make_one(folder: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    with ThreadPoolExecutor(8) as pool:
        work = [
            pool.submit(environment, folder, tmp_path / "cache", progress=lines.append)
            for _ in range(8)
        ]
        found = {each.result() for each in work}
    assert len(found) == 1
    assert len([line for line in lines if "+ tiny" in line]) == 1


def _folders(cache: Path) -> list[Path]:
    return [path for path in cache.glob("*") if path.is_dir()]


def test_a_kill_at_any_instant_is_made_good(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    code = (
        "import sys; from pathlib import Path;"
        "from seatrial.local.source.environment import environment;"
        "print(flush=True); environment(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    pick = random.Random(11)
    unfinished = 0
    homes: list[Path] = []
    for tried in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(folder), str(cache)], stdout=subprocess.PIPE
        ) as program:
            assert program.stdout
            program.stdout.readline()
            # The first is killed as soon as it has begun, however slowly it does.
            while not homes and program.poll() is None:
                homes = _folders(cache)
            time.sleep(pick.uniform(0.0, 0.2) if tried else 0)
            program.kill()
        homes = _folders(cache)
        done = [home for home in homes if (home / ".complete").exists()]
        unfinished += len(homes) - len(done)
        for home in done:
            assert _version(home / "bin") == "1.0"
            (home / ".complete").unlink()
    assert unfinished, "no kill came in the middle: this test has proved nothing"
    assert _version(environment(folder, cache)) == "1.0"
