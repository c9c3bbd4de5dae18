"""A Python with boto3, made the way every source folder's is."""

from pathlib import Path

import pytest

from seatrial.local.source import environment

# The newest boto3 for the botocore that the emulator pins.
BOTO3 = "boto3==1.43.106\n"


@pytest.fixture(scope="session")
def boto_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An application's Python: boto3 and nothing else."""
    folder = tmp_path_factory.mktemp("boto3")
    (folder / "requirements.txt").write_text(BOTO3)
    return environment(folder) / "python"
