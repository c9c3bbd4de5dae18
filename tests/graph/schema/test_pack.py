"""The pack is what `scripts/refresh-schemas` writes."""

import hashlib
import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from seatrial.graph.schema import types

SCRIPT = Path(__file__).parents[3] / "scripts/refresh-schemas"
INDEX = json.loads((types.DATA / "index.json").read_text("utf-8"))


def test_the_index_tells_source_date_and_hash() -> None:
    digest = hashlib.sha256()
    for file in sorted(types.DATA.rglob("*"), key=lambda each: str(each.relative_to(types.DATA))):
        if file.is_file() and file.name != "index.json":
            name = file.relative_to(types.DATA).as_posix()
            digest.update(f"{name}\0{file.read_text('utf-8')}\0".encode())
    assert INDEX["sha256"] == digest.hexdigest()
    assert INDEX["source"] == "cfn-lint"
    assert INDEX["aws_schemas"][:3] == "202"


def test_the_pack_is_what_the_script_writes() -> None:
    try:
        installed = version("cfn-lint")
    except PackageNotFoundError:
        pytest.skip("cfn-lint is not installed")
    if installed != INDEX["version"]:
        pytest.skip(f"cfn-lint {installed} is not the {INDEX['version']} that the pack is of")
    command = [sys.executable, str(SCRIPT), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
