"""cfn-lint as a library: its rules and schemas take seconds to load, and are loaded once.

Takes templates as text, gives cfn-lint's matches as its command does. A template that was
linted before in this process is not linted again. Nothing is sent anywhere.
"""

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@cache
def rules() -> Any:
    """Give all rules that cfn-lint comes with."""
    cfnlint = pytest.importorskip("cfnlint")
    from cfnlint.rules import Rules

    _work_once()
    return Rules.create_from_directory(str(Path(cfnlint.__file__).parent / "rules"))


@cache
def matches(
    text: str, region: str = "us-east-1", *, informational: bool = False
) -> tuple[Any, ...]:
    """Lint a template, for a region; with rules that only inform where asked."""
    all_rules = rules()
    from cfnlint.config import ConfigMixIn
    from cfnlint.decode import decode_str
    from cfnlint.runner import run_template_by_data

    more = ["I"] if informational else []
    with warnings.catch_warnings(), _without_collection():
        warnings.simplefilter("ignore")
        template, unreadable = decode_str(text)
        if unreadable:
            return tuple(unreadable)
        # Not `api.lint`, which loads all rules again for every template.
        config = ConfigMixIn(regions=[region], include_checks=more)
        return tuple(run_template_by_data(template, config, all_rules))


def _work_once() -> None:
    """Let cfn-lint make its classes, and ask for their fields, once and not at every value.

    What fields a class has never changes. A class of validators follows from the functions
    in it, which the key holds, so that none can be taken for another.
    """
    from cfnlint.context import context
    from cfnlint.jsonschema import _filter, validators

    for module in (context, _filter, validators):
        vars(module)["fields"] = cache(fields)
    create = validators.create
    made: dict[Any, Any] = {}

    def create_once(validators: Any, function_filter: Any, fn_resolvers: Any) -> Any:
        functions = (tuple(validators.items()), tuple(fn_resolvers.items()))
        asked = (functions, repr(function_filter))
        if asked not in made:
            made[asked] = create(validators, function_filter, fn_resolvers)
        return made[asked]

    vars(validators)["create"] = create_once


@contextmanager
def _without_collection() -> Iterator[None]:
    """Let no garbage be looked for meanwhile, which takes a quarter of cfn-lint's time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
