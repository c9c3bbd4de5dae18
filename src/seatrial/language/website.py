"""A static website behind CloudFront, and what the distribution sends to services."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Literal

from seatrial.language.names import check_folder, check_name
from seatrial.language.part import Part, part
from seatrial.language.promises import seconds
from seatrial.language.service import EVERY_PATH, ROUTE, Service

_BUCKET = re.compile(r"(?!xn--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
YEAR = 31_536_000
"""Seconds: the longest that CloudFront keeps an object without being asked again."""


@part
class Website(Part):
    """Static files in a private bucket behind a CloudFront distribution.

    `source` is the folder of the site; `build` the command that fills `output`
    inside it (`build=[]` and `output="."` for files that are there already).
    `routes` sends paths of the distribution to services, so that a page on
    HTTPS calls its API under its own address; the load balancer then answers
    nobody else. `single_page` answers a path without a file extension with
    `index.html`. `cache` says how long CloudFront keeps what a path gives, as
    durations such as `1 hour`; routes are never cached. `origin_shield` puts
    one more cache before the bucket, in the system's region. `logs` keeps
    access logs in a bucket of their own for `log_days` days.

    With the environment's domain the distribution has its name, and `tls` is
    the oldest protocol that it speaks, as CloudFront names its policies.
    `prices` is how much of the world its edges are in. `policy` is the
    Content-Security-Policy header. `bucket` names the bucket; unsaid, AWS does.
    """

    name: str
    source: str
    routes: Mapping[str, Service] = field(default_factory=dict)
    build: Sequence[str] = ("npm", "run", "build")
    output: str = "build"
    single_page: bool = True
    cache: Mapping[str, str] = field(default_factory=lambda: {"/*": "1 hour"})
    origin_shield: bool = False
    logs: bool = False
    log_days: int = 90
    tls: Literal["TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"] = "TLSv1.2_2021"
    prices: Literal["100", "200", "all"] = "all"
    policy: str | None = None
    bucket: str | None = None

    def uses_parts(self) -> Collection[Part]:
        """Give the services that it routes to."""
        return list(dict.fromkeys(self.routes.values()))

    @property
    def lifetimes(self) -> dict[str, int]:
        """How long each path is kept, in seconds, `/*` last."""
        kept = {path: int(seconds(self, "cache", text)) for path, text in self.cache.items()}
        everything = kept.pop("/*", 3600)
        return kept | {"/*": everything}

    def check(self) -> None:
        """Hold names, folder, routes and lifetimes to what CloudFront takes."""
        check_name(self, self.name)
        check_folder(self, self.source)
        for path, service in self.routes.items():
            self._check_route(path, service)
        for path in self.cache:
            if not ROUTE.fullmatch(path):
                raise self.wrong(
                    f"{path!r} is not a path that CloudFront can match.", "Write e.g. '/static/*'."
                )
            if path in self.routes:
                raise self.wrong(
                    f"{path!r} is both a route and cached.", "What a service answers is not cached."
                )
        for path, lifetime in self.lifetimes.items():
            if not 0 <= lifetime <= YEAR:
                raise self.wrong(f"cache of {path!r} is over 365 days.")
        if self.bucket is not None and not _BUCKET.fullmatch(self.bucket):
            raise self.wrong(
                f"bucket={self.bucket!r} is not a bucket's name.",
                "3 to 63 lower-case letters, digits and hyphens.",
            )
        if self.log_days < 1:
            raise self.wrong(f"log_days={self.log_days} must be at least 1.")

    def _check_route(self, path: str, service: Service) -> None:
        if not ROUTE.fullmatch(path):
            raise self.wrong(
                f"{path!r} is not a path that CloudFront can match.", "Write e.g. '/v1/*'."
            )
        if path in EVERY_PATH:
            raise self.wrong(
                "the route '/*' would leave nothing to the site.", "Write e.g. '/api/*'."
            )
        if not service.public:
            why = "has a private name" if service.internal else "has no port"
            raise self.wrong(f"it cannot route to {service.label()}, which {why}.")
        if tuple(service.paths) != EVERY_PATH:
            raise self.wrong(
                f"{service.label()} names paths, and the route {path!r} is another.",
                "Leave its paths= out: the routes say what it gets.",
            )
