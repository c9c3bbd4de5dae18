"""A network as Envoy's configuration: bootstrap, listeners, clusters, endpoints.

Takes a `Network` and where things stand, gives JSON documents; Envoy reads them
from files and follows each file that is replaced. It never writes a file.

No retries, no ejection of targets, no panic routing, no limits below AWS's:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy.answers import TYPE, compare_status, write_own_answers
from seatrial.local.engines.envoy.edge import Edge, list_clusters, write_edge_listener
from seatrial.local.engines.envoy.network import (
    HttpListener,
    Network,
    TargetGroup,
    TcpEndpoint,
    forwarded_groups,
)
from seatrial.local.engines.envoy.pattern import Json
from seatrial.local.engines.envoy.routes import STICKINESS, name_cluster
from seatrial.local.engines.envoy.snapshot import BUCKETS

# Envoy's default of 1024 connections and requests would turn requests away with 503.
UNLIMITED = 1_000_000
# Seconds to establish a connection to a target: load-balancer-troubleshooting.html, 504.
CONNECT_TIMEOUT = 10.0
# Kilobytes: load-balancer-limits.html, "HTTP headers".
REQUEST_HEADERS_KB = 64
RESPONSE_HEADERS_KB = 32
# AWS states no number of headers; 64 KB hold no more than this.
HEADERS = 16_384
# Seconds a client's connection lives: `client_keep_alive.seconds`.
CLIENT_KEEP_ALIVE = 3600.0
BACKLOG = 4096
# Everything that is counted starts with this; `statistics` reads it.
COUNTED = "alb"


def write_bootstrap(directory: Path, admin: Address | None) -> Json:
    """Write what Envoy starts with; `admin` None is the unix socket `admin.sock`."""
    where: Json = {"pipe": {"path": str(directory / "admin.sock"), "mode": 0o600}}
    if admin is not None:
        where = _socket(admin)
    return {
        "node": {"id": "seatrial", "cluster": "seatrial"},
        "admin": {"address": where},
        "dynamic_resources": {
            "cds_config": _from_file(directory / "cds.json"),
            "lds_config": _from_file(directory / "lds.json"),
        },
        "stats_flush_interval": "1s",
        "stats_config": {
            "stats_matcher": {
                "inclusion_list": {
                    "patterns": [
                        {"prefix": f"{COUNTED}."},
                        {"suffix": ".upstream_cx_connect_fail"},
                        *({"suffix": f".upstream_rq_{status}xx"} for status in range(1, 6)),
                        {"suffix": ".downstream_rq_total"},
                        {"suffix": ".version_text"},
                        {"suffix": ".update_rejected"},
                        {"exact": "listener_manager.workers_started"},
                    ]
                }
            },
            "histogram_bucket_settings": [
                {
                    "match": {"prefix": f"{COUNTED}."},
                    "buckets": [bound * 1_000_000 for bound in BUCKETS],
                }
            ],
        },
    }


def write_listeners(
    network: Network, directory: Path, generations: Mapping[str, int], version: str
) -> Json:
    """Write all listeners (LDS); an endpoint of a new generation closes its old connections."""
    sticky = {group.name for group in network.groups if group.stickiness is not None}
    resources = [_http_listener(each, network, directory, sticky) for each in network.listeners]
    resources += [_tcp_listener(each, generations.get(each.name, 0)) for each in network.endpoints]
    resources += [write_edge_listener(each) for each in network.edges]
    return {"version_info": version, "resources": resources}


def write_clusters(
    groups: Iterable[TargetGroup],
    endpoints: Iterable[TcpEndpoint],
    idle_timeout: float,
    directory: Path,
    version: str,
    edges: Sequence[Edge] = (),
) -> Json:
    """Write all clusters (CDS), one for each target group, endpoint and distribution."""
    resources = [_group_cluster(each, idle_timeout, directory) for each in groups]
    resources += [_cluster(name_endpoint(each.name), directory) for each in endpoints]
    resources += list_clusters(edges)
    return {"version_info": version, "resources": resources}


def write_assignment(
    cluster: str, live: Iterable[Address | None], draining: Iterable[Address], version: str
) -> Json:
    """Write who stands behind a cluster (EDS).

    A draining one gets nothing new, keeps what it has, and stays in Envoy's view.
    None stands for an address where nobody ever listens.
    """
    hosts = [_host(each, "HEALTHY") for each in live]
    hosts += [_host(each, "DRAINING") for each in draining]
    assignment = {
        "@type": f"{TYPE}config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": cluster,
        "endpoints": [{"lb_endpoints": hosts}],
    }
    return {"version_info": version, "resources": [assignment]}


def name_endpoint(endpoint: str) -> str:
    """Name an endpoint among Envoy's clusters."""
    return f"endpoint-{endpoint}"


