"""OpenSearch: a domain in the private subnets, its login, and the URL that its users get.

What an index has (shards, replicas) no resource holds: a note tells the
request that a job must send before the first document.
"""

import json
from hashlib import sha256

from seatrial.graph.annotations import Note
from seatrial.graph.values import (
    ACCOUNT,
    PARTITION,
    REGION,
    GetAtt,
    Join,
    Ref,
    Secret,
    Value,
    join,
)
from seatrial.language import Access, Alerts, Search
from seatrial.language.search import LONGEST, MASTERS
from seatrial.lower import credentials
from seatrial.lower.context import Lowering, kept
from seatrial.lower.kind import Given, Kind
from seatrial.lower.metrics import Widget, alarm, line, widget

SERVICE = "opensearchservice.amazonaws.com"
FREE = 0.25
"""The share of a node's disk that must stay free.

https://docs.aws.amazon.com/opensearch-service/latest/developerguide/cloudwatch-alarms.html
"""
MEMORY = 80
"""Percent of the Java heap under pressure, from the same page."""


def _lower(lowering: Lowering, search: Search) -> None:
    credentials.generate(
        lowering, search, search.name, f"User and password of {search.name}", mixed=True
    )
    role = _service_role(lowering, search)
    _domain(lowering, search, role)
    credentials.url(
        lowering,
        search,
        "Url",
        f"URL of {search.name}",
        Join((*credentials.login(lowering, search, "https", _host(lowering, search)), ":443")),
    )
    index = {"number_of_shards": search.shards, "number_of_replicas": search.copies}
    body = {"index_patterns": ["*"], "template": {"settings": {"index": index}}}
    lowering.annotate(
        Note(
            f"Indexes of {search.name}",
            "Shards and replicas belong to an index template: a job puts it before the "
            "first document is indexed.",
            (f"PUT $OPENSEARCH_URL/_index_template/{search.name} {json.dumps(body)}",),
        )
    )


def _service_role(lowering: Lowering, search: Search) -> str | None:
    """Add the role by which OpenSearch reaches the network; give its id.

    AWS takes it once an account: two domains of a system share the first's.
    """
    if lowering.second:
        return None  # it is the account's, and the first region's stack has made it
    said = search.service_role
    if said is False or (said is None and not lowering.environment.production):
        lowering.annotate(
            Note(
                f"Service-linked role of {search.name}",
                "A domain in a network needs it, once an account, before it is made.",
                (f"aws iam create-service-linked-role --aws-service-name {SERVICE}",),
            )
        )
        return None
    for there in lowering.graph.of("AWS::IAM::ServiceLinkedRole"):
        if there.properties["AWSServiceName"] == SERVICE:
            return there.id
    return lowering.add(
        search,
        "ServiceRole",
        "AWS::IAM::ServiceLinkedRole",
        {"AWSServiceName": SERVICE, "Description": "OpenSearch reaches the network by it"},
        # Other domains of the account may need it: AWS would refuse to delete it.
        deletion_policy="RetainExceptOnCreate",
        update_replace_policy="Retain",
    ).id


def _name(lowering: Lowering, search: Search) -> str:
    """Give the domain's name, shortened where OpenSearch takes no more."""
    name = f"{lowering.name}-{search.name}"
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 7]}-{sha256(name.encode()).hexdigest()[:6]}"


def _domain(lowering: Lowering, search: Search, role: str | None) -> None:
    name = _name(lowering, search)
    lowering.add(
        search,
        "Domain",
        "AWS::OpenSearchService::Domain",
        {
            "DomainName": name,
            "EngineVersion": f"OpenSearch_{search.version}",
            "ClusterConfig": _nodes(lowering, search),
            "EBSOptions": {
                "EBSEnabled": True,
                "VolumeType": "gp3",
                "VolumeSize": search.storage_gb,
            },
            "VPCOptions": {
                "SubnetIds": lowering.private_subnets[: _zones(lowering, search)],
                "SecurityGroupIds": [GetAtt(lowering.id(search, "Group"), "GroupId")],
            },
            "EncryptionAtRestOptions": {"Enabled": True},
            "NodeToNodeEncryptionOptions": {"Enabled": True},
            "DomainEndpointOptions": {
                "EnforceHTTPS": True,
                "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10",
            },
            "AdvancedSecurityOptions": {
                "Enabled": True,
                "InternalUserDatabaseEnabled": True,
                "MasterUserOptions": {
                    "MasterUserName": credentials.key(lowering, search, "username"),
                    "MasterUserPassword": credentials.key(lowering, search, "password"),
                },
            },
            "AdvancedOptions": dict(search.options) or None,
            "AccessPolicies": _policy(name),
            "OffPeakWindowOptions": {"Enabled": True},
            "SoftwareUpdateOptions": {"AutoSoftwareUpdateEnabled": True},
        },
        depends_on=(role,) if role else (),
        **kept(lowering.environment.production),
    )


