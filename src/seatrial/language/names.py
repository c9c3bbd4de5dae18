"""The names that parts, systems and environments may have."""

import re

from seatrial.language.part import Setting

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 32
"""An ALB's name, the shortest that carries ours, may have 32 characters (CreateLoadBalancer)."""


def check_name(where: Setting, name: str, longest: int = LONGEST) -> None:
    """Hold a name to what every AWS service takes: lower case, digits, single hyphens."""
    if len(name) > longest:
        raise where.wrong(
            f"the name {name!r} has {len(name)} characters; AWS takes at most {longest} here.",
            "Shorten it.",
        )
    if not _NAME.fullmatch(name):
        right = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")
        raise where.wrong(
            f"the name {name!r} must be lower-case letters, digits and single hyphens, "
            "starting with a letter.",
            f"Try {right!r}." if right else "",
        )
