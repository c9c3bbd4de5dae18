"""A producer and the readers of what it sends, to be brought up by a test."""

from seatrial import Kafka, Scale, Service, System

kafka = Kafka("kafka", brokers=2, login="iam")
events = kafka.topic("events", partitions=4, replication=2, retention_hours=1)
producer = Service(
    "producer", "producer", ["python", "main.py"], cpu=256, memory=512, uses=[events.write]
)
consumer = Service(
    "consumer",
    "consumer",
    ["python", "main.py"],
    cpu=256,
    memory=512,
    uses=[events.read(group="readers")],
    tasks=Scale(min=2, start=2, max=4, lag_per_task=10_000),
)
system = System("piped", producer, consumer, region="us-east-1", zones=2)
development = system.environment("development")
