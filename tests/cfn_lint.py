"""cfn-lint as a library: its rules and schemas take seconds to load, and are loaded once.

Takes templates as text, gives cfn-lint's matches as its command does. A template that was
linted before in this process is not linted again. Nothing is sent anywhere.
"""

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@cache
def rules() -> Any:
    """Give all rules that cfn-lint comes with."""
    cfnlint = pytest.importorskip("cfnlint")
    from cfnlint.rules import Rules

    return Rules.create_from_directory(str(Path(cfnlint.__file__).parent / "rules"))


@cache
def matches(
    text: str, region: str = "us-east-1", *, informational: bool = False
) -> tuple[Any, ...]:
    """Lint a template, for a region; with rules that only inform where asked."""
    all_rules = rules()
    from cfnlint import api
    from cfnlint.config import ManualArgs

    more = ["I"] if informational else []
    with warnings.catch_warnings(), _without_collection():
        warnings.simplefilter("ignore")
        config = ManualArgs(regions=[region], include_checks=more)
        return tuple(api.lint(text, rules=all_rules, config=config))


@contextmanager
def _without_collection() -> Iterator[None]:
    """Let no garbage be looked for meanwhile, which takes a quarter of cfn-lint's time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
