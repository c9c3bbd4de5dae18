"""What travels between Terraform and a provider: protocol buffers that hold msgpack.

Only what the offline provider needs, so that tests need no generated code: messages as numbered
fields, values as Terraform packs them, and the value that is not known yet.
https://github.com/hashicorp/terraform/blob/main/docs/plugin-protocol/object-wire-format.md
"""

import struct
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Unknown:
    """A value that is known after apply, with the refinements that Terraform sent."""

    packed: bytes = b"\xd4\x00\x00"


UNKNOWN = Unknown()


def varint(number: int) -> bytes:
    written = b""
    while number > 0x7F:
        written += bytes([number & 0x7F | 0x80])
        number >>= 7
    return written + bytes([number])


def message(*fields: tuple[int, bytes | str | int | bool]) -> bytes:
    """Write a message; a field that is false or empty is left out, as the protocol does."""
    written = b""
    for number, given in fields:
        value = given.encode() if isinstance(given, str) else given
        if isinstance(value, bytes):
            written += varint(number << 3 | 2) + varint(len(value)) + value
        elif value:
            written += varint(number << 3) + varint(int(value))
    return written


def read_message(data: bytes) -> dict[int, list[Any]]:
    """Read a message's fields by number."""
    fields: dict[int, list[Any]] = {}
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = number()
        kind = key & 7
        if kind == 0:
            value: Any = number()
        elif kind == 2:
            size = number()
            value = data[at : at + size]
            at += size
        else:
            raise ValueError(f"wire type {kind}")
        fields.setdefault(key >> 3, []).append(value)
    return fields


def pack(value: Any) -> bytes:
    """Write a value as Terraform does."""
    match value:
        case None:
            return b"\xc0"
        case bool():
            return b"\xc3" if value else b"\xc2"
        case Unknown():
            return value.packed
        case int() if -(2**63) <= value < 2**63:
            return b"\xd3" + struct.pack(">q", value)
        case float():
            return b"\xcb" + struct.pack(">d", value)
        case str():
            text = value.encode()
            return b"\xdb" + struct.pack(">I", len(text)) + text
        case list():
            return b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(pack, value))
        case dict():
            pairs = b"".join(pack(key) + pack(inner) for key, inner in value.items())
            return b"\xdf" + struct.pack(">I", len(value)) + pairs
    raise TypeError(f"{value!r}")


SIZED = {
    0xC4: ("B", "bin"),
    0xC5: (">H", "bin"),
    0xC6: (">I", "bin"),
    0xD9: ("B", "str"),
    0xDA: (">H", "str"),
    0xDB: (">I", "str"),
    0xDC: (">H", "list"),
    0xDD: (">I", "list"),
    0xDE: (">H", "map"),
    0xDF: (">I", "map"),
}
NUMBERS = {
    0xCA: ">f",
    0xCB: ">d",
    0xCC: "B",
    0xCD: ">H",
    0xCE: ">I",
    0xCF: ">Q",
    0xD0: "b",
    0xD1: ">h",
    0xD2: ">i",
    0xD3: ">q",
}
EXTENSIONS = {0xC7: ("B", 0), 0xC8: (">H", 0), 0xC9: (">I", 0)}


def unpack(data: bytes) -> Any:
    """Read a value that Terraform wrote."""
    value, _ = _unpack(data, 0)
    return value


def _unpack(data: bytes, at: int) -> tuple[Any, int]:
    tag = data[at]
    start, at = at, at + 1
    if tag < 0x80:
        return tag, at
    if tag >= 0xE0:
        return tag - 0x100, at
    if tag in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[tag], at
    if tag in NUMBERS:
        size = struct.calcsize(NUMBERS[tag])
        return struct.unpack(NUMBERS[tag], data[at : at + size])[0], at + size
    if 0xD4 <= tag <= 0xD8:
        end = at + 1 + (1 << tag - 0xD4)
        return Unknown(data[start:end]), end
    if tag in EXTENSIONS:
        form, _ = EXTENSIONS[tag]
        size = struct.calcsize(form)
        end = at + size + 1 + struct.unpack(form, data[at : at + size])[0]
        return Unknown(data[start:end]), end
    if tag < 0x90:
        kind, count = "map", tag & 0x0F
    elif tag < 0xA0:
        kind, count = "list", tag & 0x0F
    elif tag < 0xC0:
        kind, count = "str", tag & 0x1F
    else:
        form, kind = SIZED[tag]
        size = struct.calcsize(form)
        count = struct.unpack(form, data[at : at + size])[0]
        at += size
    if kind in ("str", "bin"):
        raw = data[at : at + count]
        return (raw.decode() if kind == "str" else raw), at + count
    items = []
    for _ in range(count * 2 if kind == "map" else count):
        item, at = _unpack(data, at)
        items.append(item)
    if kind == "list":
        return items, at
    return dict(zip(items[::2], items[1::2], strict=True)), at
