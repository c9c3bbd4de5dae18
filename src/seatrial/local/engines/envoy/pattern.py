"""An ALB's wildcard patterns as Envoy's matchers: the cheapest one that means the same.

Takes patterns in which `*` is any number of characters and `?` exactly one; gives
Envoy's JSON. It never matches anything itself.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

import re
from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

WILDCARD = re.compile(r"[*?]")


def match_path(pattern: str) -> Json:
    """Render a path condition; case counts, the query does not."""
    if not WILDCARD.search(pattern):
        return {"path": pattern}
    if pattern == "*":
        return {"prefix": ""}
    if pattern.endswith("*") and not WILDCARD.search(pattern[:-1]):
        return {"prefix": pattern[:-1]}
    return {"safe_regex": {"regex": write_regex(pattern)}}


def match_host(patterns: Sequence[str]) -> Json:
    """Render a host-header condition: case does not count, nor the port that a client adds."""
    return _match_header(":authority", patterns, suffix="(?::[0-9]+)?")


def match_header(name: str, patterns: Sequence[str]) -> Json:
    """Render an http-header condition; case does not count."""
    return _match_header(name.lower(), patterns, suffix="")


def match_method(methods: Sequence[str]) -> Json:
    """Render an http-request-method condition; case counts, there are no wildcards."""
    regex = "|".join(re.escape(method) for method in methods)
    return {"name": ":method", "string_match": {"safe_regex": {"regex": regex}}}


def write_regex(pattern: str) -> str:
    """Write a pattern as a regular expression (RE2) for the whole of a text."""
    wild = {"*": ".*", "?": "."}
    return "".join(wild.get(character) or _quote(character) for character in pattern)


def _match_header(name: str, patterns: Sequence[str], suffix: str) -> Json:
    regex = "|".join(write_regex(pattern) for pattern in patterns)
    return {
        "name": name,
        "string_match": {"safe_regex": {"regex": f"(?is)(?:{regex}){suffix}"}},
    }


def _quote(character: str) -> str:
    # RE2 refuses a backslash before what needs none.
    return f"\\{character}" if character in r".+()[]{}^$|\\" else character
