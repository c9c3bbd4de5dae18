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
# The document names no volume: these are ours, for some thousand people who talk every day.
for service, share in ((gateway, 0.5), (auth, 0.1), (user, 0.1), (chat, 0.3)):
    system.expects(service, requests=(share * 3e6, share * 1e7, share * 4e7), request_kb=1, response_kb=4,
        logs_gb=(share * 6, share * 20, share * 80), traces=(share * 1.5e5, share * 5e5, share * 2e6), images_gb=1)
system.expects(notification, logs_gb=(1, 3, 12), images_gb=1, traces=(1.5e5, 5e5, 2e6))
system.expects(web, requests=(5e5, 2e6, 8e6), response_kb=50, storage_gb=0.1)
system.expects(files, storage_gb=(20, 100, 400), writes=(1e4, 5e4, 2e5), reads=(5e4, 2.5e5, 1e6), out_gb=(10, 50, 200))
system.expects(mongodb, storage_gb=(10, 30, 100), io=(2e7, 1e8, 4e8))
system.expects(kafka, in_gb=(5, 20, 80), logs_gb=1)
system.expects(redis, storage_gb=(2, 10, 40), logs_gb=0.5)
system.expects(admin, vpn_hours=(40, 160, 320), logs_gb=0.1)
system.expects(system, storage_gb=1, logs_gb=(5, 18, 70), cross_zone_gb=(20, 80, 320))
for store in (*stores, kafka):
    system.never("internet", store)
system.accept("version-ends-soon", postgres, "002-038: PostgreSQL 14")

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
