"""A stand-in for notification-service: it waits for work, and ends on SIGTERM."""

import signal
from threading import Event


def main() -> None:
    """Wait until SIGTERM or SIGINT."""
    ended = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: ended.set())
    print('{"event": "waiting"}', flush=True)
    while not ended.wait(timeout=1):
        pass


if __name__ == "__main__":
    main()
