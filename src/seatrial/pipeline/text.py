"""Workflows and buildspecs as text: YAML in the order it was thought in."""

import re
from typing import Any

from seatrial.pipeline.pins import PINS

_TRUE_WORD = re.compile(r"^'on':", re.MULTILINE)
_USES = re.compile(r"uses: (\S+)@([0-9a-f]{40})$", re.MULTILINE)


def render(data: dict[str, Any], says: str = "") -> str:
    """Write YAML; scripts become blocks, and each pinned action tells its version."""
    import yaml  # noqa: PLC0415 - 15 ms that other commands do not need

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML asks of each value
            return True

    def text(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
        style = "|" if "\n" in data else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)

    Dumper.add_representer(str, text)
    written = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)
    # YAML 1.1 reads `on` as true, so PyYAML quotes it; GitHub reads 1.2, and people write it bare.
    written = _TRUE_WORD.sub("on:", written)
    written = _USES.sub(lambda found: f"{found[0]} # {PINS[found[1]].version}", written)
    return "".join(f"# {line}".rstrip() + "\n" for line in says.splitlines()) + written
