"""Run ministack with the resource types that its CloudFormation lacks.

Run as a file by the Python of ministack's own environment. A type whose service
ministack has is made through that service's API (`bridges.py`), so that it can
be asked for there; of the rest only the shape is kept (`stubs.py`). What
ministack does otherwise than AWS is mended (`mends.py`). With `PLAIN` in the
environment it is run as it comes.
"""
# ruff: noqa: A006 - a resource's type is AWS's own word

import os
from typing import Any

from ministack import app
from ministack.services.cloudformation import provisioners, stacks


def main() -> None:
    """Add what is missing, and serve."""
    if "PLAIN" not in os.environ:
        _add()
    app.main()


def _add() -> None:
    import bridges
    import known
    import mends
    import stubs

    added = ((bridges.HANDLERS, known.THROUGH_APIS), (stubs.HANDLERS, known.SHAPE_ONLY))
    for handlers, listed in (*added, (mends.mended(), known.MENDED)):
        if set(handlers) != set(listed):
            raise SystemExit(f"known.py does not list {set(handlers) ^ set(listed)}")
        provisioners._RESOURCE_HANDLERS.update(handlers)
    asking = {*bridges.HANDLERS, *mends.MENDS}
    blocking: Any = stacks._runs_on_worker_thread
    # A bridge asks this very server, whose loop must stay free to answer.
    stacks._runs_on_worker_thread = lambda type: type in asking or blocking(type)


if __name__ == "__main__":
    main()
