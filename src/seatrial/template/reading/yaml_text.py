"""YAML as data, as CloudFormation takes it: 1.1 with its short forms, without dates.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
libyaml parses where PyYAML has it; values are made here, because a date, a version such
as 15.10 and a port such as 22:22 must stay the text that they are.
"""

import re
from typing import Any

import yaml

from seatrial.mistake import Mistake, Place, closest
from seatrial.template.reading.refused import too_deep, twice

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST = 500_000
"""Values of one file; only aliases of aliases make more."""
DEEPEST = 200
FUNCTIONS = frozenset(
    (
        *("And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals"),
        *("FindInMap", "GetAZs", "GetAtt", "GetStackOutput", "If", "ImportValue", "Join"),
        *("Length", "Not", "Or", "RefAll", "Select", "Split", "Sub", "ToJsonString"),
        *("Transform", "ValueOf", "ValueOfAll"),
    )
)
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,30})")
_BROKEN = re.compile(r"[-+]?[0-9]+\.[0-9]+(?:[eE][-+][0-9]+)?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_FIRST = frozenset("0123456789+-")


class _Composer(Loader):  # type: ignore[misc]  # chosen above
    """Composes nodes; which scalar is a number is asked below, not of each here."""

    depth = 0

    def resolve(self, kind: type, value: str | None, implicit: Any) -> str:  # noqa: ARG002 - PyYAML's
        return ""

    def descend_resolver(self, node: Any, index: Any) -> None:  # noqa: ARG002 - PyYAML's
        """Count how deep a node is; libyaml's own C would overflow its stack."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise RecursionError

    def ascend_resolver(self) -> None:
        """Come back from a node."""
        self.depth -= 1


def parse_yaml(text: str, name: str) -> tuple[Any, dict[tuple[str, ...], int]]:
    """Give the data and the lines of its sections and their entries."""
    try:
        loader = _Composer(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
        making = _Making(name)
        return (None if node is None else making.value(node)), making.lines(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        said = " ".join(f"{error.problem or error.context}".split())
        raise Mistake(f"this is not YAML: {said}.", Place(name, line)) from None
    except yaml.YAMLError as error:  # a character that YAML does not take
        said = str(error).partition("\n")[0]
        raise Mistake(f"this is not YAML: {said}.", Place(name)) from None
    except RecursionError:
        raise too_deep(name) from None


class _Making:
    """Values from nodes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.made = 0
        self.open: set[int] = set()

    def wrong(self, what: str, node: yaml.Node, right: str = "") -> Mistake:
        return Mistake(what, Place(self.name, node.start_mark.line + 1), right)

    def value(self, node: yaml.Node) -> Any:
        """Give a node's value, its tag as the function that it is short for."""
        self.made += 1
        tag = node.tag
        if isinstance(node, yaml.ScalarNode):
            if not tag:
                return node.value if node.style else scalar(node.value)
            value: Any = node.value
        else:
            if self.made > MOST or id(node) in self.open:
                what = "it holds itself" if id(node) in self.open else "its aliases make it huge"
                raise self.wrong(f"this cannot be read: {what}", node)
            self.open.add(id(node))
            if isinstance(node, yaml.MappingNode):
                value = self.mapping(node)
            else:
                value = [self.value(each) for each in node.value]
            self.open.discard(id(node))
        return self.tagged(tag, value, node) if tag.startswith("!") else value

    def mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, inner in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.wrong("a key must be a text", key)
            if key.value in made:
                raise twice(key.value, self.name, key.start_mark.line + 1)
            if key.value == "<<" and not key.style:
                raise self.wrong("AWS does not take YAML's merges (<<)", key, "Write them out.")
            made[key.value] = self.value(inner)
        return made

    def tagged(self, tag: str, value: Any, node: yaml.Node) -> Any:
        short = tag[1:]
        if short in ("Ref", "Condition"):
            return {short: value}
        if short not in FUNCTIONS:
            if short == "":  # `! text` says that it is text
                return value
            right = closest(short, [*FUNCTIONS, "Ref", "Condition"])
            if "::" in short:
                right = "Read what the tool that knows it makes of this file."
            raise self.wrong(f"{tag} is no function of CloudFormation", node, right)
        if short == "GetAtt" and isinstance(value, str):
            value = list(value.split(".", 1))
        return {f"Fn::{short}": value}

    def lines(self, node: yaml.Node | None) -> dict[tuple[str, ...], int]:
        """Give where the keys of the first two levels stand."""
        found: dict[tuple[str, ...], int] = {}
        for key, inner in node.value if isinstance(node, yaml.MappingNode) else ():
            found[key.value,] = key.start_mark.line + 1
            for below, _ in inner.value if isinstance(inner, yaml.MappingNode) else ():
                found[key.value, below.value] = below.start_mark.line + 1
        return found


def scalar(text: str) -> Any:
    """Give what a plain scalar stands for; a number that would lose a digit stays text."""
    if text[:1] in _FIRST:
        if _WHOLE.fullmatch(text):
            return int(text)
        if _BROKEN.fullmatch(text) and str(float(text)) == text:
            return float(text)
        return text
    return _WORDS.get(text, text)
