"""The golden files: who reaches whom in each example, in each environment.

`make golden` (python -m tests.reach.golden) writes them anew; the difference is for a person to
hold against each description's `uses` before it is committed.
"""

from collections.abc import Iterator
from pathlib import Path

from seatrial.reach import Reach
from seatrial.reach.tell import Teller
from tests.golden.systems import EXAMPLES, graphs

FOLDER = Path(__file__).parent.parent / "golden" / "reach"


def golden_files() -> Iterator[tuple[Path, str]]:
    """Give each golden file and what should be in it."""
    for example in EXAMPLES:
        for name, graph in graphs(example).items():
            reach = Reach(graph)
            table = Teller(graph).table(reach.all)
            assumed = "".join(f"assumed: {each}\n" for each in reach.assumed)
            yield FOLDER / f"{example}.{name}.txt", f"{table}\n{assumed}"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    files = dict(golden_files())
    for old in FOLDER.iterdir():
        if old not in files:
            old.unlink()
            print(f"gone: {old.name}")
    for file, text in files.items():
        changed = not file.exists() or file.read_text() != text
        file.write_text(text)
        print(f"{'written' if changed else 'as it was'}: reach/{file.name}")
