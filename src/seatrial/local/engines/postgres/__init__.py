"""PostgreSQL as RDS runs it: a primary, a synchronous standby and read replicas.

Takes a `DatabaseSpec`, the `Binaries` to run and a process host; gives a
`Database` that starts, watches, fails over and stops real PostgreSQL servers.
It never decides when to fail over (that is `seatrial.control.failover`) and
never listens beyond the addresses it was given.
"""

from seatrial.local.engines.postgres.binaries import Binaries, PostgresMissing, find_binaries
from seatrial.local.engines.postgres.database import Database
from seatrial.local.engines.postgres.spec import DatabaseSpec, NodeView

__all__ = [
    "Binaries",
    "Database",
    "DatabaseSpec",
    "NodeView",
    "PostgresMissing",
    "find_binaries",
]
