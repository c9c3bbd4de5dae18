import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.local.engines.envoy.pattern import (
    match_header,
    match_host,
    match_method,
    match_path,
    write_regex,
)

TEXT = st.text("ab/.+*?$-(", max_size=12)


@pytest.mark.parametrize(
    ("pattern", "matcher"),
    [
        ("/exact", {"path": "/exact"}),
        ("/img/*", {"prefix": "/img/"}),
        ("*", {"prefix": ""}),
        ("/*.php", {"safe_regex": {"regex": r"/.*\.php"}}),
        ("/a?c", {"safe_regex": {"regex": "/a.c"}}),
        ("/a*b*", {"safe_regex": {"regex": "/a.*b.*"}}),
    ],
)
def test_the_cheapest_matcher_is_taken(pattern: str, matcher: dict[str, object]) -> None:
    assert match_path(pattern) == matcher


def fits(pattern: str, text: str) -> bool:
    """Match as the documentation says, one character after the other."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(fits(pattern[1:], text[skip:]) for skip in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and fits(pattern[1:], text[1:])


@given(TEXT, TEXT.map(lambda text: text.replace("*", "").replace("?", "")))
def test_a_regex_means_what_the_pattern_means(pattern: str, text: str) -> None:
    assert bool(re.fullmatch(write_regex(pattern), text)) == fits(pattern, text)


@given(TEXT)
def test_a_pattern_without_wildcards_matches_itself(text: str) -> None:
    plain = text.replace("*", "").replace("?", "")
    assert re.fullmatch(write_regex(plain), plain)


def regex_of(matcher: dict[str, object]) -> str:
    match matcher:
        case {"string_match": {"safe_regex": {"regex": str(regex)}}}:
            return regex
    raise AssertionError(matcher)


def test_hosts_ignore_case_and_port() -> None:
    matcher = match_host(("*.Example.com", "x.org"))
    assert matcher["name"] == ":authority"
    regex = regex_of(matcher)
    for host in ("a.example.com", "A.EXAMPLE.com:8080", "x.org", "X.org:1"):
        assert re.fullmatch(regex, host)
    for host in ("example.com", "a.example.com.evil", "x.org:", "x,org"):
        assert not re.fullmatch(regex, host)


def test_headers_ignore_case_and_methods_do_not() -> None:
    matcher = match_header("User-Agent", ("*chrome*",))
    assert matcher["name"] == "user-agent"
    assert re.fullmatch(regex_of(matcher), "Mozilla Chrome/1")
    methods = regex_of(match_method(("GET", "M-SEARCH")))
    assert re.fullmatch(methods, "M-SEARCH")
    assert not re.fullmatch(methods, "get")
