"""A listener's rules as Envoy's route configuration.

Takes an `HttpListener`, gives the routes in the order in which an ALB weighs its
rules, with what an ALB refuses before any rule in front. It never names a target.

Sources: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/
load-balancer-listeners.html, load-balancer-troubleshooting.html,
load-balancer-request-tracing.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.local.engines.envoy.answers import describe_page
from seatrial.local.engines.envoy.network import (
    Action,
    FixedResponse,
    Forward,
    HttpListener,
    Redirect,
    Rule,
    TargetGroup,
    WeightedForward,
)
from seatrial.local.engines.envoy.pattern import (
    Json,
    match_header,
    match_host,
    match_method,
    match_path,
)

TYPE = "type.googleapis.com/envoy."
TRACE = "x-amzn-trace-id"
STICKINESS = "envoy.filters.http.stateful_session"
DEFAULT_PORTS = {"HTTP": 80, "HTTPS": 443}
MOST_FORWARDERS = 30


def write_routes(listener: HttpListener, groups: Mapping[str, TargetGroup], born: int) -> Json:
    """Write the route configuration; `born` is the epoch second that new trace ids carry."""
    routes = list(_refuse())
    for rule in sorted(listener.rules, key=lambda each: each.priority):
        routes += _write_rule(rule, groups)
    routes.append({"match": {"prefix": ""}, **_write_action(listener.default, groups)})
    return {
        "@type": f"{TYPE}config.route.v3.RouteConfiguration",
        "name": listener.name,
        "virtual_hosts": [{"name": listener.name, "domains": ["*"], "routes": routes}],
        "request_headers_to_add": _trace(born),
        # Envoy's own words about the client; an ALB knows none of them.
        "request_headers_to_remove": ["x-envoy-internal", "x-envoy-external-address"],
    }


def name_cluster(group: str) -> str:
    """Name a target group among Envoy's clusters."""
    return f"group-{group}"


def _refuse() -> Iterator[Json]:
    """Refuse what an ALB refuses: TRACE with 405, over 30 X-Forwarded-For addresses with 463."""
    trace = {"name": ":method", "string_match": {"exact": "TRACE"}}
    # The client's own address has been appended by the time that routes are weighed.
    crowd = f"(?:[^,]*,){{{MOST_FORWARDERS + 1}}}.*"
    forwarders = {"name": "x-forwarded-for", "string_match": {"safe_regex": {"regex": crowd}}}
    for status, condition in ((405, trace), (463, forwarders)):
        page = FixedResponse(status, "text/html", describe_page(status))
        yield {"match": {"prefix": "", "headers": [condition]}, **_answer(page)}


def _write_rule(rule: Rule, groups: Mapping[str, TargetGroup]) -> Iterator[Json]:
    """Write one route per path pattern: any of them is enough."""
    conditions = [match_header(name, patterns) for name, patterns in rule.headers]
    if rule.hosts:
        conditions.append(match_host(rule.hosts))
    if rule.methods:
        conditions.append(match_method(rule.methods))
    action = _write_action(rule.action, groups)
    for path in rule.paths or ("*",):
        yield {"match": {**match_path(path), "headers": conditions}, **action}


def _write_action(action: Action, groups: Mapping[str, TargetGroup]) -> Json:
    match action:
        case Forward(group):
            return _forward({"cluster": name_cluster(group)}) | _stick(groups[group])
        case WeightedForward(weights):
            if not any(weight for _, weight in weights):
                return _answer(FixedResponse(503, "text/html", describe_page(503)))
            clusters = [
                {"name": name_cluster(group), "weight": weight, **_stick(groups[group])}
                for group, weight in weights
            ]
            return _forward({"weighted_clusters": {"clusters": clusters}})
        case Redirect():
            return {"redirect": _redirect(action)}
        case FixedResponse():
            return _answer(action)


def _forward(where: Json) -> Json:
    # Nothing limits the whole of a request: an ALB only counts silence (idle timeout),
    # and it never asks a second target.
    return {"route": {**where, "timeout": "0s"}}


def _stick(group: TargetGroup) -> Json:
    """Bind a client to its target by the `AWSALB` cookie.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html
    """
    if group.stickiness is None:
        return {}
    cookie = {"name": "AWSALB", "ttl": f"{group.stickiness}s", "path": "/"}
    sessions = f"{TYPE}extensions.http.stateful_session.cookie.v3.CookieBasedSessionState"
    return {
        "typed_per_filter_config": {
            STICKINESS: {
                "@type": f"{TYPE}extensions.filters.http.stateful_session.v3"
                ".StatefulSessionPerRoute",
                "stateful_session": {
                    "session_state": {
                        "name": "envoy.http.stateful_session.cookie",
                        "typed_config": {"@type": sessions, "cookie": cookie},
                    }
                },
            }
        }
    }


def _answer(answer: FixedResponse) -> Json:
    response: dict[str, Any] = {"status": answer.status}
    if answer.body:
        response["body"] = {"inline_string": answer.body}
    route: Json = {"direct_response": response}
    if answer.body:
        content_type = {"key": "content-type", "value": answer.content_type.replace("%", "%%")}
        route["response_headers_to_add"] = [
            {"header": content_type, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        ]
    return route


def _redirect(action: Redirect) -> Json:
    redirect: Json = {"response_code": {301: "MOVED_PERMANENTLY", 302: "FOUND"}[action.status_code]}
    if action.protocol is not None:
        redirect["scheme_redirect"] = action.protocol.lower()
    port = action.port or (DEFAULT_PORTS[action.protocol] if action.protocol else None)
    if port is not None:
        redirect["port_redirect"] = port
    if action.host is not None:
        redirect["host_redirect"] = action.host
    if action.path is not None:
        redirect["path_redirect"] = action.path + (f"?{action.query}" if action.query else "")
    redirect["strip_query"] = action.query is not None
    return redirect


def _trace(born: int) -> list[Json]:
    """Add an X-Amzn-Trace-Id with a Root where none came; one that came stays as it is.

    The id is unique, but its time is that of the configuration: Envoy writes no
    hexadecimal, and a script for each request costs a fifth of the throughput.
    For the same reason no Self field is put before a Root that came.
    """
    value = f"Root=1-{born:08x}-%START_TIME(%s%9f)%{born % 100_000:05d}"
    return [{"header": {"key": TRACE, "value": value}, "append_action": "ADD_IF_ABSENT"}]
