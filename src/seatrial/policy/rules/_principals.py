"""Who a statement of a policy is for: everyone, or someone by a condition."""

import re

from seatrial.policy.read import many, written
from seatrial.policy.rights import Statement

NARROW = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:principalorgid",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceip",
    "kms:calleraccount",
    "sts:externalid",
    "sns:endpoint",
)
"""Conditions that make everyone someone."""
NOBODY = re.compile(r"0\.0\.0\.0/0|^\*$")


def narrowed(statement: Statement) -> bool:
    return any(
        key in NARROW and not any(NOBODY.search(written(each)) for each in many(value))
        for key, (_, value) in statement.conditions.items()
    )


def everyone(statement: Statement) -> bool:
    if "NotPrincipal" in statement.said:
        return True
    named = statement.principals("AWS") + statement.principals("Service")
    return any(written(each) == "*" for each in named)
