"""Answers questions about the stored events."""
