"""Read as one of a group; each record is a line of output before its offset is committed."""

import os
import signal
from threading import Event

from confluent_kafka import Consumer, KafkaException

over = Event()
signal.signal(signal.SIGTERM, lambda *_: over.set())
consumer = Consumer(
    {
        "bootstrap.servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"],
        "security.protocol": os.environ["KAFKA_SECURITY_PROTOCOL"],
        "group.id": os.environ["KAFKA_GROUP_ID"],
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "session.timeout.ms": 3000,
        "heartbeat.interval.ms": 1000,
    }
)
consumer.subscribe(["events"])
while not over.is_set():
    found = [each for each in consumer.consume(500, 0.5) if not each.error()]
    for each in found:
        print(f"got {each.value().decode()}", flush=True)
    if found:
        try:
            consumer.commit(asynchronous=False)
        except KafkaException as error:
            print(error, flush=True)
consumer.close()
