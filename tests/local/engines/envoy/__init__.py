"""Envoy, tested by what it answers and by what it is told."""
