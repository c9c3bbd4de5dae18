"""What turns a source folder into something that can run.

`snapshot` freezes a folder into a `Version` that stays runnable after the
folder has changed, as an image does on AWS; `environment` gives a folder's
dependencies a virtual environment of their own; `build_site` makes a website's
files. Nothing here starts a task.
"""

from seatrial.local.source.environment import DependenciesNotInstalled, environment
from seatrial.local.source.site import SiteNotBuilt, build_site
from seatrial.local.source.version import Version, prune, snapshot

__all__ = [
    "DependenciesNotInstalled",
    "SiteNotBuilt",
    "Version",
    "build_site",
    "environment",
    "prune",
    "snapshot",
]
