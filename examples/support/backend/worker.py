"""Stand-in: waits until the application's Celery worker is written."""

import signal
import threading

if __name__ == "__main__":
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    ended.wait()
