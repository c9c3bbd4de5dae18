"""Ends of versions, read from files in the collection's form."""

import json
from pathlib import Path

from scripts.lifecycles import FILE, PRODUCTS, collect, ends, written

PRODUCT = """---
title: Amazon RDS for PostgreSQL
releases:
  - releaseCycle: "15"
    releaseDate: 2023-02-27
    eoas: 2027-01-01
    eol: 2028-02-29
  - releaseCycle: "14"
    eol: 2027-02-28 # as AWS says
-   releaseCycle: "10"
    eol: true
---
Text.
"""


def test_what_has_a_day() -> None:
    assert dict(ends(PRODUCT, "eol")) == {"15": "2028-02-29", "14": "2027-02-28"}
    assert dict(ends(PRODUCT, "eoas")) == {"15": "2027-01-01"}


def test_the_whole_is_written_as_it_is_read(tmp_path: Path) -> None:
    for product in PRODUCTS.values():
        (tmp_path / f"{product.file}.md").write_text(PRODUCT)
    engines = collect(tmp_path)
    assert engines["postgres"]["ends"] == {"14": "2027-02-28", "15": "2028-02-29"}
    assert engines["lambda"]["ends"] == {"15": "2027-01-01"}
    assert engines["kafka"]["ends"]["2.8.1"] == "2024-09-11"
    assert json.loads(written(engines, "2026-08-22"))["engines"] == engines


def test_what_is_kept_is_in_this_form() -> None:
    kept = json.loads(FILE.read_text())
    assert FILE.read_text() == written(kept["engines"], kept["date"])
