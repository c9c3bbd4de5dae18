"""What the load balancer says itself: AWS's status where Envoy has another, page and Server.

Gives Envoy's `local_reply_config`. It never touches an answer of a target.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/
load-balancer-troubleshooting.html
"""

from http import HTTPStatus

from seatrial.local.engines.envoy.pattern import Json

SERVER = "awselb/2.0"
TYPE = "type.googleapis.com/envoy."

# Envoy's response flags.
UNREACHABLE = "UF"
NO_TARGET = ("UH", "NC")
BROKEN_TARGET = (UNREACHABLE, "UC", "UR", "UPE")
SILENT = ("SI", "UT")
MALFORMED = "DPE"


def describe_page(status: int) -> str:
    """Give the page that an ALB shows with a status of its own."""
    try:
        title = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        title = str(status)
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )


def write_own_answers() -> Json:
    """Map Envoy's reasons to an ALB's status codes; the first that fits decides.

    502: the target refused, reset, closed or answered garbage. 504: no connection
    within 10 seconds, or silence for the idle timeout. 503: no target. 408: the
    client was silent. 400: headers over 64 KB, and whatever is no HTTP.
    """
    took_too_long = _detailed("response.code_details.contains('connection_timeout')")
    not_asked_for = _detailed("response.code_details != 'direct_response'")
    return {
        "mappers": [
            _map(_both(_flagged(UNREACHABLE), took_too_long), 504),
            _map(_flagged(*BROKEN_TARGET), 502),
            _map(_flagged(*NO_TARGET), 503),
            _map(_both(_flagged(*SILENT), compare_status(408)), 408),
            _map(_flagged(*SILENT), 504),
            _map(compare_status(431), 400),
            _map(_both(compare_status(400), not_asked_for), 400),
            # Fixed responses and redirects: their own status and body, only signed.
            {"filter": compare_status(0, "GE"), "headers_to_add": [_signature()]},
        ]
    }


def compare_status(status: int, comparison: str = "EQ") -> Json:
    """Filter answers by their status: EQ or GE."""
    value = {"default_value": status, "runtime_key": "seatrial.none"}
    return {"status_code_filter": {"comparison": {"op": comparison, "value": value}}}


def _map(which: Json, status: int) -> Json:
    return {
        "filter": which,
        "status_code": status,
        "headers_to_add": [_signature()],
        "body_format_override": {
            "text_format_source": {"inline_string": describe_page(status)},
            "content_type": "text/html",
        },
    }


def _signature() -> Json:
    return {
        "header": {"key": "server", "value": SERVER},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }


def _flagged(*flags: str) -> Json:
    return {"response_flag_filter": {"flags": list(flags)}}


def _detailed(expression: str) -> Json:
    """Filter by an expression (CEL), for what no flag tells; evaluated for own answers only."""
    cel = f"{TYPE}extensions.access_loggers.filters.cel.v3.ExpressionFilter"
    return {
        "extension_filter": {
            "name": "envoy.access_loggers.extension_filters.cel",
            "typed_config": {"@type": cel, "expression": expression},
        }
    }


def _both(*filters: Json) -> Json:
    return {"and_filter": {"filters": list(filters)}}
