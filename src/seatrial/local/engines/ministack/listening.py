"""Where a process and all that came of it listen.

Takes a pid, gives addresses; reads /proc, so it finds nothing on other systems
than Linux. Never connects to anything.
"""

import ipaddress
import os
import sys
from contextlib import suppress
from pathlib import Path

_LISTEN = "0A"


def list_exposed(pid: int) -> list[str]:
    """List the addresses beyond loopback on which the process or a descendant listens for TCP."""
    if not sys.platform.startswith("linux"):
        return []
    sockets = {inode for each in _descend(pid) for inode in _list_sockets(each)}
    exposed = set()
    for name in ("tcp", "tcp6"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]:
                fields = line.split()
                host, port = read_address(fields[1])
                if fields[3] == _LISTEN and fields[9] in sockets and not host.is_loopback:
                    exposed.add(f"{host}:{port}")
    return sorted(exposed)


def read_address(text: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    """Read an address as /proc/net/tcp writes it: 32-bit words in the machine's own order."""
    words, _, port = text.partition(":")
    packed = b"".join(
        int(words[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(words), 8)
    )
    host = ipaddress.ip_address(packed)
    if isinstance(host, ipaddress.IPv6Address) and host.ipv4_mapped:
        host = host.ipv4_mapped
    return host, int(port, 16)


def _descend(pid: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                # The program's name is in brackets and may hold anything, brackets too.
                _, _, rest = (folder / "stat").read_bytes().rpartition(b") ")
                children.setdefault(int(rest.split()[1]), []).append(int(folder.name))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting.extend(children.get(each, ()))
    return found


def _list_sockets(pid: int) -> set[str]:
    found = set()
    with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                target = os.readlink(file)  # noqa: PTH115 - not a path: "socket:[1234]"
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return found
