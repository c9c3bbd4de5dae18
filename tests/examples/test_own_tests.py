"""Each example application passes its own tests, in an environment of its own."""

import os
import subprocess
from pathlib import Path

import pytest

from seatrial.local.source.installer import find_uv
from tests.local.running import EXAMPLES

APPLICATIONS = sorted(
    each.parent
    for depth in ("*/*", "*/*/*")
    for each in EXAMPLES.glob(f"{depth}/tests")
    if (each.parent / "pyproject.toml").is_file()
)


def test_there_are_applications() -> None:
    assert {each.relative_to(EXAMPLES).parts[0] for each in APPLICATIONS} >= {"chat", "fastapi-app"}


@pytest.mark.engine
@pytest.mark.parametrize(
    "application", APPLICATIONS, ids=lambda each: str(each.relative_to(EXAMPLES))
)
def test_an_application_passes_its_own_tests(application: Path, tmp_path: Path) -> None:
    uv = find_uv()
    assert uv
    argv = [uv, "run", "--no-project", "--with", "pytest", "--with", "httpx2"]
    if (application / "requirements.txt").is_file():
        argv += ["--with-requirements", "requirements.txt"]
    argv += ["python", "-m", "pytest", "-p", "no:cacheprovider"]
    kept = ("PYTHONPATH", "VIRTUAL_ENV")
    environ = {key: value for key, value in os.environ.items() if key not in kept}
    environ |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": f"--basetemp={tmp_path / 'own'}"}
    done = subprocess.run(
        argv, cwd=application, env=environ, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