def _http_listener(
    listener: HttpListener, network: Network, directory: Path, sticky: set[str]
) -> Json:
    idle = f"{network.idle_timeout}s"
    actions = (listener.default, *(rule.action for rule in listener.rules))
    filters: list[Json] = []
    if any(sticky & set(forwarded_groups(action)) for action in actions):
        sessions = f"{TYPE}extensions.filters.http.stateful_session.v3.StatefulSession"
        filters.append({"name": STICKINESS, "typed_config": {"@type": sessions}})
    router = f"{TYPE}extensions.filters.http.router.v3.Router"
    filters.append(
        {
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": router, "suppress_envoy_headers": True},
        }
    )
    manager = {
        "@type": f"{TYPE}extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        "stat_prefix": listener.name,
        # HTTP/2 is for HTTPS listeners alone: introduction.html.
        "codec_type": "AUTO" if listener.tls else "HTTP1",
        "rds": {
            "route_config_name": listener.name,
            "config_source": _from_file(directory / f"routes-{listener.name}.json"),
        },
        "http_filters": filters,
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "access_log": _count(listener.name),
        "local_reply_config": write_own_answers(),
        "server_header_transformation": "PASS_THROUGH",
        "use_remote_address": True,
        "append_x_forwarded_port": True,
        "generate_request_id": False,
        "stream_idle_timeout": idle,
        # An idle connection is closed at once, not announced for 5 seconds first.
        "drain_timeout": "0.1s",
        "max_request_headers_kb": REQUEST_HEADERS_KB,
        "common_http_protocol_options": {
            "idle_timeout": idle,
            "max_connection_duration": f"{CLIENT_KEEP_ALIVE}s",
            "max_headers_count": HEADERS,
        },
        "http1_safe_max_connection_duration": True,
        "http_protocol_options": {
            "accept_http_10": True,
            "default_host_for_http_10": listener.address.host,
        },
    }
    chain: Json = {
        "name": listener.name,
        "filters": [
            {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}
        ],
    }
    if listener.tls:
        pair = {
            "certificate_chain": {"filename": str(listener.tls.chain)},
            "private_key": {"filename": str(listener.tls.key)},
        }
        chain["transport_socket"] = {
            "name": "envoy.transport_sockets.tls",
            "typed_config": {
                "@type": f"{TYPE}extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                "common_tls_context": {
                    "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                    "alpn_protocols": ["h2", "http/1.1"],
                    "tls_certificates": [pair],
                },
            },
        }
    return _listener(f"http-{listener.name}", listener.address, chain)


def _tcp_listener(endpoint: TcpEndpoint, generation: int) -> Json:
    proxy = {
        "@type": f"{TYPE}extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": name_endpoint(endpoint.name),
        "cluster": name_endpoint(endpoint.name),
        "idle_timeout": "0s",
        # New connections wait while the database fails over.
        "max_connect_attempts": 100,
        "backoff_options": {"base_interval": "0.05s", "max_interval": "0.1s"},
    }
    chain = {
        "name": f"{endpoint.name}-{generation}",
        "filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": proxy}],
    }
    return _listener(f"tcp-{endpoint.name}", endpoint.address, chain)


def _listener(name: str, address: Address, chain: Json) -> Json:
    return {
        "@type": f"{TYPE}config.listener.v3.Listener",
        "name": name,
        "address": _socket(address),
        "tcp_backlog_size": BACKLOG,
        "filter_chains": [chain],
    }


