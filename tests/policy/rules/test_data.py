"""Every figure beside the rules has a page that it comes from, and a day."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from seatrial.policy.rules._data import FOLDER, table

FILES = sorted(FOLDER.glob("*.json"))


def entries(file: Path) -> Iterator[tuple[str, dict[str, Any], str]]:
    whole = table(file.stem)
    for name, entry in whole.get("engines", whole).items():
        if isinstance(entry, dict):
            yield name, entry, entry.get("date") or whole["date"]


@pytest.mark.parametrize("file", FILES, ids=lambda each: each.stem)
def test_every_table_names_its_page_and_its_day(file: Path) -> None:
    for name, entry, said in entries(file):
        page = entry.get("page") or entry.get("source")
        assert page, name
        assert page.startswith("https://"), name
        assert date.fromisoformat(said) >= date(2026, 7, 1), name


@pytest.mark.parametrize("file", FILES, ids=lambda each: each.stem)
def test_every_end_is_a_day(file: Path) -> None:
    for _, entry, _ in entries(file):
        for end in entry.get("ends", {}).values():
            assert date.fromisoformat(end[0] if isinstance(end, list) else end)


@pytest.mark.parametrize(
    ("kind", "gib"),
    [
        ("t4g.micro", 1),
        ("t3.medium", 4),
        ("r5.xlarge", 32),
        ("r4.16xlarge", 488),
        ("x2g.12xlarge", 768),
    ],
)
def test_a_classs_memory_is_what_awss_page_says(kind: str, gib: float) -> None:
    sizes = table("sizes")["database_memory"]
    family, size = kind.split(".")
    assert sizes["large"][family] * sizes["sizes"][size] == gib
    assert kind not in sizes["unclear"]


def test_what_is_offered_for_a_previous_generation_is_a_class_of_today() -> None:
    known = table("sizes")["previous_generations"]
    for entry in known["types"].values():
        assert entry["page"].startswith("https://")
        assert not entry["newer"].keys() & set(entry["newer"].values())
    assert known["sizes"]["m7g.10xlarge"] == "8xlarge"
