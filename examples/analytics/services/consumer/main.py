"""The program: `python main.py`."""

import logging
import os
import signal
import sys
from threading import Event

from confluent_kafka import Consumer

from consumer.kafka import DeadLetters, consuming
from consumer.logs import configure
from consumer.pipeline import Pipeline
from consumer.settings import LEVELS, Settings, SettingWrong
from consumer.table import Table

log = logging.getLogger("consumer")


def main() -> int:
    """Store events until SIGTERM; the batch in hand is finished first."""
    stopped = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopped.set())
    try:
        settings = Settings.from_environ(os.environ)
    except SettingWrong as error:
        configure(LEVELS[-1])
        log.error("%s", error)
        return 1
    configure(settings.log_level)
    log.info("started", extra={"fields": {"event": "started"}})
    Pipeline(
        settings,
        Consumer(consuming(settings)),
        DeadLetters(settings),
        lambda cluster: Table(cluster, settings.topic, settings.days),
    ).run(stopped.is_set)
    log.info("stopped", extra={"fields": {"event": "stopped"}})
    return 0


if __name__ == "__main__":
    sys.exit(main())
