"""A value of the graph as a Terraform expression.

Takes values with symbols and the kind that the provider's schema wants, gives
HCL expressions. Symbols become references, texts templates, documents
`jsonencode(...)`. It never resolves a symbol; what Terraform has no word for
is a mistake that names the place.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from seatrial.graph import Resource
from seatrial.graph.values import (
    SYMBOLS,
    AtRun,
    GetAtt,
    Intrinsic,
    Join,
    Pseudo,
    Ref,
    Secret,
    Symbol,
    Value,
    Zone,
)
from seatrial.mistake import Mistake
from seatrial.terraform.hcl import Call, Expression, Index, Raw, Text
from seatrial.terraform.intrinsics import rewrite
from seatrial.terraform.kinds import BOOL, JSON, NUMBER, TEXT, Kind, Many, Object, Scalar
from seatrial.terraform.knobs import prefix_of
from seatrial.terraform.scope import Scope
from seatrial.terraform.secrets import told
from seatrial.terraform.target import Target, mistake

# Properties whose text is a JSON document, which reads better as one.
DOCUMENTS = ("Body", "Document", "Policy", "Template", "Definition", "Text")
RESOLVE = re.compile(r"\{\{resolve:[^}]*\}\}")
# Stand for the symbols of a text while it is read as JSON.
MARK, MARKED = "\ue000", re.compile("\ue000(\\d+)\ue001")


@dataclass(frozen=True, slots=True)
class Translation:
    """The values of one resource (or of the outputs), as one module writes them."""

    scope: Scope
    resource: Resource | None = None
    write_only: bool = False

    def into_write_only(self) -> "Translation":
        """Give the translation of what goes to an argument that no state keeps."""
        return replace(self, write_only=True)

    def express(self, value: Value, kind: Kind, path: tuple[str, ...] = ()) -> Expression:
        """Give the expression for a value; `path` are the properties that lead to it."""
        knob = self._knob(path, value)
        if knob is not None:
            return knob
        if isinstance(value, SYMBOLS):
            return self.symbol(value, path)
        if kind == JSON:
            return value if isinstance(value, str) else self.document(value, path)
        if isinstance(kind, Scalar):
            return self._scalar(value, kind, path)
        if isinstance(kind, Many):
            return self._many(value, kind, path)
        return self._object(value, kind, path)

    def document(self, value: Value, path: tuple[str, ...] = ()) -> Call:
        """Give a value without a schema as JSON that Terraform writes."""
        return Call("jsonencode", (self.free(value, path),))

    def free(self, value: Value, path: tuple[str, ...] = ()) -> Expression:
        """Give a value that no schema speaks of."""
        if isinstance(value, SYMBOLS):
            return self.symbol(value, path)
        if isinstance(value, Mapping):
            return {
                str(key): self.free(inner, path)
                for key, inner in value.items()
                if inner is not None
            }
        if isinstance(value, list | tuple):
            return [self.free(each, path) for each in value]
        return self.text(value, path) if isinstance(value, str) else value

    def symbol(self, symbol: Symbol, path: tuple[str, ...] = ()) -> Expression:  # noqa: PLR0911 - one answer a kind
        """Give what a symbol becomes."""
        match symbol:
            case Ref(id):
                return self._ref(id, path)
            case GetAtt(id, attribute):
                target = self._target(id, path)
                there = target.att(attribute)
                return self.scope.attribute(id, there, target.kind(there))
            case Pseudo("AWS::Region") if self.resource and self.resource.id in self._regions:
                return self._regions[self.resource.id]
            case Pseudo(name):
                return self.scope.pseudo(name)
            case Zone(index):
                return self.scope.zone(index)
            case AtRun(_, aws):
                return aws
            case Secret():
                return self._secret(symbol, path)
            case Join(parts):
                return self._join(parts, path)
            case Intrinsic():
                return self._intrinsic(symbol, path)

    @property
    def _regions(self) -> Mapping[str, str]:
        return self.scope.house.regions

    def text(self, text: str, path: tuple[str, ...] = ()) -> Expression:
        """Give a literal text; the name of the environment in it becomes a variable."""
        if found := RESOLVE.search(text):
            raise self._wrong(f"{found[0]} belongs to CloudFormation alone", path)
        name = re.escape(prefix_of(self.scope.house.graph))
        before, *rest = re.split(rf"(?<![\w-]){name}(?!\w)", text)
        if not rest:
            return text
        parts: list[str | Expression] = [before]
        for piece in rest:
            parts += [self.scope.prefix(), piece]
        return Text(tuple(each for each in parts if each != ""))

    def text_after(self, before: Expression, text: str) -> Text:
        """Give an expression with a text behind it."""
        return Text((*(before.parts if isinstance(before, Text) else (before,)), text))

    def _ref(self, id: str, path: tuple[str, ...] = ()) -> Expression:
        parameter = self.scope.house.graph.parameters.get(id)
        if parameter is not None:
            given = self.scope.parameter(parameter)
            if not parameter.type.startswith("AWS::SSM::Parameter::Value"):
                return given
            kind = "aws_ssm_parameter"
            name = given.text.removeprefix("var.")
            return Raw(f"{self.scope.source(kind, name, {'name': given})}.value")
        gone = self.scope.house.folded.get(id)
        if gone and gone.ref is not None:
            return gone.ref
        target = self._target(id, path)
        there = target.ref()
        return self.scope.attribute(id, there, target.kind(there))

    def _target(self, id: str, path: tuple[str, ...]) -> Target:
        if id in self.scope.house.folded:
            raise self._wrong(f"{id} is not there: {self.scope.house.folded[id].reason}", path)
        return self.scope.house.targets[id]

    def _secret(self, secret: Secret, path: tuple[str, ...]) -> Expression:
        if not secret.dynamic:
            arn = self._ref(secret.id, path)
            return Text((arn, f":{secret.key}::")) if secret.key else arn
        known = told(self.scope.house.graph, secret)
        if known is not None:
            return known
        arn = self._ref(secret.id)
        assert isinstance(arn, Raw)
        if not self.write_only:
            self.scope.house.told.append((self.resource.id if self.resource else "", path))
        read = self.scope.secret(secret.id, arn, ephemeral=self.write_only)
        whole = Raw(f"{read}.secret_string")
        return Index(Call("jsondecode", (whole,)), secret.key) if secret.key else whole

    def _join(self, parts: tuple[Value, ...], path: tuple[str, ...]) -> Expression:
        document = self._as_json(parts)
        if document is not None:
            return self.document(document, path)
        written: list[str | Expression] = []
        for each in parts:
            piece = self.free(each, path)
            for one in piece.parts if isinstance(piece, Text) else (piece,):
                if isinstance(one, str) and written and isinstance(written[-1], str):
                    written[-1] += one
                else:
                    written.append(one)
        if len(written) == 1:
            return written[0]
        return Text(tuple(written))

    def _as_json(self, parts: tuple[Value, ...]) -> Value:
        """Give a text with symbols as the JSON that it is, None where it is none."""
        if not isinstance(parts[0], str) or not parts[0].startswith(("{", "[")):
            return None
        kept: list[Value] = []
        text = ""
        for each in parts:
            if isinstance(each, str):
                text += each
            else:
                text += f"{MARK}{len(kept)}\ue001"
                kept.append(each)
        try:
            return _restore(json.loads(text), kept)
        except ValueError:
            return None

    def _intrinsic(self, symbol: Intrinsic, path: tuple[str, ...]) -> Expression:
        rewritten = rewrite(symbol)
        if rewritten is None:
            raise self._wrong(f"Terraform has no word for {symbol.name}", path)
        if not isinstance(rewritten, Intrinsic):
            return self.free(rewritten, path)
        arguments = tuple(self.free(each, path) for each in rewritten.argument)
        if rewritten.name == "[]":
            return Index(*arguments)
        return Call(rewritten.name, arguments)

    def _knob(self, path: tuple[str, ...], value: Value) -> Expression:
        if self.resource is None or not isinstance(value, str | int | float):
            return None
        knob = self.scope.house.knobs.get((self.resource.id, *path))
        return self.scope.knob(knob) if knob and knob.value == value else None

    def _scalar(  # noqa: PLR0911 - one answer a kind
        self, value: Value, kind: Scalar, path: tuple[str, ...]
    ) -> Expression:
        if isinstance(value, Mapping | list | tuple):
            return self.document(value, path)
        if kind == TEXT:
            if isinstance(value, bool):
                return "true" if value else "false"
            if not isinstance(value, str):
                return str(value)
            if path and path[-1].endswith(DOCUMENTS) and value.startswith(("{", "[")):
                return self._join((value,), path)
        if kind == NUMBER and isinstance(value, str):
            try:
                number = float(value)
            except ValueError:
                raise self._wrong(f"{value!r} is no number", path) from None
            return int(number) if number.is_integer() else number
        if kind == BOOL and isinstance(value, str):
            return value.lower() == "true"
        return self.text(value, path) if isinstance(value, str) else value

    def _many(self, value: Value, kind: Many, path: tuple[str, ...]) -> Expression:
        if kind.nesting == "map":
            if kind.of == TEXT and isinstance(value, list):  # tags, as CloudFormation has them
                value = {each["Key"]: each["Value"] for each in value}
            return {
                str(name): self.express(inner, kind.of, path)
                for name, inner in value.items()
                if inner is not None
            }
        several = value if isinstance(value, list | tuple) else [value]
        return [self.express(each, kind.of, path) for each in several if each is not None]

    def _object(self, value: Value, kind: Object, path: tuple[str, ...]) -> Expression:
        by_property = {each.property: each for each in kind.attributes.values()}
        written: dict[str, Expression] = {}
        for name, inner in value.items():
            if inner is None:
                continue
            there = by_property.get(name)
            if there is None:
                raise self._wrong("the provider does not have it", (*path, name))
            written[there.name] = self.express(inner, there.kind, (*path, name))
        return written

    def _wrong(self, problem: str, path: tuple[str, ...]) -> Mistake:
        where = f"{'.'.join(path)}: " if path else ""
        if self.resource is None:
            return Mistake(f"the outputs as Terraform: {where}{problem}")
        return mistake(self.resource, f"{where}{problem}")


def _restore(value: Value, kept: list[Value]) -> Value:
    """Put symbols back where their marks stand."""
    if isinstance(value, dict):
        return {key: _restore(inner, kept) for key, inner in value.items()}
    if isinstance(value, list):
        return [_restore(each, kept) for each in value]
    if not isinstance(value, str) or MARK not in value:
        return value
    pieces = MARKED.split(value)
    parts = [kept[int(each)] if index % 2 else each for index, each in enumerate(pieces)]
    there = tuple(each for each in parts if each != "")
    return there[0] if len(there) == 1 else Join(there)
