"""The list of assumptions and the places that rely on them agree."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from seatrial import control
from seatrial.control.assumptions import ASSUMPTIONS

FOLDER = Path(control.__path__[0])
MODULES = sorted(path for path in FOLDER.glob("*.py") if path.stem != "assumptions")


def named_in(path: Path) -> set[str]:
    return set(re.findall(r"assumption\s+`([^`]+)`", path.read_text("utf-8")))


def test_every_assumption_is_named_in_the_module_that_relies_on_it() -> None:
    listed = {(a.where, a.id) for a in ASSUMPTIONS}
    named = {(path.stem, id_) for path in MODULES for id_ in named_in(path)}
    assert listed == named


def test_assumptions_are_told_apart_and_whole() -> None:
    assert len({a.id for a in ASSUMPTIONS}) == len(ASSUMPTIONS)
    assert all(a.assumed.endswith(".") and a.why.endswith(".") for a in ASSUMPTIONS)


ALLOWED = set(sys.stdlib_module_names) - {
    *("asyncio", "concurrent", "multiprocessing", "os", "pathlib", "random", "selectors"),
    *("signal", "socket", "ssl", "subprocess", "tempfile", "threading", "time", "urllib"),
}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_control_knows_no_process_no_socket_no_clock_and_no_other_room(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("open", "print", "datetime.now", "datetime.today", "date.today")
        for name in names:
            inside = name.startswith("seatrial.control.")
            assert inside or name.partition(".")[0] in ALLOWED, f"{path.stem} imports {name}"
