"""What the graph's symbols are on this machine.

Takes a graph and the addresses of its local endpoints; gives plain values. A
secret is never resolved here: only `secretsmanager` may read one, and only for
the task that names it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from seatrial.graph import Graph, Resource
from seatrial.graph.values import (
    AtRun,
    GetAtt,
    Intrinsic,
    Join,
    Pseudo,
    Ref,
    Secret,
    Symbol,
    Value,
    Zone,
    render,
)
from seatrial.local.addresses import Address

ACCOUNT = "000000000000"
LOCAL_WORDS = {
    "HOST": "127.0.0.1",
    "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
    "PGSSLMODE": "disable",
    "REDIS_SCHEME": "redis",
    "REDIS_TLS_OPTIONS": "",
}
"""What is known only at run time and differs here: no packaged engine speaks TLS."""
LONGEST_BUCKET = 63
"""Characters of a bucket's name."""
READER = "-reader"
"""What follows the id of a cache in the name of its reader endpoint."""

_NAMES = {
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::SNS::Topic": "TopicName",
}


class Unresolvable(Exception):
    """A symbol has no value on this machine."""


class Resolver:
    """Gives values for one graph.

    `endpoints` maps a resource's id to its address, `servers` to a text of several.
    """

    def __init__(
        self,
        graph: Graph,
        endpoints: Mapping[str, Address],
        servers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.graph = graph
        self.endpoints = endpoints
        self.servers = servers

    def value(self, value: Value, task: Mapping[str, str] | None = None) -> Any:
        """Give a value with its symbols resolved; `task` holds `HOST` and `PORT`."""
        return render(value, lambda symbol: self._symbol(symbol, task or {}))

    def text(self, value: Value, task: Mapping[str, str] | None = None) -> str:
        """Give a value as text."""
        return str(self.value(value, task))

    def _symbol(self, symbol: Symbol, task: Mapping[str, str]) -> Any:  # noqa: PLR0911 - one a kind
        match symbol:
            case AtRun(name, aws):
                return task.get(name) or LOCAL_WORDS.get(name, aws)
            case Join(parts):
                return "".join(self.text(each, task) for each in parts)
            case Ref(id):
                return self._ref(id)
            case GetAtt(id, attribute):
                return self._attribute(id, attribute)
            case Pseudo("AWS::Region"):
                return self.graph.region
            case Pseudo("AWS::AccountId"):
                return ACCOUNT
            case Pseudo("AWS::Partition"):
                return "aws"
            case Zone(index):
                return zone_name(self.graph.region, index)
            case Pseudo() | Secret() | Intrinsic():
                raise Unresolvable(f"{symbol} has no value on this machine")

    def _ref(self, id: str) -> Any:
        if id in self.graph.parameters:
            return self.graph.parameters[id].default
        resource = self.graph[id]
        if resource.type == "AWS::S3::Bucket":
            return self._bucket(resource)
        name = resource.properties.get(_NAMES.get(resource.type, ""))
        return self.value(name) if name else id

    def _attribute(self, id: str, attribute: str) -> Any:
        address = self.endpoints.get(id)
        if address and attribute in ("Endpoint.Address", "Endpoint"):
            return address.host
        if address and attribute == "Endpoint.Port":
            return str(address.port)
        if address and attribute == "DNSName":
            return str(address)
        if address and attribute.startswith(("PrimaryEndPoint.", "ReaderEndPoint.")):
            return self._cache_endpoint(id, attribute)
        return self._name_or_word(id, attribute)

    def _name_or_word(self, id: str, attribute: str) -> str:
        resource = self.graph[id]
        if attribute == "Arn" and resource.type == "AWS::S3::Bucket":
            return f"arn:aws:s3:::{self._bucket(resource)}"
        if attribute == "Servers" and id in self.servers:
            return self.servers[id]
        if attribute == "Name":
            named = resource.properties.get("ServiceName")
            return str(self.value(named)) if named else id
        return f"{id}.{attribute}"

    def _bucket(self, bucket: Resource) -> str:
        """Name a bucket as CloudFormation would, but for what makes it unlike all others."""
        name = bucket.properties.get("BucketName")
        if name is not None:
            return self.text(name)
        made = f"{self.graph.system}-{self.graph.environment}-{bucket.id}".lower()
        return made[:LONGEST_BUCKET].strip("-")

    def _cache_endpoint(self, id: str, attribute: str) -> str:
        endpoint, _, wanted = attribute.partition(".")
        address = self.endpoints[id if endpoint == "PrimaryEndPoint" else f"{id}{READER}"]
        return address.host if wanted == "Address" else str(address.port)


def zone_name(region: str, index: int) -> str:
    """Name a zone as AWS does: `us-east-1a` is the first."""
    return f"{region}{'abcdef'[index]}"
