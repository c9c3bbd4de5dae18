"""Write the generated documents anew; the difference is for a person to read."""

import sys

from scripts.docs import commands, costs, fidelity, rules, systems
from scripts.docs.markdown import DOCS


def main() -> None:
    """Write each document that is not as it should be."""
    rooms = {
        "commands.md": commands,
        "costs.md": costs,
        "fidelity.md": fidelity,
        "rules.md": rules,
        "systems.md": systems,
    }
    for name, room in rooms.items():
        text = room.render()
        file = DOCS / name
        changed = not file.exists() or file.read_text(encoding="utf-8") != text
        file.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{'written' if changed else 'as it was'}: {name}\n")


if __name__ == "__main__":
    main()
