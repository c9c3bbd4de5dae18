"""Services with a private name: a record for each task in the network's own DNS (Cloud Map).

Why Cloud Map and neither Service Connect nor an inner load balancer stands in
docs/decisions/0009-internal-services.md.
"""

from seatrial.graph.values import AtRun, GetAtt, Ref, Value, join
from seatrial.language import Access, Service
from seatrial.lower.context import Lowering, camel
from seatrial.lower.kind import Given, Kind

FRESH = 10
"""Seconds that a client may keep an address: a task that is gone is forgotten this fast."""


def _split(service: Service) -> tuple[str, str]:
    assert service.internal
    name, _, namespace = service.internal.partition(".")
    return name, namespace


def _namespace(namespace: str) -> str:
    return "Namespace" + camel(namespace.replace(".", "-"))


def _lower(lowering: Lowering, service: Service) -> None:
    if not service.internal:
        return
    name, namespace = _split(service)
    id = _namespace(namespace)
    if id not in lowering.graph.resources:
        lowering.add(
            None,
            id,
            "AWS::ServiceDiscovery::PrivateDnsNamespace",
            {"Name": namespace, "Vpc": Ref("Vpc"), "Description": f"Names in {lowering.name}"},
        )
    lowering.add(
        service,
        "Name",
        "AWS::ServiceDiscovery::Service",
        {
            "Name": name,
            "Description": f"Tasks of {service.name}",
            "DnsConfig": {
                "NamespaceId": Ref(id),
                "RoutingPolicy": "MULTIVALUE",
                "DnsRecords": [{"Type": "A", "TTL": FRESH}],
            },
            "HealthCheckCustomConfig": {"FailureThreshold": 1},
        },
    )


def registry(lowering: Lowering, service: Service) -> Value:
    """Give what ECS writes each task's address into."""
    return GetAtt(lowering.id(service, "Name"), "Arn")


def _url(service: Service) -> Value:
    assert service.internal
    # Symbolic, so that the local cloud can put an address of its own there.
    return join("http://", AtRun(service.internal, service.internal), f":{service.port}")


def _given(_lowering: Lowering, service: Service, _access: Access) -> Given:
    name, _ = _split(service)
    return Given({name.upper().replace("-", "_") + "_URL": _url(service)})


KIND = Kind(
    Service,
    "internal service",
    lower=_lower,
    ports=lambda service: (service.port,) if service.internal and service.port else (),
    given=_given,
    value=lambda _lowering, service, _field: _url(service),
    ready=lambda lowering, service: [lowering.id(service, "Service")],
)
