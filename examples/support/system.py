"""Support tickets, their sentiment and questions about them: an API, a worker, a model, search."""
from seatrial import (
    HOST, LLM, PORT, Alerts, Bucket, Domain, Firewall, Job, Postgres, Redis, Scale, Search, Secret, Service, System, Tracing,
    Website)

db = Postgres("db", version="16", size="db.t4g.small", storage_gb=20, database="sentiment_db", url=True,
    parameters={"shared_buffers": "65536", "work_mem": "16384", "autovacuum_naptime": "60"})  # in 8 kB, in kB, in seconds
# Celery's broker and the cache are one instance, so nothing may be evicted: what is cached has a TTL.
redis = Redis("redis", size="cache.t4g.micro", eviction="noeviction", url_options="ssl_cert_reqs=required")
search = Search("search", size="t3.small.search", storage_gb=10, options={"indices.fielddata.cache.size": "40"})
uploads = Bucket("uploads")
# Claude 3 Haiku ended on Bedrock; this is its successor's inference profile.
llm = LLM("llm", "us.anthropic.claude-haiku-4-5-20251001-v1:0", region="us-east-1")

ml = Service("ml-service", "ml", ["python", "-m", "main", "--host", HOST, "--port", PORT], port=5001, cpu=1024, memory=2048,
    health="/health", internal="ml-service.internal")
stores = [db, redis, search, uploads, llm, ml]
env = {"ELASTICSEARCH_URL": search.url, "DATABASE_POOL_SIZE": 20, "CACHE_TTL_SECONDS": 3600}
migrate = Job("migrate", "backend", ["alembic", "upgrade", "head"], uses=[db])
index = Job("index", "backend", ["python", "-m", "index"], uses=[search], env={"SHARDS": 1, "REPLICAS": 0})
backend = Service("backend", "backend", ["python", "-m", "main", "--host", HOST, "--port", PORT], port=8000, cpu=512,
    memory=1024, uses=stores, env={"JWT_SECRET": Secret("jwt"), **env}, health="/api/health", sticky="1 hour",
    tasks=Scale(min=2, max=6, cpu=70, memory=80), before=migrate)
worker = Service("worker", "backend", ["python", "-m", "worker"], cpu=512, memory=1024, uses=stores, env=env, spot=True)
frontend = Website("frontend", "frontend", routes={"/api/*": backend}, build=["npm", "run", "build"], output="build",
    cache={"/*": "1 hour"})

system = System("support", frontend, backend, worker, index, region="us-east-1", nat="one",
    endpoints=["ecr", "secretsmanager"], alerts=Alerts("ops@example.com", cpu=80, memory=90, database_cpu=80))
# A month. The document's: 10 to 30 USD of tokens at Claude 3 Haiku's price, which at its 1000 questions a day are
# 1333 tokens read and 267 written each; 2 USD of data through NAT (48 GB); 10 GB of search. The rest is ours.
system.expects(llm, requests=(15e3, 3e4, 45e3), tokens_in=(2e7, 4e7, 6e7), tokens_out=(4e6, 8e6, 12e6), logs_gb=1)
system.expects(frontend, requests=(1e5, 5e5, 2e6), out_gb=(5, 20, 80), storage_gb=0.1)
system.expects(backend, requests=(1e5, 5e5, 2e6), request_kb=4, response_kb=20, nat_gb=(24, 48, 96),
    logs_gb=(1, 4, 15), images_gb=2, traces=(5e3, 2.5e4, 1e5))
system.expects(worker, logs_gb=(1, 3, 10), traces=(5e3, 2.5e4, 1e5))
system.expects(ml, logs_gb=(0.5, 1, 3), images_gb=4, traces=(5e3, 2.5e4, 1e5))
system.expects(uploads, storage_gb=(5, 20, 80), writes=(1e3, 5e3, 2e4), reads=(1e3, 5e3, 2e4))
system.expects(system, storage_gb=1, logs_gb=(0.2, 1, 3), endpoint_gb=(0.1, 0.5, 2), cross_zone_gb=(2, 10, 40))

for private, port in ((db, 5432), (redis, 6379), (search, 443), (ml, 5001)):
    system.never("internet", private, port)
# What check says of the document's own choices.
system.accept("cache-without-failover", redis, "001-015: one node")
system.accept("nat-in-another-zone", reason="001-031: one NAT gateway")
system.accept("older-volume", db, "001-129: GP2 storage")

# The document's demo: one zone's database, one search node, and Bedrock.
demo = system.environment("demo")
# Up to 1000 questions a day production asks Bedrock as well.
grown = {db: dict(multi_az=True, readers=["db.t4g.small"]),
    search: dict(nodes=3, shards=5, replicas=1), index: dict(env={"SHARDS": 5, "REPLICAS": 1}),
    frontend: dict(origin_shield=True, tls="TLSv1.3_2025")}
production = system.environment("production", zones=3, domain=Domain("support.example.com"),
    firewall=Firewall(at="load balancer"), tracing=Tracing(), change=grown)
# Over 1000 a day: a model of one's own on spare GPUs. 4-bit weights of 70B want more than the document's g5.xlarge.
gpu = system.environment("own-model", zones=3, change={**grown, llm: LLM("llm", "casperhansen/llama-3.3-70b-instruct-awq", on="gpu",
    size="g6e.xlarge", sizes=["g5.12xlarge"], spot=True, bits=4)})
sagemaker = system.environment("sagemaker", change={llm: LLM("llm", "Qwen/Qwen2.5-7B-Instruct", on="sagemaker",
    size="ml.g5.xlarge")})
# The document's one EC2 machine with Docker Compose: what runs shares 2 GiB, and Redis is one of its containers.
small = dict(cpu=256, memory=512)
cheapest = system.environment("ultra-low-cost", machine="t4g.small", endpoints=[], change={
    db: dict(size="db.t4g.micro", storage_type="gp2"), backend: dict(tasks=1, **small), worker: small, ml: small})
