"""Who a statement of a policy is for: everyone, or someone by a condition."""

import re

from seatrial.policy.read import many, written
from seatrial.policy.rights import Statement

NARROW = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceip",
    "aws:userid",
    "kms:calleraccount",
    "sts:externalid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "sns:endpoint",
)
"""Conditions that make everyone someone.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""
NOBODY = re.compile(r"0\.0\.0\.0/0|^\*$")


def narrowed(statement: Statement) -> bool:
    """Tell whether a condition names who is meant; one that names who is not does not."""
    return any(
        key in NARROW
        and "Not" not in operator
        and not any(NOBODY.search(written(each)) for each in many(value))
        for key, (operator, value) in statement.conditions.items()
    )


def everyone(statement: Statement) -> bool:
    """Tell whether a statement is for everyone, or for everyone but some."""
    if "NotPrincipal" in statement.said:
        return True
    named = statement.principals("AWS") + statement.principals("Service")
    return any(written(each) == "*" for each in named)
