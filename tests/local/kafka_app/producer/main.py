"""Send numbers until told to end; each that was acknowledged is a line of output."""

import os
import signal
import time
from threading import Event

from confluent_kafka import Producer

over = Event()
signal.signal(signal.SIGTERM, lambda *_: over.set())
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
while not over.is_set():
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
