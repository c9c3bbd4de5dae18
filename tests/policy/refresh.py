"""Write the lists of accepted findings anew: `python -m tests.policy.refresh [delivery]`.

A finding that was there keeps its reason, one that vanished is dropped, a new
one gets an empty reason, which fails the test until somebody has fixed the
template or written why the finding stays. With `delivery` only the lists of
the stacks that deliver are written, without it only those of the systems.
"""

import sys
import tempfile
from pathlib import Path

from tests.policy import delivery, golden
from tests.policy.findings import by_checkov, by_guard, find_all


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


def of_delivery() -> None:
    """Run the tools on every stack that delivers and rewrite both lists."""
    with tempfile.TemporaryDirectory() as folder:
        written = delivery.render(Path(folder))
        paths = list(written.values())
        scanned, guarded = by_checkov(paths), by_guard(paths)
        found = {each: scanned[each] | guarded[each] for each in paths}
        for kind in delivery.KINDS:
            for each in delivery.write(kind, delivery.places(found, written, kind)):
                sys.stdout.write(f"{kind}, without a reason: {each}\n")


if __name__ == "__main__":
    of_delivery() if sys.argv[1:] == ["delivery"] else main()
