"""A website, the service that it calls, and the bucket that the service keeps files in."""

from seatrial import HOST, PORT, Bucket, Scale, Service, System, Website

files = Bucket("files")
api = Service(
    "api",
    "app",
    ["python", "main.py", "--host", HOST, "--port", PORT],
    port=8000,
    cpu=256,
    memory=512,
    health="/healthz",
    uses=[files],
    tasks=Scale(min=1, max=1),
)
site = Website(
    "site",
    "web",
    {"/v1/*": api},
    build=["python3", "build.py"],
    output="made",
    cache={"/*": "1 hour", "/static/*": "30 days"},
    policy="default-src 'self'",
)
system = System("published", site, zones=2)
