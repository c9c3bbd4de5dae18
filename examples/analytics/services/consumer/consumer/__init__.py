"""Stores events from Kafka in PostgreSQL, each once."""
