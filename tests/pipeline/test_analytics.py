"""What seed 000 wants of its pipeline, in analytics' own workflow."""

from typing import Any

import yaml

from seatrial.pipeline.delivery import delivery
from seatrial.pipeline.github import workflows
from tests.golden.systems import graphs
from tests.pipeline.systems import ACME


def written() -> str:
    made = delivery([graphs("analytics")["production"]], ACME, path="examples/analytics")
    return workflows(made, {})[".github/workflows/delivery.yml"]


def parsed() -> Any:
    made = yaml.safe_load(written())
    made["on"] = made.pop(True)  # YAML 1.1 reads `on` so
    return made


def test_a_push_to_main_delivers() -> None:
    assert parsed()["on"]["push"]["branches"] == ["main"]


def test_keys_are_short_lived_and_actions_are_pinned() -> None:
    text = written()
    assert "role-to-assume" in text
    assert "aws-secret-access-key" not in text
    for line in text.splitlines():
        if "uses:" in line:
            assert len(line.split("@")[1].split()[0]) == 40


def test_every_image_is_built_and_pushed_under_its_commit() -> None:
    text = written()
    for each in ("ingestion", "consumer", "api"):
        assert f"services/{each}" in text
    assert "github.sha" in text
