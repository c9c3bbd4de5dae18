"""Data on its way: connections between two parts, or to the edge, that anyone between reads."""

import re
from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.values import referred
from seatrial.policy.containers import SECRET, Container, containers
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, is_false, is_true, maps, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.stores import STORES

DATABASES = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")
# https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
WEAK = {
    "disable": "never encrypts",
    "allow": "encrypts only when the server insists",
    "prefer": "falls back to plain text when the server refuses TLS",
    "require": "encrypts, and believes whoever answers",
}
SSLMODE = re.compile(r"[?&](?:sslmode|ssl)=([a-z-]+)")


@rule(
    "ST201",
    "database-takes-plain-text",
    "warning",
    "encryption",
    why="One client with another setting, and passwords and rows cross the network readable.",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html",
)
def database_takes_plain_text(plan: Plan) -> Iterator[Fault]:
    """Find a PostgreSQL or MySQL database whose parameters do not insist on TLS.

    RDS for PostgreSQL insists from version 15 on where nothing is said, Aurora does not below
    17. What is said in the parameter group counts, so the group and the database are read
    together.

    Bad:
        Parameters:
          Type: AWS::RDS::DBParameterGroup
          Properties: {Family: postgres15, Parameters: {rds.force_ssl: "0"}}
        Db:
          Type: AWS::RDS::DBInstance
          Properties: {Engine: postgres, EngineVersion: "15.4", DBParameterGroupName: !Ref Parameters}

    Good:
        Parameters:
          Type: AWS::RDS::DBParameterGroup
          Properties: {Family: postgres15, Parameters: {rds.force_ssl: "1"}}
        Db:
          Type: AWS::RDS::DBInstance
          Properties: {Engine: postgres, EngineVersion: "15.4", DBParameterGroupName: !Ref Parameters}
    """  # noqa: E501 - a database is read in one line
    for database in plan.of(*DATABASES):
        if insists(plan, database) is not False:
            continue
        group = _parameters(plan, database)
        name = _switch(database)
        path = f"Parameters.{name}" if group else ""
        yield Fault(
            (group or database).id,
            path,
            f"{database.id} takes connections without TLS: {name} is off.",
            f"Write {name}: '1' in its parameter group.",
            f"Leave {name} as it is: Postgres(...) turns it on.",
            part=plan.part(database),
        )


def insists(plan: Plan, database: Resource) -> bool | None:
    """Tell whether a database refuses plain connections; None where it is not known."""
    engine = database.properties.get("Engine")
    if not isinstance(engine, str) or engine not in _SWITCHES:
        return None
    group = _parameters(plan, database)
    said = at(group.properties, "Parameters", _switch(database)) if group else None
    if said is not None:
        return str(said).lower() in ("1", "on", "true")
    return _by_default(engine, written(database.properties.get("EngineVersion")))


_SWITCHES = {
    "postgres": "rds.force_ssl",
    "aurora-postgresql": "rds.force_ssl",
    "mysql": "require_secure_transport",
    "aurora-mysql": "require_secure_transport",
}


def _switch(database: Resource) -> str:
    return _SWITCHES[str(database.properties.get("Engine"))]


def _by_default(engine: str, version: str) -> bool | None:
    major = version.partition(".")[0]
    if not major.isdigit():
        return None
    if engine == "postgres":
        return int(major) >= 15
    # Aurora's default has changed with 17; what newer ones do is not claimed here.
    return False if engine == "aurora-postgresql" and int(major) < 17 else None


def _parameters(plan: Plan, database: Resource) -> Resource | None:
    groups = ("DBParameterGroupName", "DBClusterParameterGroupName")
    named = [database.properties.get(each) for each in groups]
    kinds = ("AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup")
    return next(iter(plan.all_named(named, *kinds)), None)


@rule(
    "ST202",
    "client-trusts-any-database",
    "warning",
    "encryption",
    why="A client that does not check the certificate sends its password to whoever stands "
    "between; one that does not insist on TLS sends it readable.",
    source="https://www.postgresql.org/docs/current/libpq-ssl.html",
)
def client_trusts_any_database(plan: Plan) -> Iterator[Fault]:
    """Find a container that talks to PostgreSQL without checking whom it talks to.

    It reads `PGSSLMODE` and the `sslmode` of a connection URL that the template writes into
    a secret; an URL without one takes `PGSSLMODE`. Only `verify-ca` and `verify-full` check
    the certificate.

    Bad:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Environment: [{Name: PGHOST, Value: !GetAtt Db.Endpoint.Address}]
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}

    Good:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Environment:
                  - {Name: PGHOST, Value: !GetAtt Db.Endpoint.Address}
                  - {Name: PGSSLMODE, Value: verify-full}
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}
    """
    urls: dict[str, set[str]] = {}
    for container in containers(plan):
        mode = container.variable("PGSSLMODE")
        given = {*container.variables, *container.secrets}
        if "PGHOST" in given or "PGSSLMODE" in given:
            unsaid = mode is None and "PGSSLMODE" not in container.secrets
            said = "prefer" if unsaid else mode
            if isinstance(said, str) and said in WEAK:
                word = f"PGSSLMODE is {said}" if mode else "without PGSSLMODE libpq"
                yield Fault(
                    container.task.id,
                    container.path_of("PGSSLMODE"),
                    f"{word}{':' if mode else ''} {WEAK[said]}.",
                    "Write PGSSLMODE: verify-full.",
                    "Leave PGSSLMODE out of env: verify-full is what a service gets.",
                )
        for _, secret in container.secrets.values():
            if secret is not None:
                urls.setdefault(secret.id, set()).add(str(mode))
    for id, modes in urls.items():
        yield from _weak_url(plan.graph[id], modes)


def _weak_url(secret: Resource, modes: set[str]) -> Iterator[Fault]:
    text = written(secret.properties.get("SecretString"))
    if not text.startswith(("postgres://", "postgresql://", "postgresql+")):
        return
    found = SSLMODE.search(text)
    if found is None and modes <= {"verify-full", "verify-ca"}:
        return
    mode = found.group(1) if found else "prefer"
    if mode in WEAK:
        yield Fault(
            secret.id,
            "SecretString",
            f"the URL {'says sslmode=' + mode if found else 'says no sslmode'}: {WEAK[mode]}.",
            "End the URL in ?sslmode=verify-full.",
        )


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
    part = plan.part(store)
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
