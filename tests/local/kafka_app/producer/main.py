"""Send numbers until told to end; each that was acknowledged is a line of output."""

import os
import signal
import time

from confluent_kafka import Producer

over = False


def end(*_: object) -> None:
    global over
    over = True


signal.signal(signal.SIGTERM, end)
producer = Producer(
    {
        "bootstrap.servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"],
        "security.protocol": os.environ["KAFKA_SECURITY_PROTOCOL"],
        "acks": "all",
        "linger.ms": 20,
    }
)
began = time.time_ns()
number = 0
while not over:
    value = f"{began}-{number}"
    producer.produce(
        "events",
        value,
        key=str(number % 100),
        on_delivery=lambda error, sent: print(error or f"sent {sent.value().decode()}", flush=True),
    )
    number += 1
    producer.poll(0.01)
producer.flush(20)
