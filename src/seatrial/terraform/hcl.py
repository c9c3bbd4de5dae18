"""HCL: expressions, blocks, and their text as `terraform fmt` lays it out.

Takes expressions and blocks as data, gives text. It knows nothing of AWS, of
providers or of a graph. `terraform fmt` aligns the equals signs of attributes
on lines that follow each other; a value over several lines ends such a run.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
WIDTH = 100
STEP = "  "
HEREDOC = "<<EOT"


@dataclass(frozen=True, slots=True)
class Raw:
    """An expression that is written as it stands: `var.region`, `aws_x.y.id`."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text with expressions in it."""

    parts: tuple["str | Expression", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of Terraform with its arguments."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Index:
    """One element of a list or map."""

    of: "Expression"
    key: "Expression"


Scalar = str | int | float | bool | None
Expression = Scalar | Raw | Text | Call | Index | list["Expression"] | Mapping[str, "Expression"]


@dataclass(slots=True)
class Block:
    """A block: `resource "awscc_ec2_vpc" "vpc" { ... }`.

    Its items keep their order; `None` is a gap between them.
    """

    kind: str
    labels: tuple[str, ...] = ()
    items: list["tuple[str, Expression] | Block | None"] = field(default_factory=list)
    comment: str = ""

    def set(self, name: str, value: Expression) -> None:
        """Add an attribute."""
        self.items.append((name, value))


def escape(text: str) -> str:
    """Give a literal text in which nothing is read as a template."""
    return text.replace("${", "$${").replace("%{", "%%{")


def quote(text: str) -> str:
    """Write a literal text between quotes."""
    return escape(json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f"))


def write_expression(value: Expression, depth: int = 0) -> str:  # noqa: PLR0911 - one a kind
    """Write an expression that begins on a line indented `depth` times."""
    if isinstance(value, str):
        return _string((value,), depth)
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Text):
        return _string(value.parts, depth)
    if isinstance(value, Index):
        return f"{write_expression(value.of, depth)}[{write_expression(value.key)}]"
    if isinstance(value, Call):
        *others, last = value.arguments
        given = "".join(f"{_inside(each, depth)}, " for each in others)
        given += write_expression(last, depth) if not others else _inside(last, depth)
        # After a heredoc nothing may stand on its last line.
        end = f"\n{STEP * depth}" if given.startswith(HEREDOC) else ""
        return f"{value.name}({given}{end})"
    if isinstance(value, Mapping):
        return _object(value, depth)
    return _list(value, depth)


def _string(parts: tuple["str | Expression", ...], depth: int) -> str:
    if len(parts) == 1 and not isinstance(parts[0], str):
        return write_expression(parts[0], depth)
    literal = "".join(each for each in parts if isinstance(each, str))
    readable = all(each.isprintable() or each in "\n\t" for each in literal)
    if literal.count("\n") < 2 or "EOT" in literal or not readable:
        return _quoted(parts)
    if not isinstance(parts[-1], str):
        return _quoted(parts)  # chomp would take line ends that the expression brings
    body = _pieces(parts, escape)
    if body.endswith("\n"):
        return f"{HEREDOC}\n{body}EOT"
    return f"chomp({HEREDOC}\n{body}\nEOT\n{STEP * depth})"


def _quoted(parts: tuple["str | Expression", ...]) -> str:
    return f'"{_pieces(parts, lambda text: quote(text)[1:-1])}"'


def _inside(value: "Expression", depth: int) -> str:
    """Write an expression that something follows on its last line: no heredoc can stand there."""
    text = write_expression(value, depth)
    if text.startswith(HEREDOC) and isinstance(value, str | Text):
        return _quoted((value,) if isinstance(value, str) else value.parts)
    return text


def _pieces(parts: tuple["str | Expression", ...], literal: Callable[[str], str]) -> str:
    written = ""
    for each in parts:
        if isinstance(each, str):
            written += literal(each)
            continue
        before = written.rstrip("$")
        if before != written:
            # `$${` would be a literal `${`
            written = f'{before}${{"{written[len(before) :]}"}}'
        written += f"${{{write_expression(each)}}}"
    return written


def _is_flat(value: Expression) -> bool:
    """Tell whether a value fits beside others on a line."""
    return not isinstance(value, list | Mapping | Call) or value in ([], {})


def _list(items: Iterable[Expression], depth: int) -> str:
    values = list(items)
    if not values:
        return "[]"
    if all(_is_flat(each) for each in values):
        line = f"[{', '.join(write_expression(each) for each in values)}]"
        if "\n" not in line and len(line) + len(STEP) * depth + 30 <= WIDTH:
            return line
    inner = STEP * (depth + 1)
    if len(values) == 1 and isinstance(values[0], Mapping) and values[0]:
        return f"[{_object(values[0], depth)}]"
    written = "".join(f"{inner}{_inside(each, depth + 1)},\n" for each in values)
    return f"[\n{written}{STEP * depth}]"


def _object(items: Mapping[str, Expression], depth: int) -> str:
    if not items:
        return "{}"
    named: list[tuple[str, Expression]] = [
        (name if IDENTIFIER.match(name) else quote(name), value) for name, value in items.items()
    ]
    if set(items) <= {"key", "value", "name"} and all(_is_flat(each) for each in items.values()):
        line = ", ".join(f"{name} = {write_expression(value)}" for name, value in named)
        if "\n" not in line and len(line) + len(STEP) * depth <= WIDTH:
            return f"{{ {line} }}"
    return "{\n" + write_attributes(named, depth + 1) + STEP * depth + "}"


def write_attributes(items: Iterable[tuple[str, Expression]], depth: int = 0) -> str:
    """Write attributes, a line or more each, with the equals signs of a run aligned."""
    indent = STEP * depth
    written = ""
    run: list[tuple[str, str]] = []

    def close() -> str:
        width = max((len(name) for name, _ in run), default=0)
        lines = "".join(f"{indent}{name.ljust(width)} = {value}\n" for name, value in run)
        run.clear()
        return lines

    for name, value in items:
        text = write_expression(value, depth)
        # Only the first line of a heredoc counts, and those around it are neighbours.
        if "\n" in text and not text.startswith(HEREDOC):
            written += close() + f"{indent}{name} = {text}\n"
        else:
            run.append((name, text))
    return written + close()


def write_block(block: Block, depth: int = 0) -> str:
    """Write a block with everything in it."""
    indent = STEP * depth
    comment = "".join(f"{indent}# {line}\n" for line in block.comment.splitlines())
    head = " ".join([block.kind, *(quote(each) for each in block.labels)])
    if not block.items:
        return f"{comment}{indent}{head} {{}}\n"
    groups: list[str] = []
    run: list[tuple[str, Expression]] = []
    for item in [*block.items, None]:
        if isinstance(item, tuple):
            run.append(item)
            continue
        groups += [write_attributes(run, depth + 1)] * bool(run)
        run = []
        if item is not None:
            groups.append(write_block(item, depth + 1))
    body = "\n".join(groups)
    return f"{comment}{indent}{head} {{\n{body}{indent}}}\n"


def write_file(blocks: Iterable[Block], comment: str = "") -> str:
    """Write a file: a comment where there is one, then blocks with a line between."""
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return "\n".join([head] * bool(head) + [write_block(each) for each in blocks])
