"""Events come in over HTTP, wait in Kafka, are kept in PostgreSQL, and are asked for on a website."""
from seatrial import (HOST, PORT, Alerts, Domain, Job, Kafka, Objectives, Postgres, Recovery, Redis, Scale, Secret,
    Service, System, Website)

db = Postgres("db", version="15", size="db.r5.xlarge", storage_gb=500, max_storage_gb=1000, multi_az=True,
    readers=["db.r5.large"], proxy=True, database="analytics", user="analytics", backup_days=7,
    backup_window="03:00-04:00", maintenance_window="Mon:04:00-Mon:05:00", backup_region="us-west-2", insights=True)
cache = Redis("cache", version="7.0", size="cache.r5.large", nodes=2, backup_days=5)
kafka = Kafka("kafka", version="3.9", size="kafka.m5.large", brokers=3, storage_gb=100, login="iam", monitoring="PER_TOPIC_PER_BROKER")
events = kafka.topic("analytics-events", partitions=10, replication=3, retention_hours=72, compression="lz4")
unusable = kafka.topic("analytics-events-dead", partitions=1, retention_hours=336)

serve = ["python", "main.py", "--host", HOST, "--port", PORT]
ingestion = Service("ingestion", "services/ingestion", serve, port=8080, cpu=256, memory=512, health="/health",
    uses=[events.write], env={"KAFKA_BROKERS": kafka.servers, "LOG_LEVEL": "info", "WRITE_KEYS": Secret("write-key")},
    tasks=Scale(min=2, start=3, max=20, cpu=70))
migrate = Job("migrate", "services/consumer", ["python", "migrate.py"], uses=[db.write])
consumer = Service("consumer", "services/consumer", ["python", "main.py"], cpu=512, memory=1024, spot=True,
    uses=[events.read(group="analytics-consumers"), unusable.write, db.write], before=migrate,
    env={"KAFKA_BROKERS": kafka.servers, "DB_HOST": db.host, "DB_NAME": "analytics", "DB_PASSWORD": db.password},
    tasks=Scale(min=2, start=5, max=10, lag_per_task=10_000))
api = Service("api", "services/api", serve, port=8000, cpu=256, memory=512, health="/health",
    uses=[db.reader, cache.write], env={"DB_HOST": db.reader.host, "REDIS_HOST": cache.host}, tasks=3)
site = Website("frontend", "web", routes={"/v1/*": ingestion, "/query/*": api}, build=[], output=".")

system = System("analytics", site, consumer, region="us-east-1", zones=3, data_subnets=True,
    alerts=Alerts("ops@example.com", errors=10, error_minutes=2, lag=100_000, database_cpu=80),
    objectives=Objectives(rto="30 min", rpo="5 min"))
# A month: 1 TB and 500 GB out, 10 GB of files, 50 GB of logs are the document's; counts and sizes are ours.
system.expects(site, requests=(2e6, 1e7, 4e7), out_gb=(250, 1000, 4000), storage_gb=10, replicated_gb=1)
system.expects(ingestion, requests=(3e7, 1e8, 6e8), request_kb=1, response_kb=0.2, logs_gb=(5, 25, 100), images_gb=1)
system.expects(api, requests=(2e6, 1e7, 4e7), out_gb=(125, 500, 2000), logs_gb=(2, 10, 40), images_gb=1)
system.expects(consumer, logs_gb=(3, 15, 60), images_gb=1, cross_zone_gb=(20, 75, 300))
system.expects(kafka, in_gb=(30, 100, 600), logs_gb=1, metrics=(90, 130, 160))
system.expects(db, replicated_gb=(30, 100, 600), copies_gb=(100, 300, 900))
system.expects(cache, backup_gb=(5, 20, 50))
system.expects(system, backup_gb=(100, 300, 900), copies_gb=(100, 300, 900), replicated_gb=(30, 100, 600), storage_gb=1)
for store in (db, cache, kafka):
    system.never("internet", store)

production = system.environment("production", domain=Domain("analytics.example.com"),
    recovery=Recovery("us-west-2", "pilot light"), change={site: dict(bucket="analytics-frontend-prod")})
development = system.environment("development", zones=2, nat="one", change={
    db: dict(size="db.t3.medium", storage_gb=20, max_storage_gb=100, multi_az=False, readers=["db.t3.medium"]),
    cache: dict(size="cache.t3.micro", nodes=1), kafka: dict(size="kafka.t3.small", brokers=2), events: dict(replication=2)})
