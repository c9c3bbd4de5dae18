"""The fidelity ledger."""

from seatrial.graph import Graph


def refuse(graph: Graph) -> None:
    """Refuse."""


def substitutions(graph: Graph) -> list[str]:
    """Substitutions."""
    return []
