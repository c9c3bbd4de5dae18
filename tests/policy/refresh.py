"""Write the lists of accepted findings anew: `python -m tests.policy.refresh`.

A finding that was there keeps its reason, one that vanished is dropped, a new
one gets an empty reason, which fails the test until somebody has fixed the
template or written why the finding stays.
"""

import sys
import tempfile
from pathlib import Path

from tests.policy import golden
from tests.policy.findings import find_all


def main() -> None:
    """Run the tools on every example and rewrite every list."""
    with tempfile.TemporaryDirectory() as folder:
        templates = golden.render(Path(folder))
        found = find_all(list(templates.values()))
    for environment, template in templates.items():
        kept = golden.read(environment)
        new = {each for each in found[template] if not kept.get(each)}
        golden.write(environment, {each: kept.get(each, "") for each in found[template]})
        gone = len(kept.keys() - found[template])
        name = "/".join(environment)
        sys.stdout.write(f"{name}: {len(found[template])} findings, {gone} gone\n")
        for each in sorted(new):
            sys.stdout.write(f"  without a reason: {' '.join(each)}\n")
    for stale in set(golden.LISTS.glob("*.json")) - {golden.list_of(each) for each in templates}:
        stale.unlink()


if __name__ == "__main__":
    main()
