"""Stores events from Kafka in PostgreSQL: a stand-in."""

import signal
from threading import Event

if __name__ == "__main__":
    stopped = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    stopped.wait()
