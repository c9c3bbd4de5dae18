"""What was assumed while a template was read: sentences in plain words, each once."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Notes:
    """The sentences so far, in the order in which they came."""

    said: dict[str, None] = field(default_factory=dict)

    def add(self, sentence: str) -> None:
        """Say something, once."""
        self.said.setdefault(sentence)
