"""Hold a value with symbols against one schema node.

Takes a node of a packed schema and a property's value, gives faults with
their paths. A symbol is accepted wherever what it will become may stand; the
caller says what that is. It never resolves a symbol and never raises for what
a value holds.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from seatrial.graph.schema.faults import (
    KINDS,
    SCALARS,
    SYMBOLIC,
    WORDS,
    Faults,
    Steps,
    fits,
    is_there,
    show,
    spell_scalar,
)
from seatrial.graph.schema.scalar import KEYWORDS, Scalar, compiled
from seatrial.graph.values import SYMBOLS, AtRun, Intrinsic, Symbol

# What each keyword speaks of; the others are read where they are needed.
RULES = dict.fromkeys(KEYWORDS, "scalar") | {
    keyword: kind
    for kind, keywords in (
        ("array", "minItems maxItems uniqueItems uniqueKeys items contains"),
        ("object", "minProperties maxProperties dependentRequired dependentExcluded"),
        ("object", "requiredOr requiredXor"),
        ("branch", "allOf anyOf oneOf not if"),
    )
    for keyword in keywords.split()
}


class Node:
    """One schema node, made ready when a value first meets it."""

    __slots__ = (
        "additional",
        "array_rules",
        "branches",
        "children",
        "document",
        "object_rules",
        "open",
        "patterns",
        "properties",
        "raw",
        "refuses_all",
        "required",
        "scalar",
        "types",
    )

    def __init__(self, document: "Document", raw: Any) -> None:
        self.document = document
        self.refuses_all = raw is False
        raw = raw if isinstance(raw, dict) else {}
        self.raw: dict[str, Any] = raw
        types = raw.get("type")
        self.types = frozenset([types] if isinstance(types, str) else types) if types else None
        self.properties: dict[str, Any] = raw.get("properties") or {}
        self.patterns: dict[str, Any] = raw.get("patternProperties") or {}
        self.additional = raw.get("additionalProperties", True)
        self.required: tuple[str, ...] = tuple(raw.get("required", ()))
        kinds = {RULES[key] for key in raw if key in RULES}
        self.scalar = Scalar(raw, document.words) if "scalar" in kinds else None
        self.array_rules = "array" in kinds
        self.object_rules = "object" in kinds
        self.branches = "branch" in kinds
        # Open: a name that is not among the properties says nothing.
        self.open = not self.patterns and self.additional is True
        self.children: dict[str, Node] = {}

    def check(self, value: Any, steps: Steps, faults: Faults) -> None:
        """Note what is wrong with a value."""
        if self.refuses_all:
            faults.add("not-allowed", steps, "may not be set here")
            return
        kind = KINDS.get(value.__class__)
        if kind is None:
            if isinstance(value, SYMBOLS):
                self._symbol(value, steps, faults)
                return
            kind = next((name for each, name in KINDS.items() if isinstance(value, each)), "")
        types = self.types
        if kind in ("", "null") or (types is not None and not fits(value, kind, types)):
            wanted = " or ".join(WORDS[each] for each in sorted(types or {"string"}))
            right = f"Give {wanted}" + (", or leave it out." if kind == "null" else ".")
            faults.add("wrong-type", steps, f"is {show(value, steps)}", right)
            return
        if kind == "object":
            self._object(value, steps, faults)
        elif kind == "array":
            if self.array_rules:
                self._array(value, steps, faults)
        elif self.scalar is not None:
            self.scalar.check(value, steps, faults)
        if self.branches:
            self._branches(value, steps, faults)

    def _symbol(self, symbol: Symbol, steps: Steps, faults: Faults) -> None:
        if isinstance(symbol, AtRun):
            self.check(symbol.aws, steps, faults)
            return
        if isinstance(symbol, Intrinsic) and symbol.name in ("Fn::If", "If"):
            given = symbol.argument
            for choice in given[1:] if isinstance(given, list | tuple) else ():
                self.check(choice, steps, faults)
            return
        kind = faults.kinds(symbol)
        types = self.types
        if kind and types is not None:
            fitting = types & SCALARS if kind == "string" else kind in types
            if not fitting and kind != "absent":
                wanted = " or ".join(WORDS[each] for each in sorted(types))
                problem = f"is {show(symbol, steps)}, which gives {WORDS[kind]}"
                faults.add("wrong-type", steps, problem, f"Give {wanted}.")
                return
        if self.scalar is not None or self.branches or self.array_rules or self.object_rules:
            faults.unsure = True

    def _array(self, value: Any, steps: Steps, faults: Faults) -> None:
        raw = self.raw
        items = [(index, item) for index, item in enumerate(value) if is_there(item, faults)]
        if len(items) < raw.get("minItems", 0):
            right = f"AWS takes {raw['minItems']} or more."
            faults.add("wrong-length", steps, f"has {len(items)} items", right)
        if len(items) > raw.get("maxItems", len(items)):
            right = f"AWS takes {raw['maxItems']} or fewer."
            faults.add("wrong-length", steps, f"has {len(items)} items", right)
        if raw.get("uniqueItems") and len(items) > 1:
            seen: set[str] = set()
            for index, item in items:
                text = repr(item)
                if text in seen:
                    problem = f"is {show(item, steps)} once more"
                    faults.add("twice", (steps, index), problem, "AWS takes each only once.")
                seen.add(text)
        if "uniqueKeys" in raw:
            self._unique_keys(raw["uniqueKeys"], items, steps, faults)
        if "items" in raw:
            node = self.document.node(raw["items"])
            for index, item in items:
                node.check(item, (steps, index), faults)
        if "contains" in raw:
            self._contains(items, steps, faults)

    def _unique_keys(
        self, keys: list[str], items: Iterable[tuple[int, Any]], steps: Steps, faults: Faults
    ) -> None:
        seen: set[str] = set()
        for index, item in items:
            if isinstance(item, Mapping) and all(isinstance(item.get(key), str) for key in keys):
                text = ", ".join(item[key] for key in keys)
                if text in seen:
                    problem = f"has the {' and '.join(keys)} {text!r} of another"
                    faults.add("twice", (steps, index), problem, "AWS takes each only once.")
                seen.add(text)

    def _contains(self, items: Iterable[tuple[int, Any]], steps: Steps, faults: Faults) -> None:
        node = self.document.node(self.raw["contains"])
        for index, item in items:
            trial = faults.trial()
            node.check(item, (steps, index), trial)
            faults.unsure |= trial.unsure
            if not trial.found:
                return
        faults.add("missing", steps, "lacks an item that AWS wants there")

    def _object(self, value: Mapping[Any, Any], steps: Steps, faults: Faults) -> None:
        for name, inner in value.items():
            if name in self.properties:
                self._named(name, inner, steps, faults)
            elif not self.open:
                self._unnamed(name, inner, steps, faults)
        for name in self.required:
            if name not in value or not is_there(value[name], faults):
                faults.add("missing", (steps, name), "is missing")
        if self.object_rules:
            self._object_rules(value, steps, faults)

    def _named(self, name: str, inner: Any, steps: Steps, faults: Faults) -> None:
        node = self.children.get(name)
        if node is None:
            node = self.children[name] = self.document.node(self.properties[name])
        if inner.__class__ not in SYMBOLIC or faults.kinds(inner) != "absent":
            node.check(inner, (steps, name), faults)

    def _unnamed(self, name: Any, inner: Any, steps: Steps, faults: Faults) -> None:
        if not isinstance(name, str):
            faults.add("wrong-type", steps, f"has the name {name!r}", "AWS takes texts as names.")
            return
        for pattern, node in self.patterns.items():
            if compiled(pattern).search(name):
                self.document.node(node).check(inner, (steps, name), faults)
                return
        if self.additional is False:
            right = faults.closest(name, self.properties) if self.properties else ""
            faults.add("unknown-property", (steps, name), "is not a property there", right)
        elif isinstance(self.additional, dict):
            self.document.node(self.additional).check(inner, (steps, name), faults)

    def _object_rules(self, value: Mapping[Any, Any], steps: Steps, faults: Faults) -> None:
        raw = self.raw
        there = {name for name, inner in value.items() if is_there(inner, faults)}
        if len(there) < raw.get("minProperties", 0):
            right = f"AWS takes {raw['minProperties']} or more."
            faults.add("wrong-length", steps, f"has {len(there)} properties", right)
        if len(there) > raw.get("maxProperties", len(there)):
            right = f"AWS takes {raw['maxProperties']} or fewer."
            faults.add("wrong-length", steps, f"has {len(there)} properties", right)
        for name, others in raw.get("dependentRequired", {}).items():
            if name in there:
                for other in others:
                    if other not in there:
                        faults.add("missing", (steps, other), f"is missing: {name} needs it")
        for name, others in raw.get("dependentExcluded", {}).items():
            # Both sides name each other; one message is enough.
            for other in others if name in there else ():
                if other in there and (
                    name < other or name not in raw["dependentExcluded"].get(other, ())
                ):
                    faults.add("not-allowed", (steps, other), f"may not be set beside {name}")
        names = raw.get("requiredOr", ())
        if names and there.isdisjoint(names):
            faults.add("missing", steps, f"lacks one of {', '.join(names)}")
        names = raw.get("requiredXor", ())
        if names and len(there & set(names)) != 1:
            few = not there & set(names)
            problem = f"{'lacks' if few else 'has more than'} one of {', '.join(names)}"
            faults.add("missing" if few else "not-allowed", steps, problem)

    def _branches(self, value: Any, steps: Steps, faults: Faults) -> None:
        raw = self.raw
        for each in raw.get("allOf", ()):
            self.document.node(each).check(value, steps, faults)
        if "anyOf" in raw:
            self._alternatives(raw["anyOf"], value, steps, faults)
        if "oneOf" in raw:
            holding = self._alternatives(raw["oneOf"], value, steps, faults)
            # What is decided by names alone can be said to hold twice; values may be symbols.
            if holding > 1 and all(set(each) == {"required"} for each in raw["oneOf"]):
                names = ", ".join(
                    sorted({name for each in raw["oneOf"] for name in each["required"]})
                )
                faults.add("not-allowed", steps, f"has more than one of {names}")
        if "not" in raw:
            trial = faults.trial()
            self.document.node(raw["not"]).check(value, steps, trial)
            if not trial.found and not trial.unsure:
                faults.add("not-allowed", steps, f"may not be {show(value, steps)}")
        if "if" in raw:
            trial = faults.trial()
            self.document.node(raw["if"]).check(value, steps, trial)
            faults.unsure |= trial.unsure
            if not trial.unsure:
                branch = raw.get("else" if trial.found else "then", True)
                self.document.node(branch).check(value, steps, faults)

    def _alternatives(
        self, alternatives: list[Any], value: Any, steps: Steps, faults: Faults
    ) -> int:
        """Count the alternatives that hold; note the nearest one's faults where none does."""
        nearest: tuple[tuple[bool, int], Any] | None = None
        holding = 0
        for each in alternatives:
            trial = faults.trial()
            self.document.node(each).check(value, steps, trial)
            faults.unsure |= trial.unsure
            if not trial.found:
                holding += 1
                continue
            # An alternative of another type was hardly meant.
            first = trial.found[0]
            rank = first.code == "wrong-type" and first.steps is steps, len(trial.found)
            if nearest is None or rank < nearest[0]:
                nearest = rank, each
        if not holding and nearest:
            trial = Faults(faults.kinds, trying=faults.trying)
            self.document.node(nearest[1]).check(value, steps, trial)
            faults.found.append(trial.found[0])
        return holding


