"""Data on its way to stores, brokers and origins that anyone between can read."""

from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.values import referred
from seatrial.policy.containers import SECRET, Container, containers
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, is_false, is_true, maps, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.stores import STORES


@rule(
    "ST203",
    "plain-text-to-store",
    "warning",
    "encryption",
    why="Who gets into the network, by one task, reads along what every other part stores.",
    source="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html",
)
def plain_text_to_store(plan: Plan) -> Iterator[Fault]:
    """Find a cache, document store, search domain, broker or proxy that is used without TLS.

    And a connection URL that says the opposite of what the store does: a client that
    speaks plain text to a store that wants TLS, or the other way, does not connect at all.

    Bad:
        Cache:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {TransitEncryptionEnabled: true}
        Url:
          Type: AWS::SecretsManager::Secret
          Properties: {SecretString: !Sub "redis://${Cache.PrimaryEndPoint.Address}:6379"}

    Good:
        Cache:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {TransitEncryptionEnabled: true}
        Url:
          Type: AWS::SecretsManager::Secret
          Properties: {SecretString: !Sub "rediss://${Cache.PrimaryEndPoint.Address}:6379"}
    """
    for store in plan.of(*_PLAIN):
        found = _PLAIN[store.type](plan, store)
        users = _users(plan, store)
        if found is None or not users:
            continue
        path, what = found
        yield Fault(
            store.id,
            path,
            f"{', '.join(users)} and this {STORES[store.type]} speak plain text: {what}.",
            f"Turn it on: {path}.",
            "Take the setting out that turns it off; TLS is the default.",
        )
    for secret in plan.of(SECRET):
        yield from _contrary(plan, secret)


def _cache(_: Plan, store: Resource) -> tuple[str, str] | None:
    if not is_true(store.properties.get("TransitEncryptionEnabled")):
        return "TransitEncryptionEnabled", "encryption in transit is off"
    if store.properties.get("TransitEncryptionMode") == "preferred":
        return "TransitEncryptionMode", "it takes both, until the mode is `required`"
    return None


def _documents(plan: Plan, store: Resource) -> tuple[str, str] | None:
    group = plan.named(
        store.properties.get("DBClusterParameterGroupName"), "AWS::DocDB::DBClusterParameterGroup"
    )
    if group and str(at(group.properties, "Parameters", "tls")) in ("disabled", "False"):
        return "DBClusterParameterGroupName", f"tls is disabled in {group.id}"
    return None


def _search(_: Plan, store: Resource) -> tuple[str, str] | None:
    if is_true(at(store.properties, "DomainEndpointOptions", "EnforceHTTPS")):
        return None
    return "DomainEndpointOptions.EnforceHTTPS", "HTTPS is not enforced"


def _proxy(_: Plan, store: Resource) -> tuple[str, str] | None:
    return None if is_true(store.properties.get("RequireTLS")) else ("RequireTLS", "TLS is off")


def _broker(_: Plan, store: Resource) -> tuple[str, str] | None:
    way = ("EncryptionInfo", "EncryptionInTransit")
    mode = at(store.properties, *way, "ClientBroker")
    if mode in ("PLAINTEXT", "TLS_PLAINTEXT"):
        return ".".join((*way, "ClientBroker")), f"{mode} opens the listener on 9092"
    if is_false(at(store.properties, *way, "InCluster")):
        return ".".join((*way, "InCluster")), "brokers copy to each other in the clear"
    return None


_PLAIN = {
    "AWS::ElastiCache::ReplicationGroup": _cache,
    "AWS::DocDB::DBCluster": _documents,
    "AWS::OpenSearchService::Domain": _search,
    "AWS::RDS::DBProxy": _proxy,
    "AWS::MSK::Cluster": _broker,
}


def _users(plan: Plan, store: Resource) -> list[str]:
    """Give the parts that use a store; in a foreign template the tasks that name it."""
    part = store.part
    by_arrow = sorted(source for source, used in plan.uses if used == part)
    if by_arrow:
        return by_arrow
    naming = [each for each in plan.users.get(store.id, ()) if each.type in (SECRET, *_COMPUTE)]
    return [each.id for each in naming]


_COMPUTE = ("AWS::ECS::TaskDefinition", "AWS::Lambda::Function", "AWS::EC2::Instance")
SCHEMES = {
    "redis://": ("AWS::ElastiCache::ReplicationGroup", "TransitEncryptionEnabled", False),
    "rediss://": ("AWS::ElastiCache::ReplicationGroup", "TransitEncryptionEnabled", True),
}