def _count(listener: str) -> list[Json]:
    """Count answers that may be the load balancer's own, and time the targets' answers.

    Envoy's cluster counters cannot tell a target's 503 from its own; Envoy's flags
    can. They are read for unusual answers only: it costs 3 % on every request.
    TargetResponseTime runs from the request's last byte to the answer's first
    (load-balancer-cloudwatch-metrics.html).
    """
    group = {"name": "group", "value_format": "%UPSTREAM_CLUSTER%"}
    outcome = [
        group,
        {"name": "code", "value_format": "%RESPONSE_CODE%"},
        {"name": "flags", "value_format": "%RESPONSE_FLAGS%"},
    ]
    any_flag: Json = {"response_flag_filter": {}}
    unusual = {"or_filter": {"filters": [any_flag, compare_status(300, "GE")]}}
    answers = {
        "stat_prefix": f"{COUNTED}.{listener}_",
        "counters": [{"stat": {"name": "answers", "tags": outcome}, "value_fixed": 1}],
    }
    times = {
        "stat_prefix": f"{COUNTED}.{listener}_",
        "histograms": [
            {
                "stat": {"name": "times", "tags": [group]},
                "unit": "Microseconds",
                "value_format": "%COMMON_DURATION(US_TX_END:US_RX_BEG:us)%",
            }
        ],
    }
    statistics = f"{TYPE}extensions.access_loggers.stats.v3.Config"
    name = "envoy.access_loggers.stats"
    return [
        {"name": name, "filter": unusual, "typed_config": {"@type": statistics, **answers}},
        {"name": name, "typed_config": {"@type": statistics, **times}},
    ]


def _group_cluster(group: TargetGroup, idle_timeout: float, directory: Path) -> Json:
    options = f"{TYPE}extensions.upstreams.http.v3.HttpProtocolOptions"
    cluster = _cluster(name_cluster(group.name), directory)
    cluster["typed_extension_protocol_options"] = {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": options,
            "common_http_protocol_options": {
                # A target must keep idle connections longer than this, here as on AWS:
                # application-load-balancers.html, "Connection idle timeout".
                "idle_timeout": f"{idle_timeout}s",
                "max_headers_count": HEADERS,
                "max_response_headers_kb": RESPONSE_HEADERS_KB,
            },
            "explicit_http_config": {"http_protocol_options": {}},
        }
    }
    if group.algorithm == "least_outstanding_requests":
        policy = f"{TYPE}extensions.load_balancing_policies.least_request.v3.LeastRequest"
        cluster["load_balancing_policy"] = {
            "policies": [
                {
                    "typed_extension_config": {
                        "name": "envoy.load_balancing_policies.least_request",
                        "typed_config": {"@type": policy, "selection_method": "FULL_SCAN"},
                    }
                }
            ]
        }
    if group.protocol == "HTTPS":
        # An ALB does not look at a target's certificate: create-https-listener.html.
        cluster["transport_socket"] = {
            "name": "envoy.transport_sockets.tls",
            "typed_config": {
                "@type": f"{TYPE}extensions.transport_sockets.tls.v3.UpstreamTlsContext"
            },
        }
    return cluster


def _cluster(name: str, directory: Path) -> Json:
    limits = {
        "max_connections": UNLIMITED,
        "max_pending_requests": UNLIMITED,
        "max_requests": UNLIMITED,
    }
    return {
        "@type": f"{TYPE}config.cluster.v3.Cluster",
        "name": name,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": _from_file(directory / f"{name}.json")},
        "connect_timeout": f"{CONNECT_TIMEOUT}s",
        "circuit_breakers": {"thresholds": [limits]},
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "ignore_health_on_host_removal": True,
    }


def _host(address: Address | None, health: str) -> Json:
    nowhere = {"pipe": {"path": "nowhere.sock"}}
    where = _socket(address) if address else nowhere
    return {"endpoint": {"address": where}, "health_status": health}


def _socket(address: Address) -> Json:
    return {"socket_address": {"address": address.host, "port_value": address.port}}


def _from_file(path: Path) -> Json:
    return {"path_config_source": {"path": str(path)}, "resource_api_version": "V3"}
