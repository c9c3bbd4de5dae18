"""What a user writes: the parts of a system, typed and checked at once.

Takes plain Python values, gives frozen parts that know the file and line they
came from. A wrong value raises `Mistake` where it is written. Parts know
nothing of AWS resources; `lower` turns them into those.
"""

from seatrial.language.access import HOST, PORT, Access, Reference
from seatrial.language.bucket import Bucket, Lifecycle
from seatrial.language.delivery import Rollout
from seatrial.language.documents import Documents
from seatrial.language.domain import Domain
from seatrial.language.environment import Environment
from seatrial.language.external import External
from seatrial.language.firewall import Firewall
from seatrial.language.kafka import Kafka, Topic
from seatrial.language.llm import LLM
from seatrial.language.postgres import Postgres
from seatrial.language.promises import Alerts, Objectives
from seatrial.language.recovery import Recovery
from seatrial.language.redis import Redis
from seatrial.language.redis_cluster import RedisCluster
from seatrial.language.scale import Scale, Scheduled
from seatrial.language.search import Search
from seatrial.language.secret import Secret
from seatrial.language.service import Health, Job, Service
from seatrial.language.system import System
from seatrial.language.tracing import Tracing
from seatrial.language.vpn import Vpn
from seatrial.language.website import Website

__all__ = [
    "HOST",
    "LLM",
    "PORT",
    "Access",
    "Alerts",
    "Bucket",
    "Documents",
    "Domain",
    "Environment",
    "External",
    "Firewall",
    "Health",
    "Job",
    "Kafka",
    "Lifecycle",
    "Objectives",
    "Postgres",
    "Recovery",
    "Redis",
    "RedisCluster",
    "Reference",
    "Rollout",
    "Scale",
    "Scheduled",
    "Search",
    "Secret",
    "Service",
    "System",
    "Topic",
    "Tracing",
    "Vpn",
    "Website",
]