def _contrary(plan: Plan, secret: Resource) -> Iterator[Fault]:
    value = secret.properties.get("SecretString")
    text = written(value)
    for scheme, (type_, switch, encrypted) in SCHEMES.items():
        if not text.startswith(scheme):
            continue
        for id in dict.fromkeys(referred(value)):
            store = plan.graph.resources.get(id)
            if store is None or store.type != type_:
                continue
            if is_true(store.properties.get(switch)) != encrypted:
                does = "wants no TLS" if encrypted else "takes TLS alone"
                yield Fault(
                    secret.id,
                    "SecretString",
                    f"the URL says {scheme}, and {store.id} {does}.",
                    f"Begin it with {'redis://' if encrypted else 'rediss://'}, or mend {switch}.",
                )


@rule(
    "ST204",
    "plain-text-to-broker",
    "error",
    "encryption",
    why="A client that speaks plain text to a broker that wants TLS does not connect; to one "
    "that does not, every message can be read.",
    source="https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html",
)
def plain_text_to_broker(plan: Plan) -> Iterator[Fault]:
    """Find a client of Kafka that is told to speak plain text, or to the plain listener.

    Bad:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Environment: [{Name: KAFKA_SECURITY_PROTOCOL, Value: PLAINTEXT}]
        Kafka: {Type: AWS::MSK::Cluster}

    Good:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Environment: [{Name: KAFKA_SECURITY_PROTOCOL, Value: SASL_SSL}]
        Kafka: {Type: AWS::MSK::Cluster}
    """
    if not any(plan.of("AWS::MSK::Cluster", "AWS::MSK::ServerlessCluster")):
        return
    for container in containers(plan):
        for name, (_, value) in container.variables.items():
            if name.endswith("SECURITY_PROTOCOL") and value in ("PLAINTEXT", "SASL_PLAINTEXT"):
                yield _told(container, name, f"{name} is {value}")
    for answer in plan.of("Custom::MskBootstrapBrokers"):
        if answer.properties.get("Answer") == "BootstrapBrokerString":
            yield Fault(
                answer.id,
                "Answer",
                "clients are told the brokers' plain listener, on port 9092.",
                "Write BootstrapBrokerStringTls, or that of a login.",
            )


def _told(container: Container, name: str, what: str) -> Fault:
    return Fault(
        container.task.id,
        container.path_of(name),
        f"{what}: what it sends and reads crosses the network readable.",
        f"Write {name}: SSL, or SASL_SSL with a login.",
        f"Leave {name} out of env: Kafka(...) tells each service the right one.",
    )


@rule(
    "ST205",
    "plain-text-to-origin",
    "warning",
    "encryption",
    why="Visitors see a lock, and behind the edge their requests cross the internet readable.",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-cloudfront-to-custom-origin.html",
)
def plain_text_to_origin(plan: Plan) -> Iterator[Fault]:
    """Find a distribution that asks its origin over plain HTTP.

    The name of a load balancer has no certificate: it takes a domain of one's own, and a
    certificate for it, at the load balancer too.

    Bad:
        Edge:
          Type: AWS::CloudFront::Distribution
          Properties:
            DistributionConfig:
              Origins: [{Id: api, CustomOriginConfig: {OriginProtocolPolicy: http-only}}]

    Good:
        Edge:
          Type: AWS::CloudFront::Distribution
          Properties:
            DistributionConfig:
              Origins: [{Id: api, CustomOriginConfig: {OriginProtocolPolicy: https-only}}]
    """
    for distribution in plan.of("AWS::CloudFront::Distribution"):
        origins = maps(at(distribution.properties, "DistributionConfig", "Origins"))
        for index, origin in enumerate(origins):
            policy = at(origin, "CustomOriginConfig", "OriginProtocolPolicy")
            if policy in ("http-only", "match-viewer") and not _asks_by_https(
                policy, distribution, origin
            ):
                yield Fault(
                    distribution.id,
                    f"DistributionConfig.Origins.{index}.CustomOriginConfig.OriginProtocolPolicy",
                    f"requests to {written(origin.get('Id'))} go on as plain HTTP ({policy}).",
                    "Give the origin a name and a certificate, and write https-only.",
                    "system.environment(..., domain=Domain('app.example.com')) encrypts it.",
                )


def _asks_by_https(policy: Any, distribution: Resource, origin: dict[str, Any]) -> bool:
    """Tell whether `match-viewer` comes to HTTPS, since every viewer must use it."""
    whole = at(distribution.properties, "DistributionConfig")
    behaviours = [*maps(at(whole, "DefaultCacheBehavior")), *maps(at(whole, "CacheBehaviors"))]
    to_it = [each for each in behaviours if each.get("TargetOriginId") == origin.get("Id")]
    return policy == "match-viewer" and all(
        each.get("ViewerProtocolPolicy") in ("https-only", "redirect-to-https") for each in to_it
    )