def _zones(lowering: Lowering, search: Search) -> int:
    """Give over how many zones the nodes are spread; as many in each."""
    for zones in range(lowering.zones, 1, -1):
        if search.nodes % zones == 0:
            return zones
    if search.nodes > 1:
        raise search.wrong(
            f"nodes={search.nodes} cannot be spread evenly over {lowering.zones} zones.",
            f"Give it {lowering.zones} nodes, or a multiple.",
        )
    return 1


def _nodes(lowering: Lowering, search: Search) -> Value:
    zones = _zones(lowering, search)
    config: dict[str, Value] = {
        "InstanceType": search.size,
        "InstanceCount": search.nodes,
        "ZoneAwarenessEnabled": zones > 1,
        "DedicatedMasterEnabled": search.masters is not None,
    }
    if zones > 1:
        config["ZoneAwarenessConfig"] = {"AvailabilityZoneCount": zones}
    if search.masters is not None:
        config |= {"DedicatedMasterType": search.masters, "DedicatedMasterCount": MASTERS}
    return config


def _policy(name: str) -> Value:
    """Let whoever reaches the domain ask; its own login decides."""
    domain = join("arn:", PARTITION, ":es:", REGION, ":", ACCOUNT, f":domain/{name}/*")
    statement: Value = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "es:ESHttp*",
        "Resource": domain,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _host(lowering: Lowering, search: Search) -> GetAtt:
    return GetAtt(lowering.id(search, "Domain"), "DomainEndpoint")


def _given(lowering: Lowering, search: Search, _: Access) -> Given:
    return Given(secrets={"OPENSEARCH_URL": Secret(lowering.id(search, "Url"))})


def _value(lowering: Lowering, search: Search, field: str) -> Value:
    if field == "url":
        return Secret(lowering.id(search, "Url"))
    return _host(lowering, search)


def _ready(lowering: Lowering, search: Search) -> list[str]:
    return [lowering.id(search, "Domain")]


def _of_domain(lowering: Lowering, search: Search) -> dict[str, Value]:
    return {"DomainName": Ref(lowering.id(search, "Domain")), "ClientId": ACCOUNT}


def _watch(lowering: Lowering, alerts: Alerts, search: Search) -> None:
    free = int(search.storage_gb * 1024 * FREE)
    watched: list[tuple[str, str, str, str, float, str]] = [
        ("Red", "an index has lost a primary shard", "ClusterStatus.red", "Maximum", 0, ">"),
        ("Blocked", "it refuses writes", "ClusterIndexWritesBlocked", "Maximum", 0, ">"),
        ("Storage", f"a node has under {free} MiB free", "FreeStorageSpace", "Minimum", free, "<"),
        ("Memory", f"heap over {MEMORY} percent", "JVMMemoryPressure", "Maximum", MEMORY, ">"),
    ]
    if alerts.database_cpu is not None:
        told = f"CPU over {alerts.database_cpu:g} percent"
        watched.append(("Cpu", told, "CPUUtilization", "Average", alerts.database_cpu, ">"))
    for kind, told, metric, statistic, limit, way in watched:
        alarm(
            lowering,
            search,
            kind,
            f"{search.name}: {told} for five minutes",
            ("AWS/ES", metric),
            statistic,
            limit,
            _of_domain(lowering, search),
            5,
            "GreaterThanThreshold" if way == ">" else "LessThanThreshold",
            "critical" if kind in ("Red", "Blocked") else "warning",
        )


def _widgets(lowering: Lowering, search: Search) -> list[Widget]:
    of = _of_domain(lowering, search)
    return [
        widget(
            f"{search.name}: {title}",
            [line("AWS/ES", name, of, statistic) for name in names],
        )
        for title, names, statistic in (
            ("status", ["ClusterStatus.red", "ClusterStatus.yellow"], "Maximum"),
            ("CPU and heap", ["CPUUtilization", "JVMMemoryPressure"], "Average"),
            ("latency", ["SearchLatency", "IndexingLatency"], "Average"),
            ("free storage", ["FreeStorageSpace"], "Minimum"),
        )
    ]


KIND = Kind(
    Search,
    "search",
    lower=_lower,
    ports=lambda _: (Search.PORT,),
    given=_given,
    value=_value,
    ready=_ready,
    watch=_watch,
    widgets=_widgets,
)
