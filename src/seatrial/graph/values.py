"""Values that stay symbolic until a back end renders them.

A property is JSON-like data whose leaves may be symbols: a reference to a
resource or parameter, an attribute that AWS knows only after creation, a
pseudo parameter, a text joined from such pieces, or something known only when
a task runs. CloudFormation, Terraform and the local cloud each render them in
their own way. This module never resolves one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Ref:
    """`Ref`: a resource's own name or identifier, or a parameter's value."""

    id: str


@dataclass(frozen=True, slots=True)
class GetAtt:
    """`Fn::GetAtt`: an attribute of a resource, e.g. `Endpoint.Address`."""

    id: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Pseudo:
    """A pseudo parameter, e.g. `AWS::Region`."""

    name: str


@dataclass(frozen=True, slots=True)
class Join:
    """Pieces joined without a separator."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """The value of one key of a secret, which only the running side may know.

    In a task definition it is what `ValueFrom` names; elsewhere it is
    CloudFormation's dynamic reference, resolved by AWS at deployment.
    """

    id: str
    key: str = ""
    dynamic: bool = False


@dataclass(frozen=True, slots=True)
class AtRun:
    """Known when a task runs: `HOST`, the address to listen on, or `PORT`.

    `aws` is what it is on AWS; the local cloud gives each task its own.
    """

    name: str
    aws: str


@dataclass(frozen=True, slots=True)
class Zone:
    """The region's availability zone number `index`, counted from 0."""

    index: int


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """Any other intrinsic function, as a template that we did not write may hold."""

    name: str
    argument: Any


Symbol = Ref | GetAtt | Pseudo | Join | Secret | AtRun | Zone | Intrinsic
SYMBOLS = (Ref, GetAtt, Pseudo, Join, Secret, AtRun, Zone, Intrinsic)
Value = Any
"""A str, int, float, bool, None, list of values, dict of str to values, or a symbol."""

PLAIN = (str, int, float, type(None))
"""What stands for itself; a tuple, because `str | int` is made anew each time it is said."""

ACCOUNT = Pseudo("AWS::AccountId")
PARTITION = Pseudo("AWS::Partition")
REGION = Pseudo("AWS::Region")
URL_SUFFIX = Pseudo("AWS::URLSuffix")


def join(*parts: Value) -> Value:
    """Join texts and symbols; plain text stays plain."""
    flat: list[Value] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Join) else (part,):
            if isinstance(piece, str) and flat and isinstance(flat[-1], str):
                flat[-1] += piece
            elif piece != "":
                flat.append(piece)
    if not flat:
        return ""
    return flat[0] if len(flat) == 1 else Join(tuple(flat))


def symbols(value: Value) -> Iterator[Symbol]:
    """Give every symbol inside a value, depth first, also those inside joins."""
    found: list[Symbol] = []
    _gather(value, found)
    return iter(found)


def _gather(value: Value, found: list[Symbol]) -> None:
    if isinstance(value, PLAIN):
        return
    if isinstance(value, Mapping):
        for inner in value.values():
            _gather(inner, found)
    elif isinstance(value, list | tuple):
        for inner in value:
            _gather(inner, found)
    elif isinstance(value, SYMBOLS):
        found.append(value)
        if isinstance(value, Join):
            _gather(value.parts, found)
        elif isinstance(value, Intrinsic):
            _gather(value.argument, found)


def referred(value: Value) -> Iterator[str]:
    """Give the logical ids that a value refers to, with repeats."""
    for symbol in symbols(value):
        if isinstance(symbol, Ref | GetAtt | Secret):
            yield symbol.id


def render(value: Value, symbol: Callable[[Symbol], Any]) -> Any:
    """Copy a value with every symbol replaced by what `symbol` gives for it."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Mapping):
        return {key: render(inner, symbol) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [render(inner, symbol) for inner in value]
    return symbol(value)
