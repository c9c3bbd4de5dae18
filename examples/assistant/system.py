"""An assistant that answers from documents: a React page, an API, Aurora, OpenAI and Pinecone."""
from seatrial import (
    HOST, LLM, PORT, Alerts, Bucket, Domain, External, Firewall, Lifecycle, Objectives, Postgres, Recovery, Rollout,
    Scale, Scheduled, Secret, Service, System, Tracing, Website,
)

# The database follows the load: 0.5 to 16 units, and a second writer-to-be in another zone.
db = Postgres("db", version="16", serverless=(0.5, 16), multi_az=True, backup_days=7, url=True, insights=True)

# Models and vectors are other people's; their keys are secrets that a person fills in.
llm = LLM("openai", model="gpt-4o-mini", on="openai")
vectors = External("pinecone", "https://assistant.svc.us-east-1.pinecone.io")

# What the assistant answers from. Old files are archived; a copy lives in another region.
documents = Bucket("documents", versioning=True, replica_region="us-west-2",
    lifecycle=[Lifecycle(infrequent_days=30, archive_days=90)])

api = Service("eloquent-api", "api", ["python", "main.py"], port=8000, cpu=1024, memory=2048, health="/healthz",
    uses=[db, llm, vectors, documents],
    env={"HOST": HOST, "PORT": PORT, "READER_HOST": db.reader.host, "JWT_SECRET": Secret("jwt"), "VECTOR_DIMENSIONS": 1536},
    tasks=Scale(min=2, max=10, cpu=70, memory=80, predict="scale"), rollout=Rollout("blue-green"),
    stop_timeout=60, drain=30)

frontend = Website("frontend", "frontend", routes={"/api/*": api, "/health": api})

system = System("assistant", frontend, region="us-east-1", zones=2, tracing=Tracing(),
    firewall=Firewall(rate=1000, window=60), endpoints=["ecr", "logs", "secretsmanager"],
    alerts=Alerts("team@example.com", critical="on-call@example.com", notice="backlog@example.com", pager=True,
        cpu=80, latency=2),
    objectives=Objectives(rto="1 hour", rpo="15 min"))
# A month. The document's: 1 TB and 10 million requests at the edge, 20 GB and 0.5 to 2 units of database;
# 100,000 questions, what they carry and what is kept and logged are ours.
system.expects(frontend, requests=(2.5e6, 9.9e6, 4e7), out_gb=(250, 999, 4000), storage_gb=0.1, replicated_gb=0.1)
system.expects(api, requests=(25e3, 1e5, 4e5), request_kb=2, response_kb=10, logs_gb=(1, 4, 16), images_gb=2,
    traces=(1250, 5e3, 2e4))
system.expects(db, acu=(0.5, 1, 2), storage_gb=20, io=(5e6, 2e7, 8e7))
system.expects(llm, requests=(25e3, 1e5, 4e5), request_kb=8, response_kb=2)
system.expects(vectors, requests=(25e3, 1e5, 4e5), request_kb=8, response_kb=8)
system.expects(documents, storage_gb=(5, 20, 80), writes=1e3, reads=(25e3, 1e5, 4e5), replicated_gb=(0.5, 2, 8))
system.expects(system, backup_gb=20, copies_gb=20, replicated_gb=(5, 10, 20), storage_gb=1, logs_gb=(4, 15, 60),
    endpoint_gb=(0.1, 0.5, 2), cross_zone_gb=(1, 4, 16))
system.never("internet", db)

# A copy of the database, and all else but running tasks, waits in another region.
production = system.environment("production", domain=Domain("assistant.example.com"),
    recovery=Recovery("us-west-2", "pilot light"),
    change={frontend: dict(bucket="eloquent-ai-frontend-prod"), db: dict(monitoring_seconds=60)})

# The same architecture with less of it, and nothing that runs at night.
nights = [Scheduled("cron(0 20 * * ? *)", 0, 0), Scheduled("cron(0 7 * * ? *)", 1, 3)]
staging = system.environment("staging", domain=Domain("staging.assistant.example.com", zone="example.com"), change={
    db: dict(serverless=(0.5, 2)), documents: dict(replica_region=None),
    api: dict(tasks=Scale(min=1, max=3, cpu=70, memory=80, schedule=nights))})

# One task, a small database in one zone, one way out.
development = system.environment("development", nat="one", endpoints=[], change={
    db: dict(serverless=(0.5, 1), multi_az=False), documents: dict(replica_region=None),
    api: dict(tasks=1, rollout=Rollout())})
