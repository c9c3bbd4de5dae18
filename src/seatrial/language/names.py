"""The names that parts, systems and environments may have."""

import re
from collections.abc import Mapping
from pathlib import Path

from seatrial.language.part import Setting
from seatrial.mistake import closest

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,254}")
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


def check_parameters(where: Setting, setting: str, given: Mapping[str, str]) -> None:
    """Hold an engine's own settings to one line each, with a name that an engine could have."""
    for name, value in given.items():
        if not _PARAMETER.fullmatch(name):
            raise where.wrong(
                f"{setting}: {name!r} is no name of a setting.",
                "Use letters, digits, dots, hyphens and underscores.",
            )
        if not value.isprintable():
            raise where.wrong(f"{setting}: the value of {name!r} is not one plain line.")


def check_folder(where: Setting, source: str) -> None:
    """Hold that a source folder lies beside the system's file, where that can be looked at."""
    if Path(source).is_absolute() or ".." in Path(source).parts:
        raise where.wrong(
            f"source={source!r} must be a folder beside the system's file.",
            "Write it relative, e.g. 'services/api'.",
        )
    folder = Path(where.place.file).parent
    if folder.is_dir() and not (folder / source).is_dir():
        known = [each.name for each in folder.iterdir() if each.is_dir()]
        raise where.wrong(
            f"there is no folder {source!r} beside {Path(where.place.file).name}.",
            closest(source, [name for name in known if not name.startswith(".")]),
        )
