"""What `up` asks for, written down and read back."""

import json
from pathlib import Path

from hypothesis import given

from seatrial.local.pace import Pace
from seatrial.local.wanted import Built, Wanted
from tests.lower.systems import Described, few, systems


@few
@given(systems())
def test_it_comes_back_as_it_was(described: Described) -> None:
    built = {"app": Built("0f3a", Path("/versions/0f3a"), Path("/environments/1/bin"))}
    wanted = Wanted(described.graph(), built, Pace(2.5), {"SiteBucket": Path("/sites/1")})
    assert Wanted.from_record(json.loads(json.dumps(wanted.record()))) == wanted
