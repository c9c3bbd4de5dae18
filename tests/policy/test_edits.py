"""What findings tell to write in `system.py` can be written there: each call and setting is."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import seatrial
import seatrial.policy.rules

FOLDER = Path(seatrial.policy.rules.__path__[0])
TOKENS = re.compile(r"(\w+)\(|(\w+)=(?!=)|(\))")
METHODS = {"topic": seatrial.Kafka.topic, "environment": seatrial.System.environment}


def texts() -> Iterator[tuple[str, str]]:
    """Give every text of a rule that names one of our words, with the module it stands in."""
    for file in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(file.read_text())
        inside = {
            id(each)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for each in node.values
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                said = "".join(
                    str(each.value) if isinstance(each, ast.Constant) else "0"
                    for each in node.values
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                said = "" if id(node) in inside else node.value
            else:
                continue
            if "(..." in said and "\n" not in said:
                yield file.stem, said


def settings(text: str) -> Iterator[tuple[str, str]]:
    """Give each setting of each call in a text: `System(..., nat='one')` is System, nat."""
    calls: list[str] = []
    for call, setting, end in TOKENS.findall(text):
        if call:
            calls.append(call)
        elif end and calls:
            calls.pop()
        elif setting and calls and not calls[-1].isdigit():  # a part's word, known when it is found
            yield calls[-1], setting


@pytest.mark.parametrize(("module", "text"), [*texts()])
def test_what_an_edit_says_can_be_written(module: str, text: str) -> None:
    for call, setting in settings(text):
        word = METHODS.get(call) or getattr(seatrial, call)
        assert setting in inspect.signature(word).parameters, f"{call} has no {setting}"
