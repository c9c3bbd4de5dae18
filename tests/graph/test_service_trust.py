"""Who may take a role: a service, and where it says so for this account alone."""

import pytest

from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import ACCOUNT


@pytest.mark.parametrize("here", [True, False])
def test_a_service_acts_for_this_account_where_it_is_held_to_it(here: bool) -> None:
    (statement,) = trusted_by("codebuild.amazonaws.com", here=here)["Statement"]
    assert statement["Principal"] == {"Service": "codebuild.amazonaws.com"}
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert statement.get("Condition") == (condition if here else None)
