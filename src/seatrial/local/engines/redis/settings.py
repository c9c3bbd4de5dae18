"""What a server reads when it starts: one file, which holds passwords and is closed to others.

Takes a node's address, its upstream and the parameter group; gives the text.
Nothing secret is ever on a command line.
"""

import hashlib
from collections.abc import Mapping

from seatrial.local.addresses import Address

ADMIN = "seatrial"
"""The user by which the local cloud watches, replicates and promotes."""
REFUSED = (
    *("bgrewriteaof", "bgsave", "config", "debug", "migrate", "replicaof", "save", "slaveof"),
    *("shutdown", "sync"),
)
"""https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ClientConfig.RestrictedCommands.html"""
OURS = ("psync", "failover", "module", "acl|setuser", "acl|deluser", "acl|load", "acl|save")
"""With these a program could change what the group is; AWS keeps them to itself as well."""
NOT_HERE = ("reserved-memory", "cluster-enabled", "close-on-", "appendonly", "appendfsync")
"""Parameters that ElastiCache alone has, or that the room itself decides."""
BUFFER = "client-output-buffer-limit-"
LIMITS = ("hard-limit", "soft-limit", "soft-seconds")


def render_settings(
    address: Address,
    folder: str,
    parameters: Mapping[str, str],
    *,
    password: str,
    admin: str,
    memory: int,
    upstream: Address | None,
) -> str:
    """Give the whole file of one node; a replica of `upstream`, or a primary if that is None."""
    lines = [
        ("bind", address.host),
        ("port", str(address.port)),
        ("dir", folder),
        ("dbfilename", "dump.rdb"),
        # In memory alone, as ElastiCache: it has neither appendonly nor appendfsync.
        ("save", ""),
        ("appendonly", "no"),
        ("rdb-del-sync-files", "yes"),
        ("repl-diskless-sync", "yes"),
        # A replica would wait five seconds for its first copy, in case another one came.
        ("repl-diskless-sync-delay", "0"),
        # Something to receive each second: by it a replica is seen to follow.
        ("repl-ping-replica-period", "1"),
        ("repl-diskless-load", "on-empty-db"),
        ("replica-announce-ip", address.host),
        ("replica-announce-port", str(address.port)),
        ("replica-read-only", "yes"),
        ("daemonize", "no"),
        ("set-proc-title", "no"),
        ("always-show-logo", "no"),
        ("logfile", ""),
        ("masteruser", ADMIN),
        ("masterauth", admin),
        *_translate(parameters),
    ]
    if memory:
        lines.append(("maxmemory", str(memory)))
    if upstream is not None:
        lines.append(("replicaof", f"{upstream.host} {upstream.port}"))
    written = [_line(name, value) for name, value in lines]
    written += [
        "shutdown-on-sigterm save force now",
        f"user {ADMIN} on {_digest(admin)} ~* &* +@all",
        f"user {' '.join(describe_user(password))}",
    ]
    return "\n".join(written) + "\n"


def describe_user(password: str) -> tuple[str, ...]:
    """Give the words of the user that programs log in as: `AUTH` with the token alone."""
    refused = [f"-{each}" for each in (*REFUSED, *OURS)]
    return ("default", "reset", "on", _digest(password), "~*", "&*", "+@all", *refused)


def _translate(parameters: Mapping[str, str]) -> list[tuple[str, str]]:
    """Give Redis's own settings; ElastiCache writes a buffer's three limits as three parameters."""
    plain: list[tuple[str, str]] = []
    buffers: dict[str, dict[str, str]] = {}
    for name, value in parameters.items():
        if name.startswith(BUFFER):
            kind, _, limit = name.removeprefix(BUFFER).partition("-")
            buffers.setdefault(kind, {})[limit] = value
        elif not name.startswith(NOT_HERE):
            plain.append((name, value))
    for kind, limits in buffers.items():
        values = " ".join(limits.get(each, "0") for each in LIMITS)
        plain.append(("client-output-buffer-limit", f"{kind} {values}"))
    return plain


_WORDS = frozenset({"replicaof", "client-output-buffer-limit"})


def _line(name: str, value: str) -> str:
    """Write a setting; a value is one word in quotes, but for those that take several."""
    return f"{name} {value}" if name in _WORDS else f"{name} {_quote(value)}"


def _quote(value: str) -> str:
    """Quote as the server's parser reads it, so that no value can end its line."""
    plain = "".join(
        chr(each) if 32 <= each < 127 and each not in b'"\\' else f"\\x{each:02x}"
        for each in value.encode()
    )
    return f'"{plain}"'


def _digest(password: str) -> str:
    return f"#{hashlib.sha256(password.encode()).hexdigest()}"
