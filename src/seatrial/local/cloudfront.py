"""CloudFront: the graph's distributions as listeners of the proxy.

Takes distributions and the folders of their sites' files; gives what the proxy
is to answer. Nothing is kept beyond a change: another `up` has its files at once,
as after the invalidation that a delivery makes.
"""

import hashlib
import mimetypes
from collections.abc import Callable, Iterator, Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Any

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import Site
from seatrial.graph.edge_functions import SINGLE_PAGE, VISITOR
from seatrial.graph.values import Secret, Value, referred
from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import Behaviour, Edge, Header, Page
from seatrial.mistake import Mistake

DISTRIBUTION = "AWS::CloudFront::Distribution"
INDEX = "/index.html"
UNKNOWN_TYPE = "binary/octet-stream"
"""What S3 says of an object that came without a type."""
READ_TIMEOUT = 30.0
"""Seconds; CloudFront's default for an origin's answer."""
# Of this module alone: the machine's own list would make a site differ from machine to machine.
_TYPES = mimetypes.MimeTypes()
for _ending in (".js", ".mjs"):
    # As the AWS CLI says since Python 3.12.
    _TYPES.add_type("text/javascript", _ending)


def read_edges(
    graph: Graph,
    folders: Mapping[str, Path],
    address: Callable[[str], Address],
    services: Address | None,
    read: Callable[[Secret], str],
) -> tuple[Edge, ...]:
    """Read every distribution.

    `folders` holds the files of a site by its bucket's id; `services` is the load
    balancer; `read` gives a secret that is sent to it.
    """
    sites = {each.distribution: each for each in graph.annotated(Site)}
    return tuple(
        _edge(graph, each, sites.get(each.id), folders, address(each.id), services, read)
        for each in graph.of(DISTRIBUTION)
    )


def _edge(
    graph: Graph,
    resource: Resource,
    site: Site | None,
    folders: Mapping[str, Path],
    address: Address,
    services: Address | None,
    read: Callable[[Secret], str],
) -> Edge:
    config = resource.properties["DistributionConfig"]
    custom = {each["Id"]: each for each in config["Origins"] if "CustomOriginConfig" in each}
    written = [
        *config.get("CacheBehaviors", ()),
        {"PathPattern": "*", **config["DefaultCacheBehavior"]},
    ]
    behaviours = tuple(_behaviour(graph, resource, each, set(custom)) for each in written)
    origin: Mapping[str, Any] = next(iter(custom.values()), {})
    sent = tuple(
        (each["HeaderName"], _text(each["HeaderValue"], read))
        for each in origin.get("OriginCustomHeaders", ())
    )
    folder = folders.get(site.bucket) if site else None
    return Edge(
        name=resource.id,
        address=address,
        behaviours=behaviours,
        pages=tuple(_pages(folder)) if folder else (),
        root=config.get("DefaultRootObject"),
        services=services if custom else None,
        sent=sent,
        read_timeout=float(
            origin.get("CustomOriginConfig", {}).get("OriginReadTimeout", READ_TIMEOUT)
        ),
    )


def _text(value: Value, read: Callable[[Secret], str]) -> str:
    return read(value) if isinstance(value, Secret) else str(value)


def _behaviour(
    graph: Graph, resource: Resource, written: Mapping[str, Any], custom: set[str]
) -> Behaviour:
    pattern = str(written["PathPattern"])
    codes = [
        str(graph[id].properties["FunctionCode"])
        for each in written.get("FunctionAssociations", ())
        for id in referred(each["FunctionARN"])
    ]
    if strange := set(codes) - {SINGLE_PAGE, VISITOR}:
        raise Mistake(
            f"{resource.label}: the local cloud cannot run the function "
            f"{min(strange).strip().splitlines()[0]!r} of {pattern}.",
            resource.origin.place if resource.origin else None,
        )
    return Behaviour(
        pattern if pattern.startswith(("/", "*")) else f"/{pattern}",
        services=written["TargetOriginId"] in custom,
        index=INDEX if SINGLE_PAGE in codes else None,
        headers=tuple(_headers(graph, written.get("ResponseHeadersPolicyId"))),
        visitor=VISITOR in codes,
    )


def _headers(graph: Graph, policy: Value) -> Iterator[Header]:
    """Give the headers of a response-headers policy.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
    understanding-response-headers-policies.html
    """
    for id in referred(policy):
        config = graph[id].properties["ResponseHeadersPolicyConfig"]
        security = config.get("SecurityHeadersConfig", {})
        if told := security.get("StrictTransportSecurity"):
            words = [f"max-age={told['AccessControlMaxAgeSec']}"]
            words += ["includeSubDomains"] if told.get("IncludeSubdomains") else []
            words += ["preload"] if told.get("Preload") else []
            yield Header("strict-transport-security", "; ".join(words), told["Override"])
        if told := security.get("ContentTypeOptions"):
            yield Header("x-content-type-options", "nosniff", told["Override"])
        for name, header, key in (
            ("FrameOptions", "x-frame-options", "FrameOption"),
            ("ReferrerPolicy", "referrer-policy", "ReferrerPolicy"),
            ("ContentSecurityPolicy", "content-security-policy", "ContentSecurityPolicy"),
        ):
            if told := security.get(name):
                yield Header(header, str(told[key]), told["Override"])
        for told in config.get("CustomHeadersConfig", {}).get("Items", ()):
            yield Header(told["Header"], str(told["Value"]), told["Override"])


def _pages(folder: Path) -> Iterator[Page]:
    """Give every file of a site, with what S3 would say of it."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            path = file.relative_to(folder).as_posix()
            digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
            yield Page(
                path=f"/{path}",
                file=file,
                content_type=_TYPES.guess_type(path)[0] or UNKNOWN_TYPE,
                etag=f'"{digest}"',
                modified=formatdate(file.stat().st_mtime, usegmt=True),
            )
