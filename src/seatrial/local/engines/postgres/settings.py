"""The files a server reads: its configuration, who may connect, and the standby's way home.

Takes the specification and what a node is to be; gives texts. They live beside
the data folder, not in it, because pg_basebackup and pg_rewind bring the
primary's files along. A password is only ever written to a passfile.
"""

import sys
from collections.abc import Mapping

from seatrial.local.addresses import Address

ADMIN = "rdsadmin"
REPLICATION = "rdsrepladmin"
ADMIN_DATABASE = "postgres"

# The parameter group may change anything but these: they are what makes this
# server ours. RDS keeps most of them to itself too.
OWN = {
    "unix_socket_directories": "",
    "ssl": "off",
    "password_encryption": "scram-sha-256",
    "wal_level": "replica",
    "hot_standby": "on",
    "max_wal_senders": "16",
    "max_replication_slots": "16",
    # A standby that was away comes back by streaming; one that was away for longer is copied anew.
    "wal_keep_size": "256MB",
    # With the default of 5 s 2 of 17 promotions took 5.1 s; with this 20 of 20 took 0.12 s.
    "wal_retrieve_retry_interval": "100ms",
    "wal_receiver_timeout": "5s",
    "wal_sender_timeout": "10s",
    # A file in the data folder goes with the folder; POSIX segments of a killed server stay behind.
    "dynamic_shared_memory_type": "mmap",
    # A server that ended in the midst of things brings its data to the disk before it recovers:
    # by one call here, else file by file, which took seconds of a busy machine.
    "recovery_init_sync_method": "syncfs" if sys.platform == "linux" else "fsync",
    "logging_collector": "off",
    "log_destination": "stderr",
}

# What RDS sets in its default parameter group; a parameter group may change it.
DEFAULTS = {
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%t:%r:%u@%d:[%p]:",
    "autovacuum_naptime": "15s",
}

LOOPBACK = ("127.0.0.0/8", "::1/128")


def render_access() -> str:
    """Write who may connect: from loopback only, and nobody without a password."""
    rules = (
        f"host replication {REPLICATION}",
        f"host replication {ADMIN}",
        f"host {ADMIN_DATABASE} {REPLICATION}",
        "host all all",
    )
    return "".join(f"{rule} {net} scram-sha-256\n" for rule in rules for net in LOOPBACK)


def render_settings(
    parameters: Mapping[str, str],
    address: Address,
    access_file: str,
    *,
    upstream: str | None,
    synchronous: str | None,
) -> str:
    """Write a node's configuration.

    `upstream` is the connection string to the primary, None on the primary itself;
    `synchronous` the name of the standby that each commit waits for.
    """
    own = OWN | {
        "listen_addresses": address.host,
        "port": str(address.port),
        "hba_file": access_file,
        "primary_conninfo": upstream or "",
        # Always written: a promoted standby that inherited a name would stall at once.
        "synchronous_standby_names": f'FIRST 1 ("{synchronous}")' if synchronous else "",
    }
    kept = {name: value for name, value in parameters.items() if name.lower() not in own}
    chosen = DEFAULTS | kept | own
    return "".join(f"{name} = {quote(value)}\n" for name, value in chosen.items())


def render_upstream(primary: Address, passfile: str, node: str) -> str:
    """Write the connection string by which `node` follows the primary."""
    words = {
        "host": primary.host,
        "port": str(primary.port),
        "user": REPLICATION,
        "passfile": passfile,
        "application_name": node,
        "sslmode": "disable",
        "connect_timeout": "2",
    }
    return " ".join(f"{name}={quote_word(value)}" for name, value in words.items())


def render_passfile(passwords: Mapping[str, str]) -> str:
    """Write libpq's password file: any server of ours, one line per user."""
    lines = (
        f"*:*:*:{user}:" + password.replace("\\", "\\\\").replace(":", "\\:") + "\n"
        for user, password in passwords.items()
    )
    return "".join(lines)


def quote(value: str) -> str:
    """Quote a value for postgresql.conf; ValueError for one of several lines."""
    if "\n" in value or "\r" in value:
        raise ValueError("a PostgreSQL parameter is one line")
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def quote_word(value: str) -> str:
    """Quote a value for a libpq connection string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
