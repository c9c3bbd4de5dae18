"""The Dockerfile: its text, its structure, its steps, and an image where one can be built."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from seatrial.image import dockerfile, dockerignore
from seatrial.image.dockerfile import CommandUnusable
from tests.local.source.index import HASHES, index

GOLDEN = Path(__file__).parent / "golden"
COMMAND = ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]
PROJECT = '[project]\nname = "shop api"\nversion = "1"\ndependencies = ["tiny"]\n'
KNOWN = {
    *("ADD", "CMD", "COPY", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "RUN"),
    *("STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
}


@dataclass
class Instruction:
    word: str
    rest: str


def parse(text: str) -> list[Instruction]:
    """Read a Dockerfile: comments and blank lines away, continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [Instruction(*line.split(" ", 1)) for line in joined.splitlines()]


def _source(folder: Path, **files: str) -> Path:
    source = folder / "source"
    source.mkdir()
    for name, text in files.items():
        (source / name.replace("_", ".")).write_text(text)
    return source


SOURCES = {
    "requirements": {"requirements_txt": "tiny==1 --hash=sha256:00\n", "pyproject_toml": PROJECT},
    "loose": {"requirements_txt": "tiny\n"},
    "uv": {"uv_lock": "version = 1\n", "pyproject_toml": PROJECT},
    "pylock": {"pylock_toml": "lock-version = '1.0'\n"},
    "pyproject": {"pyproject_toml": PROJECT},
    "bare": {},
}


