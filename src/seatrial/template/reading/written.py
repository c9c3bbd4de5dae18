"""A template's text as data: what it says, and the line of each section and entry.

Takes a file in JSON or YAML, gives dicts, lists and scalars in which YAML's short
forms are long ones (`!Ref x` is `{"Ref": "x"}`). Keys are texts and stand once. It does
not know what a template is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seatrial.mistake import Mistake, Place

MOST = 8_000_000
"""AWS takes 1 MB; a file of many times that is no template."""

Lines = Mapping[tuple[str, ...], int]
"""`("Resources",)` and `("Resources", "Api")` to the line, 1-based, where the key stands."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a file says, and where."""

    file: str
    data: Any
    lines: Lines

    @property
    def stem(self) -> str:
        """Give the file's name without its ending."""
        return Path(self.file).stem

    def place(self, *keys: str) -> Place:
        """Give the line of a section or of an entry of one, else the file."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return Place(self.file, self.lines.get(keys, 0))


def read_written(file: Path) -> Written:
    """Read a file, as JSON where it begins as JSON, else as YAML."""
    name = str(file.absolute())
    text = _text(file, name)
    if text.lstrip()[:1] in ("{", "[") and file.suffix.lower() not in (".yaml", ".yml"):
        from seatrial.template.reading.json_text import parse_json  # noqa: PLC0415 - one of the two

        return Written(name, *parse_json(text, name))
    from seatrial.template.reading.yaml_text import parse_yaml  # noqa: PLC0415 - one of the two

    return Written(name, *parse_yaml(text, name))


def _text(file: Path, name: str) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST + 1)
    except OSError as error:
        raise Mistake(f"it cannot be read: {error.strerror}.", Place(name)) from None
    except ValueError:
        raise Mistake(f"{str(file)!r} is no file's name.") from None
    if len(content) > MOST:
        raise Mistake("this has over 8 MB; AWS takes templates of at most 1 MB.", Place(name))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Mistake("this is not text in UTF-8.", Place(name, line)) from None
