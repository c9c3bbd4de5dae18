"""Documents as they are written: only what DocumentDB takes."""

import pytest

from seatrial.language import Documents
from seatrial.mistake import Mistake

SIZE = "db.t3.medium"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"version": "3.6"}, "not a version that DocumentDB offers"),
        ({"size": "db.t3.micro"}, "'db.t3.micro' is not a DocumentDB instance class"),
        ({"instances": 0}, "not between 1 and 16"),
        ({"instances": 17}, "not between 1 and 16"),
        ({"backup_days": 0}, "not between 1 and 35"),
        ({"backup_window": "3-4"}, "not like '03:00-04:00'"),
        ({"maintenance_window": "Sunday"}, "not like 'Sun:04:30"),
        ({"database": "a b"}, "not a plain MongoDB name"),
        ({"user": "admin"}, "reserved"),
        ({"user": "a_b"}, "letters and digits"),
    ],
)
def test_what_documentdb_would_refuse_is_told_before_it_does(
    settings: dict[str, object], told: str
) -> None:
    with pytest.raises(Mistake, match=told) as raised:
        Documents("docs", **{"size": SIZE, **settings})
    assert raised.value.what.startswith("Documents 'docs': ")


def test_it_is_used_to_write_or_to_read_and_named_by_its_host() -> None:
    docs = Documents("docs", SIZE)
    assert (docs.write.mode, docs.reader.mode) == ("write", "read")
    assert (docs.host.field, docs.port.field) == ("host", "port")
