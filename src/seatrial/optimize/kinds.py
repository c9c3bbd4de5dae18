"""What can be tried of each kind of part where its user declared nothing.

Takes a part as it is in one environment; gives values of its settings. No price and no
rule is known here. A size that is smaller than what is written is marked as nobody's
word: who wants it tried says what it carries in `system.options(...)`.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from seatrial.graph.schema import facts
from seatrial.language import LLM, Documents, Kafka, Postgres, Redis, Scale, Search, Service
from seatrial.language.kafka import SIZES as BROKERS
from seatrial.language.part import Part
from seatrial.optimize.sizes import alike, smaller


@dataclass(frozen=True, slots=True)
class Tried:
    """Values that can be tried together in the place of what is written; others exclude them.

    `unvouched` are those of which nobody has said that they carry the load.
    """

    values: list[dict[str, Any]]
    unvouched: list[dict[str, Any]] = field(default_factory=list)


def tries(part: Part) -> list[Tried]:
    """Give what can be tried of a part; nothing of a kind that has nothing for sale."""
    derive = KINDS.get(type(part))
    found = derive(part) if derive else ()
    return [each for each in found if each.values or each.unvouched]


def _sizes(size: str | None, known: Collection[str], name: str = "size") -> Tried:
    if size is None:
        return Tried([])
    less = smaller(size, known)
    return Tried(
        [{name: each} for each in alike(size, known)], [{name: less}] if less is not None else []
    )


def _fewer(name: str, count: int, least: int) -> Tried:
    return Tried([{name: each} for each in range(count - 1, least - 1, -1)])


def _off(name: str, value: object) -> Tried:
    return Tried([{name: None if name.endswith("region") else False}] if value else [])


def _days(name: str, days: int, least: int) -> Tried:
    return Tried([{name: least}] if days > least else [])


def _postgres(part: Postgres) -> Iterator[Tried]:
    known = facts.database_classes(part.engine)
    yield _sizes(part.size, known)
    for reader in dict.fromkeys(part.readers):
        yield Tried(
            [
                {"readers": [other if each == reader else each for each in part.readers]}
                for other in alike(reader, known)
            ]
        )
    if not part.cluster:
        yield Tried([{"storage_type": "gp2" if part.storage_type == "gp3" else "gp3"}])
    yield _off("multi_az", part.multi_az)
    yield _off("proxy", part.proxy)
    yield _off("backup_region", part.backup_region)
    yield _days("backup_days", part.backup_days, 1)
    if part.serverless is not None and part.serverless[0] > 0:
        yield Tried([{"serverless": [0, part.serverless[1]]}])


def _redis(part: Redis) -> Iterator[Tried]:
    yield _sizes(part.size, facts.database_classes("elasticache"))
    newest = facts.engine_versions("valkey")[-1]
    yield Tried([{"engine": "valkey", "version": newest}] if part.engine == "redis" else [])
    yield _fewer("nodes", part.nodes, 1)
    yield _days("backup_days", part.backup_days, 0)


def _kafka(part: Kafka) -> Iterator[Tried]:
    yield _sizes(part.size, BROKERS)
    yield _fewer("brokers", part.brokers, 2)
    yield Tried([{"monitoring": "DEFAULT"}] if part.monitoring != "DEFAULT" else [])


def _documents(part: Documents) -> Iterator[Tried]:
    yield _sizes(part.size, facts.database_classes("docdb"))
    yield _fewer("instances", part.instances, 1)
    yield _days("backup_days", part.backup_days, 1)


def _search(part: Search) -> Iterator[Tried]:
    known = facts.database_classes("opensearch")
    yield _sizes(part.size, known)
    yield _sizes(part.masters, known, "masters")
    yield _fewer("nodes", part.nodes, 1)


def _service(part: Service) -> Iterator[Tried]:
    yield Tried([{"architecture": "ARM64"}] if part.architecture == "X86_64" else [])
    yield Tried([] if part.spot else [{"spot": True}])
    scale = part.scale
    if scale.min > 1:
        # What follows the load costs what the load takes, whatever it starts with.
        yield Tried([], [{"tasks": scale.min - 1 if scale.fixed else _one_less(scale)}])


def _one_less(scale: Scale) -> Scale:
    first = None if scale.start is None else max(scale.start - 1, 1)
    return scale.but({"min": scale.min - 1, "start": first}, scale.place)


def _llm(part: LLM) -> Iterator[Tried]:
    if part.on == "gpu":
        yield Tried([] if part.spot else [{"spot": True}])


KINDS: dict[type[Part], Callable[[Any], Iterator[Tried]]] = {
    Postgres: _postgres,
    Redis: _redis,
    Kafka: _kafka,
    Documents: _documents,
    Search: _search,
    Service: _service,
    LLM: _llm,
}
"""Kind of part -> what can be tried of it. Buckets, websites and what is outside: nothing."""
