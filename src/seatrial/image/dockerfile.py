"""The Dockerfile of a plain Python project.

Takes a source folder and how its service runs; gives the text of a Dockerfile
that is small, cached in layers, non-root and works on a read-only root file
system. Never writes a file and never looks at anything but the folder's
dependency files. A folder with a Dockerfile of its own does not need this one.

Sources: docs.docker.com/build/building/best-practices/;
docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html (the bundle of
certificate authorities).
"""

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from seatrial.image.dependencies import Dependencies, Kind, dependencies
from seatrial.mistake import Mistake, Place

PYTHON = "3.13"
DEBIAN = "bookworm"
# The version whose `uv export` and `uv pip install` our tests run.
UV = "0.13.8"
# Above every user of the base image; a number, so that runAsNonRoot can be checked.
USER = 10001
RDS_BUNDLE = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
CERTIFICATES = "/etc/ssl/certs/rds-global-bundle.pem"

_VERSION = re.compile(r"3\.\d{1,2}")
# What a URL's path and query may hold, without the quote that would end our string.
_PATH = re.compile(r"/[A-Za-z0-9._~!$&()*+,;=:@%/?-]*")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._+-]+")

_HEAD = """\
# syntax=docker/dockerfile:1

FROM python:{python}-slim-{debian} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1 UV_LINK_MODE=copy
RUN python -m venv --without-pip /venv
"""
_FINAL = """\
FROM python:{python}-slim-{debian}
LABEL org.opencontainers.image.title="{title}"
LABEL org.opencontainers.image.base.name="docker.io/library/python:{python}-slim-{debian}"
ADD --chmod=0444 {bundle} {certificates}
ENV PATH=/venv/bin:$PATH HOME=/tmp TMPDIR=/tmp
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
ENV PGSSLROOTCERT={certificates}
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# A volume mounted here on Fargate keeps the image's own permissions only where it is declared.
VOLUME ["/tmp"]
USER {user}:{user}
"""
# Compiled where the file system may still be written to; hashes instead of times
# make the layer the same for the same source. Packages may carry files that are
# no Python of this version: they stay uncompiled, and are no reason to fail.
_COMPILE = "RUN python -m compileall -q --invalidation-mode unchecked-hash {} || true"


class CommandUnusable(Mistake):
    """The command, port or health path cannot stand in a Dockerfile."""


def dockerfile(
    source: Path,
    command: Sequence[str],
    port: int | None = None,
    health_path: str | None = None,
    python: str = PYTHON,
) -> str:
    """Give the Dockerfile for `source`, run by `command` (exec form, nothing left symbolic).

    `port` and `health_path` give the HEALTHCHECK; without both there is none. ECS ignores
    HEALTHCHECK in an image (its task definition has its own); Docker and Podman use it.
    BuildKit is needed, as Docker 23 and later and Podman have it.
    Raises `CommandUnusable` and what `dependencies` raises.
    """
    wanted = dependencies(source)
    _check(source, command, port, health_path, python)
    names = {
        "python": python,
        "debian": DEBIAN,
        "title": _title(source),
        "bundle": RDS_BUNDLE,
        "certificates": CERTIFICATES,
        "user": USER,
    }
    build = [*_install(wanted), "WORKDIR /app", "COPY . /app", _COMPILE.format("/app")]
    final = []
    if port is not None:
        final.append(f"EXPOSE {port}")
    if port is not None and health_path is not None:
        final.append(_health(port, health_path))
    final += ["STOPSIGNAL SIGTERM", f"CMD {json.dumps(list(command))}"]
    return "\n".join(
        [
            _HEAD.format(**names) + "\n".join(build),
            "",
            _FINAL.format(**names) + "\n".join(final),
            "",
        ]
    )


def _install(wanted: Dependencies) -> list[str]:
    """Give the steps that fill /venv: before the source, so that they are done again seldom."""
    if wanted.kind is Kind.NONE:
        return []
    mounts = ["--mount=type=cache,target=/root/.cache"]
    mounts += [f"--mount=type=bind,source={each},target=/lock/{each}" for each in wanted.files]
    hashes = " --require-hashes" if wanted.locked else ""
    uv = "uv --directory /lock"
    if wanted.kind is Kind.REQUIREMENTS:
        lock = f"/lock/{wanted.kind.value}"
        steps = [f"python -m pip --python /venv install --no-compile{hashes} -r {lock}"]
    elif wanted.kind is Kind.UV:
        steps = [
            f"python -m pip install uv=={UV}",
            f"{uv} export -q --frozen --no-dev --no-emit-project -o /tmp/requirements.txt",
            f"{uv} pip install --python /venv{hashes} -r /tmp/requirements.txt",
        ]
    else:
        steps = [
            f"python -m pip install uv=={UV}",
            f"{uv} pip install --python /venv -r {wanted.kind.value}",
        ]
    install = " \\\n    ".join(["RUN", *mounts, " \\\n    && ".join(steps)])
    return [install, _COMPILE.format("/venv/lib")]


def _health(port: int, path: str) -> str:
    """Give a health check that needs no program but Python itself: urlopen raises from 400 on."""
    ask = (
        "import urllib.request as r;"
        f" r.build_opener(r.ProxyHandler({{}})).open('http://127.0.0.1:{port}{path}', timeout=4)"
    )
    test = json.dumps(["python", "-S", "-c", ask])
    return (
        f"HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \\\n    CMD {test}"
    )


def _title(source: Path) -> str:
    """Give the project's own name, or the folder's."""
    name: object = None
    if (source / "pyproject.toml").is_file():
        project = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))
        name = project.get("project", {}).get("name")
    return _NOT_IN_NAMES.sub("-", name if isinstance(name, str) else source.resolve().name)


def _check(
    source: Path, command: Sequence[str], port: int | None, path: str | None, python: str
) -> None:
    place = Place(str(source))
    if isinstance(command, str) or not command:
        raise CommandUnusable(
            "the command is not a list of words", place, 'Write ["uvicorn", "main:app"].'
        )
    for word in command:
        if any(ord(char) < 32 for char in word):
            raise CommandUnusable(f"{word!r} in the command has a control character", place)
    if port is not None and not 0 < port < 65536:
        raise CommandUnusable(f"{port} is no port", place, "Ports are 1 to 65535.")
    if path is not None and not _PATH.fullmatch(path):
        raise CommandUnusable(f"{path!r} is no path of a URL", place, 'Write e.g. "/healthz".')
    if not _VERSION.fullmatch(python):
        raise CommandUnusable(f"{python!r} is no version of Python", place, 'Write e.g. "3.13".')
