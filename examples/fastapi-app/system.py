"""One FastAPI service and its PostgreSQL database, over two zones."""
from seatrial import HOST, PORT, Alerts, Domain, Job, Objectives, Postgres, Scale, Scheduled, Secret, Service, System

db = Postgres("db", version="15", size="db.t3.small", storage_gb=20, max_storage_gb=100, multi_az=True, backup_days=7, url=True)
migrate = Job("migrate", "app", ["alembic", "upgrade", "head"], uses=[db])
serve = ["uvicorn", "app.main:app", "--host", HOST, "--port", PORT, "--timeout-keep-alive", "75"]
api = Service("api", "app", serve, port=8000, cpu=512, memory=1024, health="/healthz", uses=[db],
    env={"JWT_SECRET": Secret("jwt")}, tasks=Scale(min=2, max=6, cpu=70, memory=80), before=migrate, mutable_tags=True)

system = System("fastapi-app", api, region="us-east-1", zones=2,
    alerts=Alerts("ops@example.com", cpu=80, memory=90), objectives=Objectives(rto="15 min", rpo="5 min"))
# A month: 10 GB out, 5 GB of images and of logs are the document's; the requests are ours.
system.expects(api, requests=(3e5, 1e6, 3e6), out_gb=(3, 10, 30), images_gb=5, logs_gb=(1.5, 5, 15))
system.never("internet", db)
system.accept("image-may-change", api, "004-061: tags are mutable")
production = system.environment("production", domain=Domain("api.example.com"), change={db: dict(insights=True, backup_region="us-west-2")})
staging = system.environment("staging", change={api: dict(spot=True)})
nights = Scale(min=1, max=2, cpu=70, schedule=[Scheduled("cron(0 20 * * ? *)", 0, 0), Scheduled("cron(0 7 * * ? *)", 1, 2)])
development = system.environment("development", nat="one", change={
    db: dict(size="db.t3.micro", multi_az=False, backup_days=1), api: dict(spot=True, tasks=nights)})
