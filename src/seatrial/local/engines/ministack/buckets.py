"""Make buckets in the emulator's S3, over its REST interface.

Takes an address; every call may be repeated. It signs nothing, since the
emulator checks nothing, and never removes what is there.
"""

import http.client

from seatrial.local.addresses import Address
from seatrial.local.engines.ministack.wire import TIMEOUT, AwsError

VERSIONING = (
    b'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<Status>Enabled</Status></VersioningConfiguration>"
)


def make_bucket(address: Address, name: str, *, versioned: bool) -> None:
    """Make a bucket unless it is there, with versions if it is to keep them. AwsError, OSError."""
    _put(address, f"/{name}", b"")
    if versioned:
        _put(address, f"/{name}?versioning", VERSIONING)


def _put(address: Address, path: str, body: bytes) -> None:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=TIMEOUT)
    try:
        connection.request("PUT", path, body)
        answer = connection.getresponse()
        said = answer.read()
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise AwsError(str(answer.status), f"PUT {path}: {said.decode(errors='replace')[:200]}")
