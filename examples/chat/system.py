"""A chat application: five services, PostgreSQL, MongoDB, Kafka and a Redis Cluster of its own."""
from seatrial import (
    HOST, PORT, Alerts, Bucket, Documents, Domain, Firewall, Kafka, Postgres, RedisCluster,
    Rollout, Scale, Secret, Service, System, Tracing, Vpn, Website,
)

# Accounts, conversations, events, who is here now, and what people send along.
postgres = Postgres("postgres", version="14", size="db.t3.medium", storage_gb=20, multi_az=True, url=True,
    parameters={"rds.force_ssl": "1"})
mongodb = Documents("mongodb", size="db.t3.medium", instances=3)
kafka = Kafka("kafka", version="3.9", brokers=3)
messages = kafka.topic("messages", partitions=6)
redis = RedisCluster("redis", size="t3.medium", shards=3, replicas=1, daily=7, weekly=4, monthly=3)
files = Bucket("files", versioning=True, upload_origins=["https://chat.example.com"])
stores = [postgres, mongodb, redis]

# Each minute another tenth of the traffic goes to the new version; the old one waits half an hour.
gradual = Rollout("linear", step=10, pause=1, bake=30)
grow = Scale(min=2, max=6, cpu=70)
serve = ["python", "main.py", "--host", HOST, "--port", PORT]
token = {"JWT_SECRET": Secret("jwt")}

gateway = Service("api-gateway", "api-gateway", serve, port=8000, health="/health", env=token,
    uses=[*stores, messages.write], tasks=grow, rollout=gradual)
auth = Service("auth-service", "auth-service", serve, port=8001, health="/health", env=token,
    uses=[*stores, messages.write], tasks=grow, rollout=gradual)
user = Service("user-service", "user-service", serve, port=8002, health="/health", env=token,
    uses=[*stores, messages.write], tasks=grow, rollout=gradual)
chat = Service("chat-service", "chat-service", serve, port=8003, health="/health", env=token,
    uses=[*stores, messages.write, files.write], tasks=grow, rollout=gradual)
notification = Service("notification-service", "notification-service", ["python", "main.py"],
    uses=[*stores, messages.read(group="notifications")], tasks=grow)

# The pages, and the services under the same name.
web = Website("cdn", "website", build=[], output=".",
    routes={"/api/*": gateway, "/auth/*": auth, "/users/*": user, "/chat/*": chat})
admin = Vpn("admin", uses=[postgres, mongodb, redis])

system = System("chat-app", web, notification, admin, region="us-west-2", zones=3, cidr="10.0.0.0/16",
    firewall=Firewall(rate=2000, window=300), tracing=Tracing(sampling=5),
    alerts=Alerts("team@example.com", critical="on-call@example.com", notice="later@example.com",
        latency=1, unusual_traffic=True, database_cpu=80))

production = system.environment("production", domain=Domain("chat.example.com"),
    change={postgres: dict(insights=True)})

# Before production: the same parts, smaller; nobody needs a way in there.
small = {
    redis: dict(size="t3.micro"),
    postgres: dict(size="db.t3.micro", multi_az=False, backup_days=1),
    mongodb: dict(instances=1, backup_days=1),
    kafka: dict(size="kafka.t3.small", storage_gb=20),
}
staging = system.environment("staging", nat="one", change=small, without=[admin])
test = system.environment("test", nat="one", change=small, without=[admin])
