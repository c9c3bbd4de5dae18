"""Each example application passes its own tests, in an environment of its own."""

import os
import subprocess
from pathlib import Path

import pytest

from seatrial.local.source.installer import find_uv
from tests.local.running import EXAMPLES

APPLICATIONS = sorted(each.parent for each in EXAMPLES.glob("*/*/tests") if each.is_dir())


def test_there_are_applications() -> None:
    assert [each.name for each in APPLICATIONS] == ["app"]


@pytest.mark.engine
@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda each: each.parent.name)
def test_an_application_passes_its_own_tests(application: Path, tmp_path: Path) -> None:
    uv = find_uv()
    assert uv
    argv = [uv, "run", "--no-project", "--with-requirements", "requirements.txt"]
    argv += ["--with", "pytest", "--with", "httpx2"]
    argv += ["python", "-m", "pytest", "-p", "no:cacheprovider"]
    kept = ("PYTHONPATH", "VIRTUAL_ENV")
    environ = {key: value for key, value in os.environ.items() if key not in kept}
    environ |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": f"--basetemp={tmp_path / 'own'}"}
    done = subprocess.run(
        argv, cwd=application, env=environ, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
