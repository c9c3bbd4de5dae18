"""A website's files, made ready: taken as they are, or built from a frozen copy.

Takes a site's source folder, its build command and where that leaves the files;
gives a folder of files that nothing changes any more. The source is never
written to, and what was built once from the same source is not built again.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp

from seatrial.local.source.version import snapshot
from seatrial.mistake import Mistake, Place

LAST_LINES = 15
# What is handed on to a build; nothing else of this shell's environment reaches it.
HANDED_ON = ("HOME", "LANG", "PATH", "TMPDIR", "npm_config_registry", "npm_config_cache")


class SiteNotBuilt(Mistake):
    """The build command failed, or left no files."""


def build_site(
    source: Path,
    build: Sequence[str],
    output: str,
    store: Path,
    progress: Callable[[str], None],
) -> Path:
    """Give the folder with a site's files; `store` keeps frozen copies and what was built.

    SiteNotBuilt, and what `snapshot` raises.
    """
    version = snapshot(source, store / "versions")
    if not build:
        return _checked(version.folder / output, source, output)
    key = json.dumps([version.digest, *build, output])
    built = store / "sites" / hashlib.sha256(key.encode()).hexdigest()
    if not built.is_dir():
        built.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        work = Path(mkdtemp(prefix=".new-", dir=built.parent))
        try:
            shutil.copytree(version.folder, work / "source", symlinks=True)
            for command in (*_install(work / "source"), build):
                _run(command, work / "source", source, progress)
            _checked(work / "source" / output, source, output).rename(built)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return built


def _install(folder: Path) -> list[list[str]]:
    """Give what installs a site's packages, as the delivery does it."""
    if (folder / "pnpm-lock.yaml").is_file():
        return [["pnpm", "install", "--frozen-lockfile"]]
    return [["npm", "ci"]] if (folder / "package-lock.json").is_file() else []


def _run(
    command: Sequence[str], folder: Path, source: Path, progress: Callable[[str], None]
) -> None:
    last = deque[str](maxlen=LAST_LINES)
    environ = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    try:
        program = subprocess.Popen(
            list(command),
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise SiteNotBuilt(
            f"{command[0]!r} cannot be run: {error.strerror}.",
            Place(str(source)),
            "Install it, or give the site build=[] and the folder that holds its files.",
        ) from error
    with program:
        try:
            for line in program.stdout or ():
                last.append(line.rstrip())
                progress(line.rstrip())
        except BaseException:
            program.kill()
            raise
    if program.returncode:
        said = "\n".join(last)
        told = f"{' '.join(command)} ended with {program.returncode}:\n{said}"
        raise SiteNotBuilt(f"the site cannot be built: {told}", Place(str(source)))


def _checked(folder: Path, source: Path, output: str) -> Path:
    if not folder.is_dir():
        raise SiteNotBuilt(
            f"there is no folder {output!r} with the site's files.",
            Place(str(source)),
            "output= names the folder that the build leaves them in.",
        )
    return folder