class Document:
    """A schema document: gives the node for a raw piece of it, following references."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        # By identity: the raw pieces live as long as the document that was read.
        self._nodes: dict[int, Node] = {}
        self._words: dict[int, frozenset[str]] = {}

    def node(self, raw: Any) -> Node:
        """Give a raw piece's node."""
        node = self._nodes.get(id(raw))
        if node is None:
            node = self._nodes[id(raw)] = self._make(raw)
        return node

    def _make(self, raw: Any) -> Node:
        if isinstance(raw, dict) and "$ref" in raw:
            target = self._definitions[raw["$ref"].removeprefix("#/definitions/")]
            if len(raw) == 1:
                return self.node(target)
            rest = {key: value for key, value in raw.items() if key != "$ref"}
            return Node(self, {"allOf": [target, rest]})
        if isinstance(raw, dict) and len(raw) == 1 and isinstance(raw.get("type"), str):
            return plain(raw["type"])
        return Node(self, raw)

    def words(self, values: list[Any]) -> frozenset[str]:
        """Give an enumeration's words as they are compared."""
        known = self._words.get(id(values))
        if known is None:
            known = self._words[id(values)] = frozenset(map(spell_scalar, values))
        return known


@cache
def plain(type: str) -> Node:  # noqa: A002 - the schema's own word
    """Give the node that says nothing but its type; most do, and they share one."""
    return Node(Document({}), {"type": type})
