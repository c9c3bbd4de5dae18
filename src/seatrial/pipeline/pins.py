"""The exact versions of what a workflow runs besides the system itself.

An action is pinned by its whole commit, because a tag can be moved. Each
commit is what the action's own tag pointed to in a copy of its repository.
"""

from dataclasses import dataclass

from seatrial import __version__
from seatrial.image.dockerfile import PYTHON, UV


@dataclass(frozen=True, slots=True)
class Pin:
    """An action's version and the commit that its tag names."""

    version: str
    commit: str


PINS = {
    "actions/checkout": Pin("v7.0.1", "3d3c42e5aac5ba805825da76410c181273ba90b1"),
    "actions/download-artifact": Pin("v8.0.1", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c"),
    "actions/setup-node": Pin("v7.0.0", "820762786026740c76f36085b0efc47a31fe5020"),
    "actions/setup-python": Pin("v7.0.0", "5fda3b95a4ea91299a34e894583c3862153e4b97"),
    "actions/upload-artifact": Pin("v7.0.0", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f"),
    "aws-actions/configure-aws-credentials": Pin(
        "v6.2.3", "e6de054238d6b7531b4efff3b6587d9aade6a06c"
    ),
}
RUNNERS = {"X86_64": "ubuntu-24.04", "ARM64": "ubuntu-24.04-arm"}
PLATFORMS = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}
# Node.js 18 ended on 30 April 2025; this one ends in April 2027, and CodeBuild has it too.
NODE = "22"
SEATRIAL = f"seatrial=={__version__}"
LINT = "cfn-lint==1.58.0"
UV_TOOL = f"uv=={UV}"

__all__ = ["LINT", "NODE", "PINS", "PLATFORMS", "PYTHON", "RUNNERS", "SEATRIAL", "UV_TOOL", "Pin"]


def use(action: str) -> str:
    """Give an action with its commit, as `uses` takes it."""
    return f"{action}@{PINS[action].commit}"
