"""The proxy on the one machine: it answers CloudFront alone, and passes on what a route names.

It stands where the load balancer stands elsewhere and does as that does: 403
without the key of the edge, 404 where no route leads, no second try of a
request, 503 while no container is well, and a visitor who stays with one
container where the service is sticky.
"""

import re

from seatrial.graph.values import REGION, Value
from seatrial.language import Service
from seatrial.language.machine import PROXY_MEMORY
from seatrial.lower.context import Lowering
from seatrial.lower.load_balancer import EDGE_HEADER, EDGE_KEY

IMAGE = "public.ecr.aws/docker/library/haproxy:3.2-alpine"
PORT = 8080
"""Inside of the container, whose user may open none below 1024."""
KEY = "EDGE_KEY"
CONFIGURATION = "CONFIGURATION"
START = f"exec haproxy -db -f /dev/stdin <<END\n${CONFIGURATION}\nEND"
"""The configuration is a variable, so that Compose makes a new container when it changes."""
_HEAD = f"""\
global
  log stdout format raw local0
  maxconn 500
defaults
  log global
  mode http
  option httplog
  option forwardfor
  retries 0
  timeout connect 5s
  timeout client 60s
  timeout http-request 10s
  timeout server 60s
  timeout tunnel 60s
resolvers docker
  nameserver dns 127.0.0.11:53
  hold valid 5s
frontend edge
  bind :{PORT}
  http-request deny deny_status 403 unless {{ req.hdr({EDGE_HEADER}) -m str "${{{KEY}}}" }}
  http-request del-header {EDGE_HEADER}
  http-request set-header X-Forwarded-Proto https
"""
_NOWHERE = """\
  default_backend edge.nowhere
backend edge.nowhere
  http-request return status 404 content-type text/plain string "Not found"
"""


def service(lowering: Lowering) -> dict[str, Value]:
    """Give the container: what it may use, and what it is told."""
    return {
        "image": IMAGE,
        "command": ["sh", "-c", START],
        "environment": {"AWS_REGION": REGION, CONFIGURATION: configuration(lowering)},
        "ports": [f"80:{PORT}"],
        "mem_limit": f"{PROXY_MEMORY}m",
        "depends_on": {each.name: {"condition": "service_started"} for each in lowering.web},
    }


def secrets() -> dict[str, Value]:
    """Give what it reads of Secrets Manager."""
    return {KEY: EDGE_KEY}


def configuration(lowering: Lowering) -> str:
    """Write the whole configuration; rules as the load balancer orders them, longest first."""
    ruled = sorted(
        lowering.web, key=lambda each: (-max(len(path) for path in lowering.paths(each)), each.name)
    )
    text = _HEAD
    for each in ruled:
        text += f"  use_backend {each.name} if {_condition(lowering, each)}\n"
    return text + _NOWHERE + "".join(_backend(each) for each in ruled)


def _condition(lowering: Lowering, service: Service) -> str:
    paths = " ".join(_pattern(each) for each in lowering.paths(service))
    found = f"{{ path -m reg {paths} }}"
    if service.hosts:
        hosts = " ".join(_pattern(each, "(:[0-9]+)?") for each in service.hosts)
        found += f" {{ req.hdr(Host) -m reg -i {hosts} }}"
    return found


def _pattern(text: str, more: str = "") -> str:
    """Write a pattern with `*` and `?` as a quoted regular expression."""
    words = {"*": ".*", "?": "."}
    expression = "".join(words.get(each) or re.escape(each) for each in text)
    quoted = f"^{expression}{more}$".replace("'", "'\\''")
    return f"'{quoted}'"


def _backend(service: Service) -> str:
    probe = service.probe
    check = f"inter {probe.interval}s rise {probe.healthy} fall {probe.unhealthy}"
    sticky = ""
    if service.sticky:
        sticky = (
            f"  cookie TASK insert indirect nocache dynamic maxlife {service.sticky_seconds}s\n"
            f"  dynamic-cookie-key {service.name}\n"
        )
    return f"""\
backend {service.name}
  option httpchk
  http-check send meth GET uri '{probe.path}' ver HTTP/1.1 hdr Host {service.name}
  http-check expect status {probe.codes}
  timeout check {probe.timeout}s
{sticky}\
  server-template {service.name} {max(1, service.scale.first)} {service.name}:{service.port} \
check {check} resolvers docker init-addr none
"""
