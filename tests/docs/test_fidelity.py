"""docs/fidelity.md is the ledger and the assumptions, whole and up to date."""

from scripts.docs import fidelity
from scripts.docs.markdown import DOCS
from seatrial.control.assumptions import ASSUMPTIONS
from seatrial.local.ledger import entries

TEXT = fidelity.render()


def test_the_document_is_up_to_date() -> None:
    assert (DOCS / "fidelity.md").read_text() == TEXT, "make golden writes it anew"


def test_every_answer_and_every_assumption_is_in_it() -> None:
    for entry in entries():
        assert f"## {entry.type}\n" in TEXT
        assert f"| `{entry.property}` |" in TEXT
    for assumption in ASSUMPTIONS:
        assert assumption.assumed in TEXT
