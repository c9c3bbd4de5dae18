"""Draw the README's picture: the live table of a real run, as SVG.

    python -m scripts.picture

Brings the fastapi-app example up, sends traffic, kills a task, and records what
the live table shows while it heals.
"""

import io
import os
import re
import signal
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from demo.fastapi_app import writer
from demo.traffic import Traffic
from seatrial.cli.table import system_table
from tests.local.running import running

PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "live.svg"


def main() -> int:
    """Record the table four seconds after the primary database was killed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), "fastapi-app", "staging") as system,
    ):
        status = system.until(lambda s: s["healthy"], "it did not come up")
        traffic = Traffic(status["address"], clients=8, rate=120)
        traffic.start()
        time.sleep(6)
        os.kill(status["services"][0]["tasks"][0]["pid"], signal.SIGKILL)
        time.sleep(4)
        os.kill(writer(system.status())["pid"], signal.SIGKILL)
        time.sleep(4)
        status = system.status()
        traffic.stop()
    console = Console(record=True, width=104, file=io.StringIO(), force_terminal=True)
    console.print(system_table(status))
    picture = console.export_svg(title="seatrial up", clear=False)
    # The reader's own font: a picture asks nobody on the network.
    picture = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    PICTURE.write_text(picture + "\n")
    print(f"written: {PICTURE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