@pytest.fixture(params=list(SOURCES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _make(kind: str, folder: Path) -> str:
    return dockerfile(_source(folder, **SOURCES[kind]), COMMAND, 8000, "/healthz")


def test_the_text_is_the_one_that_was_looked_at(kind: str, tmp_path: Path) -> None:
    assert _make(kind, tmp_path) == (GOLDEN / f"{kind}.Dockerfile").read_text()


def test_the_structure_is_sound(kind: str, tmp_path: Path) -> None:
    found = parse(_make(kind, tmp_path))
    words = [each.word for each in found]
    assert set(words) <= KNOWN
    assert words.count("FROM") == 2
    assert re.fullmatch(r"python:3\.\d+-slim-\w+ AS build", found[0].rest)
    last = len(words) - 1 - words[::-1].index("FROM")
    final = found[last:]
    final_words = [each.word for each in final]
    # Not root, by number, and nothing after it but how it runs.
    user = final_words.index("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", final[user].rest)
    assert set(final_words[user + 1 :]) == {"EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "CMD"}
    assert final_words[-1] == "CMD"
    assert "RUN" not in final_words
    assert json.loads(final[-1].rest) == COMMAND
    # Dependencies come before the source, so that a change of code keeps their layer.
    copy = next(at for at, each in enumerate(found) if each.word == "COPY")
    assert found[copy].rest == ". /app"
    installs = [at for at, each in enumerate(found) if "install" in each.rest]
    assert all(at < copy for at in installs)
    assert bool(installs) is (kind != "bare")
    for each in found:
        assert each.word != "ADD" or re.match(r"--chmod=0444 https://\S+ /\S+$", each.rest)


def test_locked_dependencies_are_checked_by_hash(kind: str, tmp_path: Path) -> None:
    assert ("--require-hashes" in _make(kind, tmp_path)) is (kind in {"requirements", "uv"})


def test_nothing_secret_and_nothing_of_this_machine_is_in_it(kind: str, tmp_path: Path) -> None:
    source = _source(tmp_path, **SOURCES[kind], _env="JWT_SECRET=sesame\n")
    text = dockerfile(source, COMMAND, 8000, "/healthz")
    assert str(tmp_path) not in text
    assert not re.search(r"PASSWORD|SECRET|TOKEN|AKIA|sesame", text, re.IGNORECASE)


def test_it_is_the_same_every_time(kind: str, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    assert _make(kind, tmp_path / "one") == _make(kind, tmp_path / "other")


def test_the_health_check_passes_and_fails_as_it_should(tmp_path: Path) -> None:
    source = _source(tmp_path)
    with index() as url:
        port = int(url.split(":")[2].split("/")[0])
        for path, healthy in (("/simple/tiny/", True), ("/missing", False)):
            text = dockerfile(source, COMMAND, port, path)
            check = next(each for each in parse(text) if each.word == "HEALTHCHECK")
            argv = json.loads(check.rest.partition("CMD ")[2])
            argv[0] = sys.executable
            assert _succeeds(argv) is healthy


@pytest.mark.engine
@pytest.mark.parametrize("locked", [True, False])
def test_the_install_steps_work_as_they_are_written(tmp_path: Path, locked: bool) -> None:
    with index() as url:
        digest = f" --hash=sha256:{HASHES['1.0']}" if locked else ""
        source = _source(tmp_path, requirements_txt=f"--index-url {url}\ntiny==1.0{digest}\n")
        runs = [each.rest for each in parse(dockerfile(source, COMMAND)) if each.word == "RUN"]
        for run in runs:
            step = re.sub(r"--mount=\S+", "", run).removesuffix(" || true")
            for inside, here in (("/venv", tmp_path / "venv"), ("/lock", source), ("/app", source)):
                step = re.sub(rf"(?<=\s){inside}\b", str(here), step)
            argv = shlex.split(step)
            assert argv[0] == "python"
            subprocess.run([sys.executable, *argv[1:]], check=True, capture_output=True)
    assert subprocess.check_output([tmp_path / "venv/bin/tiny"]) == b"1.0\n"
    assert list((tmp_path / "venv").glob("lib/*/site-packages/__pycache__/tiny.*.pyc"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"command": []}, "not a list"),
        ({"command": "uvicorn main:app"}, "not a list"),
        ({"command": ["a", "b\nUSER root"]}, "control character"),
        ({"port": 0}, "no port"),
        ({"port": 70_000}, "no port"),
        ({"health_path": "healthz"}, "no path"),
        ({"health_path": "/x'); import os#"}, "no path"),
        ({"python": "latest"}, "no version"),
    ],
)
def test_what_cannot_stand_in_a_dockerfile_is_refused(
    tmp_path: Path, change: dict[str, object], says: str
) -> None:
    asked = {"command": COMMAND, "port": 80, "health_path": "/", **change}
    with pytest.raises(CommandUnusable, match=says):
        dockerfile(tmp_path, **asked)


def test_a_name_cannot_break_out_of_its_label(tmp_path: Path) -> None:
    project = '[project]\nname = "a\\" $HOME\\nRUN evil"\n'
    text = dockerfile(_source(tmp_path, pyproject_toml=project), COMMAND)
    assert 'image.title="a-HOME-RUN-evil"' in text


def _succeeds(argv: list[str]) -> bool:
    return subprocess.run(argv, check=False, capture_output=True).returncode == 0


def _find_builder() -> str:
    """Find a program that can build here; skip, with the reason, where there is none."""
    installed = [each for each in ("docker", "podman", "buildah") if shutil.which(each)]
    for program in installed:
        if _succeeds([program, "info"]):
            return program
    if installed:
        pytest.skip(f"{' and '.join(installed)} cannot run here")
    pytest.skip("there is no docker, podman or buildah")


@pytest.mark.engine
def test_an_image_is_built_and_runs_read_only(tmp_path: Path) -> None:
    builder = _find_builder()
    source = _source(
        tmp_path,
        requirements_txt="idna==3.10\n",
        main_py="import os, idna; print(os.getuid(), idna.__version__)\n",
    )
    (source / ".dockerignore").write_text(dockerignore(source))
    file = tmp_path / "Dockerfile"
    file.write_text(dockerfile(source, ["python", "main.py"]))
    tag = f"seatrial-test-{uuid4().hex[:8]}"
    try:
        subprocess.run([builder, "build", "-t", tag, "-f", file, source], check=True)
        if builder != "buildah":
            ran = subprocess.check_output([builder, "run", "--rm", "--read-only", tag])
            assert ran == b"10001 3.10\n"
    finally:
        _succeeds([builder, "rmi", tag])
