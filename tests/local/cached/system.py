"""A web service that counts in Redis: a primary and a replica over two zones."""

from seatrial import HOST, PORT, Redis, Scale, Service, System

cache = Redis(
    "cache",
    nodes=2,
    eviction="noeviction",
    parameters={"notify-keyspace-events": "Ex"},
    url_options="ssl_cert_reqs=required&socket_timeout=2",
)
api = Service(
    "api",
    "app",
    ["python", "main.py", "--host", HOST, "--port", PORT],
    port=8000,
    cpu=256,
    memory=512,
    health="/healthz",
    uses=[cache],
    env={"CACHE_HOST": cache.host, "CACHE_PORT": cache.port, "CACHE_PASSWORD": cache.password},
    tasks=Scale(min=1, max=1),
)
system = System("cached", api, zones=2)
