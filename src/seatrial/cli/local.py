"""What the commands of the local cloud share: finding the system's state."""

from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.local.session import Session
from seatrial.local.store import Store, state_folder
from seatrial.mistake import Mistake

if TYPE_CHECKING:
    from seatrial.language import System

DEVELOPMENT = "development"


def local_environment(system: "System", asked: str | None) -> str:
    """Choose the environment: the asked one, else development where there is one."""
    if asked:
        return asked
    if DEVELOPMENT in system.environments or not system.environments:
        return DEVELOPMENT if system.environments else "production"
    return next(iter(system.environments))


def find_session(path: Path, asked: str | None) -> Session:
    """Find the state of a system without running its file, which may be broken by now."""
    from seatrial.language.loading import find

    file = find(path)
    if asked:
        return Session(Store(state_folder(file, asked)))
    base = state_folder(file, DEVELOPMENT).parent
    known = sorted(each.parent.name for each in base.glob("*/system.json"))
    running = [name for name in known if Session(Store(base / name)).running()]
    if len(running) > 1:
        raise Mistake(
            f"{len(running)} environments run here: {', '.join(running)}.",
            right="Choose one with --env.",
        )
    chosen = (running or known or [DEVELOPMENT])[0]
    return Session(Store(base / chosen))
