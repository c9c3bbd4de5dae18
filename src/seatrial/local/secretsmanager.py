"""Secrets Manager: what AWS would generate is generated here, and read back like ECS does.

Takes the graph's secrets; gives values to the one task that names them. A value
is written nowhere but in the emulator and the engine's own private record.
"""

import json
import secrets
import string
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from seatrial.graph import Graph, Resource
from seatrial.graph.values import Join, Secret, Value
from seatrial.local.elasticache import OwnCache
from seatrial.local.rds import OwnDatabase
from seatrial.local.resolve import Resolver

LETTERS = string.ascii_letters + string.digits
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a resource type
ATTACHMENT = "AWS::SecretsManager::SecretTargetAttachment"


class SecretStore(Protocol):
    """Where values live: the emulator of Secrets Manager."""

    async def secret(self, name: str) -> str:
        """Give the current value."""
        ...

    async def put_secret(self, name: str, value: str) -> None:
        """Write a value, durably."""
        ...


class SecretsManager:
    """The secrets of one graph.

    `known` are the values generated so far, by name; `own` the databases and caches
    that the user runs, by the name of their credentials.
    """

    def __init__(
        self,
        graph: Graph,
        resolver: Resolver,
        known: Mapping[str, str],
        own: Mapping[str, OwnDatabase | OwnCache] = MappingProxyType({}),
    ) -> None:
        self._own = own
        self._graph = graph
        self._resolver = resolver
        self.values = dict(known)
        # Generated ones first: a written one may be made of their keys.
        for each in sorted(graph.of(SECRET), key=lambda each: "SecretString" in each.properties):
            self.values[self.name(each.id)] = self._value(each)

    def name(self, id: str) -> str:
        """Give a secret's name from its logical id."""
        return self._resolver.text(self._graph[id].properties.get("Name", id))

    def read(self, secret: Secret) -> str:
        """Give a secret's value, or one key of it."""
        return pick(self.values[self.name(secret.id)], secret.key)

    async def publish(self, store: SecretStore) -> None:
        """Write every secret to the emulator."""
        for name, value in self.values.items():
            await store.put_secret(name, value)

    def _value(self, resource: Resource) -> str:
        if "SecretString" in resource.properties:
            return self._written(resource.properties["SecretString"])
        recipe = resource.properties.get("GenerateSecretString")
        old = self.values.get(self.name(resource.id))
        own = self._own.get(self.name(resource.id))
        if isinstance(own, OwnCache):
            return own.password
        if recipe is None:
            return old or ""
        if "GenerateStringKey" not in recipe:
            return old or _random(recipe)
        content: dict[str, Any] = json.loads(recipe["SecretStringTemplate"])
        key = recipe["GenerateStringKey"]
        content[key] = _kept(old, key) or _random(recipe)
        content |= self._attached(resource.id)
        if own:
            content |= {"username": own.user, "password": own.password, "dbname": own.database}
        return json.dumps(content)

    def _attached(self, id: str) -> dict[str, Any]:
        """Give what the attachment of a database adds to its credentials."""
        for each in self._graph.of(ATTACHMENT):
            if getattr(each.properties["SecretId"], "id", None) == id:
                target = self._graph[each.properties["TargetId"].id]
                return {
                    "engine": "postgres",
                    "host": self._resolver.text(target.att("Endpoint.Address")),
                    "port": int(self._resolver.text(target.att("Endpoint.Port"))),
                    "dbname": target.properties["DBName"],
                    "dbInstanceIdentifier": self._resolver.text(
                        target.properties["DBInstanceIdentifier"]
                    ),
                }
        return {}

    def _written(self, value: Value) -> str:
        """Resolve a text that is made of other secrets' keys, e.g. a connection URL."""
        parts = value.parts if isinstance(value, Join) else (value,)
        for each in parts:
            own = self._own.get(self.name(each.id)) if isinstance(each, Secret) else None
            if own:
                return own.url
        return "".join(
            self.read(each) if isinstance(each, Secret) else self._resolver.text(each)
            for each in parts
        )


def pick(value: str, key: str) -> str:
    """Give one key of a JSON secret, or the whole value where no key is named."""
    return str(json.loads(value)[key]) if key else value


def _kept(old: str | None, key: str) -> str:
    """Give a generated value again; empty where the secret was of another kind before."""
    try:
        content = json.loads(old or "{}")
    except ValueError:
        return ""
    return str(content.get(key, "")) if isinstance(content, dict) else ""


def _random(recipe: Mapping[str, Any]) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(recipe.get("PasswordLength", 32)))
