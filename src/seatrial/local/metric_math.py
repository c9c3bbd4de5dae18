"""Metric math: a value that CloudWatch makes of several metrics.

Takes the queries of an alarm or a scaling policy; gives what their expression is of the values that
were measured. It knows the four operations, comparisons, IF, FILL, SUM, MAX and MIN.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seatrial.local.dimensions import Watched, read_metric
from seatrial.local.resolve import Resolver

Value = float | None
Values = Mapping[str, Value]

_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_OF_MANY: dict[str, Callable[[list[float]], float]] = {"SUM": sum, "MAX": max, "MIN": min}


class NotReadable(Exception):
    """An expression holds something that is not known here."""


@dataclass(frozen=True, slots=True)
class Query:
    """One metric of a formula, and the statistic of a period that counts; `period` in seconds."""

    id: str
    watched: Watched
    statistic: str
    period: float | None


@dataclass(frozen=True, slots=True)
class Formula:
    """Metrics, and what is made of them."""

    queries: tuple[Query, ...]
    expression: ast.expr

    def value(self, values: Values) -> Value:
        """Give the result for values by the queries' ids; None where one that it needs is missing.

        A division by zero has no result, as in CloudWatch.
        """
        return _evaluate(self.expression, values)


def read_formula(queries: Sequence[Mapping[str, Any]], resolver: Resolver) -> Formula:
    """Read the queries of `Metrics`; the one that returns data is the formula. NotReadable."""
    taken = [
        Query(
            each["Id"],
            read_metric(each["MetricStat"]["Metric"], resolver),
            each["MetricStat"]["Stat"],
            each["MetricStat"].get("Period"),
        )
        for each in queries
        if "MetricStat" in each
    ]
    told = [each["Expression"] for each in queries if "Expression" in each]
    if len(told) != 1:
        raise NotReadable("a formula has one expression")
    return Formula(tuple(taken), read_expression(told[0], {each.id for each in taken}))


def read_expression(text: str, ids: set[str]) -> ast.expr:
    """Read an expression over the metrics of these ids. NotReadable."""
    try:
        expression = ast.parse(text, mode="eval").body
        _evaluate(expression, dict.fromkeys(ids, 1.0))
    except (SyntaxError, KeyError, TypeError, ValueError) as error:
        raise NotReadable(text) from error
    return expression


def _evaluate(node: ast.expr, values: Values) -> Value:  # noqa: PLR0911 - one for each form
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=id):
            return values[id]
        case ast.BinOp(left=left, op=operation, right=right):
            first, second = _evaluate(left, values), _evaluate(right, values)
            if first is None or second is None:
                return None
            if isinstance(operation, ast.Div):
                return first / second if second else None
            return _OPERATIONS[type(operation)](first, second)
        case ast.Compare(left=left, ops=[operation], comparators=[right]):
            first, second = _evaluate(left, values), _evaluate(right, values)
            if first is None or second is None:
                return None
            return float(_COMPARISONS[type(operation)](first, second))
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            held = _evaluate(condition, values)
            if held is None:
                return None
            return _evaluate(then if held else otherwise, values)
        case ast.Call(func=ast.Name(id="FILL"), args=[metric, filler]):
            found = _evaluate(metric, values)
            return _evaluate(filler, values) if found is None else found
        case ast.Call(func=ast.Name(id=function), args=[ast.List(elts=several)]):
            found_all = [_evaluate(each, values) for each in several]
            there = [each for each in found_all if each is not None]
            return _OF_MANY[function](there) if there else None
    raise NotReadable(ast.unparse(node))
