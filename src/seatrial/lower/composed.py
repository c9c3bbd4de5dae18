"""The kinds that are other where one machine runs every program: Redis and private names.

Both are containers beside the programs, in Docker's own network, which knows
them by name. They need no resource but their secrets, and no TLS: nothing of
what they say leaves the machine.
"""

from dataclasses import replace
from typing import Any

from seatrial.graph.values import Join, Secret, Value
from seatrial.language import Access, Redis, Service
from seatrial.language.part import Part
from seatrial.lower import internal
from seatrial.lower.context import GOES_WITH_THE_STACK, Lowering
from seatrial.lower.kind import Given, Kind
from seatrial.lower.redis import password

ABOUT_TLS = "ssl_"
"""What clients' options of TLS begin with: some refuse them in a URL without TLS."""


def _redis(lowering: Lowering, redis: Redis) -> None:
    password(lowering, redis)
    options = [each for each in redis.url_options.split("&") if not each.startswith(ABOUT_TLS)]
    query = f"?{'&'.join(options)}" if any(options) else ""
    lowering.add(
        redis,
        "Url",
        "AWS::SecretsManager::Secret",
        {
            "Name": f"{lowering.name}/{redis.name}-url",
            "Description": f"Connection URL of {redis.name}",
            "SecretString": Join(
                (
                    "redis://:",
                    Secret(lowering.id(redis, "Password"), dynamic=True),
                    f"@{redis.name}:{Redis.PORT}/{redis.database}{query}",
                )
            ),
        },
        **GOES_WITH_THE_STACK,
    )


def _url(lowering: Lowering, redis: Redis, _access: Access) -> Given:
    return Given(secrets={"REDIS_URL": Secret(lowering.id(redis, "Url"))})


def _of_redis(lowering: Lowering, redis: Redis, field: str) -> Value:
    if field == "password":
        return Secret(lowering.id(redis, "Password"))
    return {"host": redis.name, "port": str(Redis.PORT)}[field]


def _nothing(_lowering: Lowering, _service: Service) -> None:
    """Add nothing: Compose gives the name."""


KINDS: dict[type[Part], Kind[Any]] = {
    Redis: Kind(Redis, "cache", lower=_redis, given=_url, value=_of_redis),
    Service: replace(
        internal.KIND, lower=_nothing, ports=lambda _: (), ready=lambda _lowering, _service: ()
    ),
}
