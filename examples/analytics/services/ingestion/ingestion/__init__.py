"""Takes events over HTTP, as Segment's client libraries send them, and publishes them to Kafka."""
