import signal
import subprocess
import sys
from pathlib import Path

MAIN = Path(__file__).parent.parent / "main.py"


def test_it_ends_on_sigterm() -> None:
    with subprocess.Popen([sys.executable, MAIN], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == '{"event": "waiting"}\n'
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
