"""Where processes listen, as /proc tells it."""

import os
import socket
import subprocess
import sys

import pytest

from seatrial.local.engines.ministack.listening import list_exposed, read_address

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")


@pytest.mark.skipif(sys.byteorder != "little", reason="the cases are of little-endian machines")
@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("0100007F:1F90", "127.0.0.1", 8080),
        ("00000000:0050", "0.0.0.0", 80),
        ("00000000000000000000000001000000:0016", "::1", 22),
        ("00000000000000000000000000000000:0016", "::", 22),
        ("0000000000000000FFFF00000100007F:0016", "127.0.0.1", 22),
    ],
)
def test_an_address_is_read(text: str, host: str, port: int) -> None:
    assert (str(read_address(text)[0]), read_address(text)[1]) == (host, port)


def test_a_child_that_listens_everywhere_is_found_and_one_on_loopback_is_not() -> None:
    code = (
        "import socket, sys; s = socket.create_server((sys.argv[1], 0));"
        "print(s.getsockname()[1], flush=True); sys.stdin.read()"
    )
    for host, exposed in (("127.0.0.1", False), ("0.0.0.0", True)):
        with subprocess.Popen(
            [sys.executable, "-c", code, host],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as program:
            assert program.stdout
            port = program.stdout.readline().strip()
            found = list_exposed(os.getpid())
            program.communicate()
        assert (f"{host}:{port}" in found) is exposed


def test_a_connection_is_not_a_listener() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()),
    ):
        assert list_exposed(os.getpid()) == []
