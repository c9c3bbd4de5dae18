"""A CloudFront distribution as Envoy's configuration: files from memory, the rest to its origin.

Takes an `Edge`; gives a listener whose routes hold every file as CloudFront's
caches would, and a cluster that leads to the load balancer. A file that is not
there is refused as S3 refuses it to a distribution that may not list the bucket.
It never asks a bucket and never reads a file: Envoy does.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
DownloadDistValuesCacheBehavior.html
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy.pattern import Json, match_path, write_regex

TYPE = "type.googleapis.com/envoy."
READ = ("GET", "HEAD")
# What the last part of a path has that is no file's name: /, /about, /a/b.
NO_FILE = r"(?:.*/)?[^./]*"
REFUSED = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
)
VISITOR: Json = {
    "header": {"key": "true-client-ip", "value": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"},
    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
}
HIT, MISS, ERROR = (f"{each} from cloudfront" for each in ("Hit", "Miss", "Error"))


@dataclass(frozen=True, slots=True)
class Page:
    """One file of a site: `path` begins with /, and is as it is in the bucket."""

    path: str
    file: Path
    content_type: str
    etag: str
    modified: str


@dataclass(frozen=True, slots=True)
class Header:
    """A header of a response-headers policy; `override` replaces what the origin said."""

    name: str
    value: str
    override: bool


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What is done with the paths of a pattern: the site's files, or the load balancer's answer.

    `index` is the file for a path that names none, None where there is no such
    function; `visitor` tells the origin the visitor's address.
    """

    pattern: str
    services: bool = False
    index: str | None = None
    headers: tuple[Header, ...] = ()
    visitor: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """One distribution: the first behaviour that matches decides, the last takes all.

    `services` is the load balancer's address; `sent` the headers that go to it
    with each request; `root` the file for /.
    """

    name: str
    address: Address
    behaviours: tuple[Behaviour, ...]
    pages: tuple[Page, ...] = ()
    root: str | None = None
    services: Address | None = None
    sent: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    read_timeout: float = 30.0


def write_edge_listener(edge: Edge) -> Json:
    """Write the listener of a distribution, with its routes."""
    router = f"{TYPE}extensions.filters.http.router.v3.Router"
    manager = {
        "@type": f"{TYPE}extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        "stat_prefix": f"edge_{edge.name}",
        "codec_type": "HTTP1",
        "route_config": write_edge_routes(edge),
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": router, "suppress_envoy_headers": True},
            }
        ],
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "server_header_transformation": "PASS_THROUGH",
        "use_remote_address": True,
        "generate_request_id": False,
        "stream_idle_timeout": "0s",
        "drain_timeout": "0.1s",
        "http_protocol_options": {"accept_http_10": True, "default_host_for_http_10": "localhost"},
    }
    where = {"address": edge.address.host, "port_value": edge.address.port}
    return {
        "@type": f"{TYPE}config.listener.v3.Listener",
        "name": f"edge-{edge.name}",
        "address": {"socket_address": where},
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": manager,
                    }
                ]
            }
        ],
    }


def write_edge_cluster(edge: Edge, services: Address) -> Json:
    """Write the cluster that leads to the load balancer."""
    where = {"address": services.host, "port_value": services.port}
    return {
        "@type": f"{TYPE}config.cluster.v3.Cluster",
        "name": _cluster(edge),
        "type": "STATIC",
        "connect_timeout": "10s",
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": 1_000_000,
                    "max_pending_requests": 1_000_000,
                    "max_requests": 1_000_000,
                }
            ]
        },
        "load_assignment": {
            "cluster_name": _cluster(edge),
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": where}}}]}],
        },
    }


def write_edge_routes(edge: Edge) -> Json:
    """Write the route configuration of a distribution."""
    routes: list[Json] = []
    for behaviour in edge.behaviours:
        routes += _to_services(edge, behaviour) if behaviour.services else _to(edge, behaviour)
    longest = max((each.file.stat().st_size for each in edge.pages), default=0)
    return {
        "name": f"edge-{edge.name}",
        "virtual_hosts": [{"name": edge.name, "domains": ["*"], "routes": routes}],
        "max_direct_response_body_size_bytes": max(longest, len(REFUSED), 4096),
    }


def _cluster(edge: Edge) -> str:
    return f"edge-{edge.name}"


def _to_services(edge: Edge, behaviour: Behaviour) -> Iterator[Json]:
    timeout = f"{edge.read_timeout:g}s"
    yield {
        "match": match_path(behaviour.pattern),
        # CloudFront counts the origin's silence, not the whole of a request.
        "route": {"cluster": _cluster(edge), "timeout": "0s", "idle_timeout": timeout},
        "request_headers_to_add": [
            *(_set(name, value) for name, value in edge.sent),
            *([VISITOR] if behaviour.visitor else ()),
        ],
        "response_headers_to_add": [*_policy(behaviour), _set("x-cache", MISS)],
    }


def _to(edge: Edge, behaviour: Behaviour) -> Iterator[Json]:
    """Give the site's files under a pattern; whatever else is asked there is refused."""
    shape = re.compile(write_regex(behaviour.pattern), re.DOTALL)
    pages = {each.path: each for each in edge.pages}
    for path, page in pages.items():
        if shape.fullmatch(path):
            yield from _page({"path": quote(path)}, page, behaviour)
    root = pages.get(f"/{edge.root}") if edge.root else None
    if root and shape.fullmatch("/"):
        yield from _page({"path": "/"}, root, behaviour)
    index = pages.get(behaviour.index) if behaviour.index else None
    if index:
        yield from _page({"safe_regex": {"regex": NO_FILE}}, index, behaviour)
    kind = _set("content-type", "application/xml")
    headers = [*_policy(behaviour), kind, _set("x-cache", ERROR)]
    yield {
        "match": match_path(behaviour.pattern),
        "direct_response": {"status": 403, "body": {"inline_string": REFUSED}},
        "response_headers_to_add": headers,
    }


def _page(where: Json, page: Page, behaviour: Behaviour) -> Iterator[Json]:
    """Answer with a file, or that the visitor's copy of it is still right."""
    read = {"name": ":method", "string_match": {"safe_regex": {"regex": "|".join(READ)}}}
    known = {"name": "if-none-match", "string_match": {"contains": page.etag}}
    headers = [
        *_policy(behaviour),
        _set("etag", page.etag),
        _set("last-modified", page.modified),
        _set("x-cache", HIT),
    ]
    yield {
        "match": {**where, "headers": [read, known]},
        "direct_response": {"status": 304},
        "response_headers_to_add": headers,
    }
    yield {
        "match": {**where, "headers": [read]},
        "direct_response": {"status": 200, "body": {"filename": str(page.file)}},
        "response_headers_to_add": [*headers, _set("content-type", page.content_type)],
    }


def _policy(behaviour: Behaviour) -> list[Json]:
    return [_set(each.name, each.value, override=each.override) for each in behaviour.headers]


def _set(name: str, value: str, *, override: bool = True) -> Json:
    action = "OVERWRITE_IF_EXISTS_OR_ADD" if override else "ADD_IF_ABSENT"
    # Envoy reads % as the begin of a variable.
    return {"header": {"key": name, "value": value.replace("%", "%%")}, "append_action": action}


def list_clusters(edges: Sequence[Edge]) -> list[Json]:
    """Write the clusters of all distributions that lead anywhere."""
    return [write_edge_cluster(each, each.services) for each in edges if each.services]
