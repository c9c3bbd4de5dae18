import json

from seatrial.policy.formats import render_json
from tests.policy.formats.reported import ALL, report


def test_every_finding_with_all_that_is_known() -> None:
    document = json.loads(render_json(report(*ALL)))
    assert document["summary"] == {"error": 1, "warning": 1, "note": 1, "accepted": 1}
    first, second, _, last = document["findings"]
    assert first["rule"] == "ST101"
    assert (first["part"], first["resource"], first["property"]) == ("db", "Db", "Port")
    assert (first["file"], first["line"], first["accepted"]) == ("system.py", None, None)
    assert (first["edit"], first["template"]) == ("Close it.", "Port: 1")
    assert second["accepted"] == "a & trap"
    assert (last["resource"], last["type"], last["property"]) == (None, None, None)
