"""Each figure that was computed by hand from the documents' tables, to the cent.

Row ids are the documents' (system and row); the hand calculation took list prices of
us-east-1 and 730 hours. Where it rounded or left something out, the case says so.
"""

from collections.abc import Iterator

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Uses
from seatrial.graph.values import Ref
from seatrial.price.quantity import Quantity
from tests.price.graphs import billed, cents, graph, lines, resource, usage


def fargate(tasks: int, cpu: int, memory: int) -> Graph:
    return graph(
        resource("Task", "ECS::TaskDefinition", "api", Cpu=str(cpu), Memory=str(memory)),
        resource(
            "Service",
            "ECS::Service",
            "api",
            TaskDefinition=Ref("Task"),
            DesiredCount=tasks,
            LaunchType="FARGATE",
        ),
    )


def tasks_cost(tasks: int, cpu: int, memory: int) -> float:
    found = lines(fargate(tasks, cpu, memory))
    return round(sum(found[name].cost.expected for name in ("Fargate vCPU", "Fargate memory")), 2)


@pytest.mark.parametrize(
    ("row", "tasks", "cpu", "memory", "usd"),
    [
        ("000-103, 000-105", 3, 256, 512, 27.03),
        ("000-104", 5, 512, 1024, 90.10),
        ("001-035", 2, 512, 1024, 36.04),
        ("001-036", 1, 1024, 2048, 36.04),
        ("003-044", 2, 1024, 2048, 72.08),
        ("003-044, four tasks on average", 4, 1024, 2048, 144.16),
        ("004-089", 2, 512, 1024, 36.04),
    ],
)
def test_fargate(row: str, tasks: int, cpu: int, memory: int, usd: float) -> None:
    assert tasks_cost(tasks, cpu, memory) == usd


def postgres(class_: str, gb: int, **more: object) -> Graph:
    return graph(
        resource(
            "Db",
            "RDS::DBInstance",
            "db",
            Engine="postgres",
            DBInstanceClass=class_,
            AllocatedStorage=str(gb),
            StorageType="gp3",
            **more,
        )
    )


@pytest.mark.parametrize(
    ("row", "class_", "gb", "multi", "instance", "storage"),
    [
        ("000-107, one zone", "db.r5.xlarge", 500, False, 365.00, 57.50),
        ("000-107", "db.r5.xlarge", 500, True, 730.00, 115.00),
        ("000-108", "db.r5.large", 500, False, 182.50, 57.50),
        ("001-037 and 001-083, 25.66 together", "db.t4g.small", 20, False, 23.36, 2.30),
        ("001-037 Multi-AZ, 52.05 together", "db.t4g.small", 20, True, 47.45, 4.60),
        ("004-090", "db.t3.micro", 20, True, 26.28, 4.60),
    ],
)
def test_postgres(
    row: str, class_: str, gb: int, multi: bool, instance: float, storage: float
) -> None:
    found = lines(postgres(class_, gb, MultiAZ=multi))
    assert cents(found["instance, Multi-AZ" if multi else "instance"]) == instance
    assert cents(found["storage"]) == storage


def test_kafka_000_106() -> None:
    cluster = resource(
        "Kafka",
        "MSK::Cluster",
        "kafka",
        NumberOfBrokerNodes=3,
        BrokerNodeGroupInfo={
            "InstanceType": "kafka.m5.large",
            "StorageInfo": {"EBSStorageInfo": {"VolumeSize": 100}},
        },
    )
    found = lines(graph(cluster))
    assert (cents(found["brokers"]), cents(found["storage"])) == (459.90, 30.00)


@pytest.mark.parametrize(
    ("row", "class_", "nodes", "usd"),
    [("000-109", "cache.r5.large", 2, 315.36), ("001-038", "cache.t4g.micro", 1, 11.68)],
)
def test_redis(row: str, class_: str, nodes: int, usd: float) -> None:
    group = resource(
        "Cache",
        "ElastiCache::ReplicationGroup",
        Engine="redis",
        CacheNodeType=class_,
        NumCacheClusters=nodes,
    )
    assert cents(lines(graph(group))["nodes"]) == usd


@pytest.mark.parametrize(("row", "nodes", "usd"), [("001-039", 1, 26.28), ("001-039", 3, 78.84)])
def test_search(row: str, nodes: int, usd: float) -> None:
    domain = resource(
        "Search",
        "OpenSearchService::Domain",
        ClusterConfig={"InstanceType": "t3.small.search", "InstanceCount": nodes},
        EBSOptions={"EBSEnabled": True, "VolumeType": "gp3", "VolumeSize": 10},
    )
    found = lines(graph(domain))
    assert cents(found["data nodes"]) == usd
    assert cents(found["storage"]) == round(1.22 * nodes, 2)


def test_load_balancer_hours_000_110_001_041_003_046_004_091() -> None:
    balancer = resource("Lb", "ElasticLoadBalancingV2::LoadBalancer", Scheme="internal")
    # 0.0225 x 730 is 16.425, which the tables round up.
    assert lines(graph(balancer))["load balancer hours"].cost.expected == pytest.approx(16.425)


@pytest.mark.parametrize(
    ("row", "count", "usd"),
    [("000 missing", 3, 98.55), ("001-042", 1, 32.85), ("004-092", 2, 65.70)],
)
def test_nat_gateways(row: str, count: int, usd: float) -> None:
    made = graph(*(resource(f"Nat{each}", "EC2::NatGateway", "net") for each in range(count)))
    hours = [line for line in billed(made).lines if line.component == "NAT gateway hours"]
    assert round(sum(line.cost.expected for line in hours), 2) == usd


def test_proxy_000_missing() -> None:
    made = graph(
        resource("Db", "RDS::DBInstance", Engine="postgres", DBInstanceClass="db.r5.xlarge"),
        resource("Proxy", "RDS::DBProxy"),
        resource(
            "Targets",
            "RDS::DBProxyTargetGroup",
            DBProxyName=Ref("Proxy"),
            DBInstanceIdentifiers=[Ref("Db")],
        ),
    )
    assert cents(lines(made)["proxy"]) == 43.80


@pytest.mark.parametrize(
    ("row", "count", "usd"),
    [("000 missing", 6, 21.90), ("001 missing", 3, 10.95), ("004-097", 4, 14.60)],
)
def test_public_addresses(row: str, count: int, usd: float) -> None:
    made = graph(*(resource(f"Ip{each}", "EC2::EIP") for each in range(count)))
    assert round(billed(made).total.expected, 2) == usd


@pytest.mark.parametrize(
    ("row", "count", "usd"), [("000 missing and 003-047", 4, 1.60), ("004-096", 2, 0.80)]
)
def test_secrets(row: str, count: int, usd: float) -> None:
    made = graph(*(resource(f"Secret{each}", "SecretsManager::Secret") for each in range(count)))
    assert round(billed(made).total.expected, 2) == usd


def endpoints(count: int, zones: int) -> Iterator[float]:
    subnets = [Ref(f"Subnet{each}") for each in range(zones)]
    made = graph(
        *(
            resource(f"E{each}", "EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=subnets)
            for each in range(count)
        )
    )
    return (line.cost.expected for line in billed(made).lines)


@pytest.mark.parametrize(
    ("row", "count", "zones", "usd"),
    [("001-032", 1, 1, 7.30), ("001 missing", 3, 2, 43.80), ("004-100", 4, 2, 58.40)],
)
def test_interface_endpoints(row: str, count: int, zones: int, usd: float) -> None:
    assert round(sum(endpoints(count, zones)), 2) == usd


def test_files_000_112() -> None:
    made = graph(resource("Bucket", "S3::Bucket", "site"))
    assert cents(lines(made, usage(site={"storage_gb": 10}))["storage"]) == 0.23


@pytest.mark.parametrize(("row", "gb", "usd"), [("000-113", 50, 25.00), ("004-095", 5, 2.50)])
def test_logs(row: str, gb: float, usd: float) -> None:
    made = graph(resource("Logs", "Logs::LogGroup", "api", RetentionInDays=30))
    assert cents(lines(made, usage(api={"logs_gb": gb}))["logs taken in"]) == usd


@pytest.mark.parametrize(("row", "gb", "usd"), [("000-114", 500, 45.00), ("004-093", 10, 0.90)])
def test_data_out(row: str, gb: float, usd: float) -> None:
    made = graph(resource("Bucket", "S3::Bucket", "files"))
    said = usage(files={"out_gb": gb, "storage_gb": 1})
    assert cents(lines(made, said)["data to the internet"]) == usd
    # and the first 100 GB of the account are free
    free = billed(made, said, free=True).total.expected - 0.023
    assert round(free, 2) == round(max(0, gb - 100) * 0.09, 2)


def test_images_004_094() -> None:
    made = graph(resource("Images", "ECR::Repository", "api"))
    assert cents(lines(made, usage(api={"images_gb": 5}))["images"]) == 0.50


@pytest.mark.parametrize(
    ("row", "gb", "requests", "usd"),
    [("000-111", 1000, 0, 85.00), ("003-043", 1000, 10e6, 95.00)],
)
def test_edge(row: str, gb: float, requests: float, usd: float) -> None:
    made = graph(
        resource("Edge", "CloudFront::Distribution", "site", DistributionConfig={}),
        annotations=(Uses("internet", "site", "call"),),
    )
    said = usage(site={"out_gb": gb, "requests": requests})
    assert round(billed(made, said).total.expected, 2) == usd
    assert billed(made, said, free=True).total.expected == pytest.approx(0)


@pytest.mark.parametrize(
    ("row", "acu", "usd"), [("003-045, low", 0.5, 87.60), ("003-045, high", 2, 350.40)]
)
def test_aurora(row: str, acu: float, usd: float) -> None:
    scaling = {"MinCapacity": 0.5, "MaxCapacity": 16}
    made = graph(
        resource(
            "Cluster",
            "RDS::DBCluster",
            "db",
            Engine="aurora-postgresql",
            ServerlessV2ScalingConfiguration=scaling,
        ),
        *(
            resource(
                id,
                "RDS::DBInstance",
                "db",
                Engine="aurora-postgresql",
                DBClusterIdentifier=Ref("Cluster"),
                DBInstanceClass="db.serverless",
            )
            for id in ("Writer", "Reader")
        ),
    )
    found = billed(made, usage(db={"acu": acu})).lines
    capacity = [line.cost.expected for line in found if line.component == "Aurora capacity"]
    assert round(sum(capacity), 2) == usd


@pytest.mark.parametrize(
    ("row", "class_", "count", "usd"),
    [
        ("001-121", "g5.xlarge", 1, 734.38),
        ("001-128", "t4g.small", 1, 12.26),
        ("002", "t3.medium", 6, 182.21),
    ],
)
def test_machines(row: str, class_: str, count: int, usd: float) -> None:
    made = graph(
        *(resource(f"M{each}", "EC2::Instance", InstanceType=class_) for each in range(count))
    )
    assert round(billed(made).total.expected, 2) == usd


def test_firewall_001_065() -> None:
    made = graph(resource("Acl", "WAFv2::WebACL", Rules=[{"Name": "rate"}]))
    found = lines(made, usage(Acl={"requests": 1e6}))
    costs = (cents(found["web ACL"]), cents(found["rules"]), cents(found["requests"]))
    assert costs == (5.00, 1.00, 0.60)


def test_the_whole_table_004_097() -> None:
    """36.04 + 30.88 + 16.43 + 65.70 + 0.90 + 0.50 + 2.50 + 0.80 and 4 addresses: 168.35.

    Logs that are kept, and that go through NAT, the table does not count.
    """
    made = graph(
        *fargate(2, 512, 1024),
        *postgres("db.t3.micro", 20, MultiAZ=True),
        resource("Lb", "ElasticLoadBalancingV2::LoadBalancer", "net", Scheme="internal"),
        *(resource(f"Nat{each}", "EC2::NatGateway", "net") for each in "12"),
        *(resource(f"Ip{each}", "EC2::EIP", "net") for each in "1234"),
        resource("Images", "ECR::Repository", "api"),
        resource("Logs", "Logs::LogGroup", "api"),
        *(resource(f"Secret{each}", "SecretsManager::Secret") for each in "12"),
        resource("Out", "S3::Bucket", "files"),
    )
    said = usage(
        api={"images_gb": 5, "logs_gb": 5}, files={"out_gb": 10, "storage_gb": 0}, net={"nat_gb": 0}
    )
    found = billed(made, said)
    priced = [line for line in found.lines if line.component not in ("logs kept", "NAT data")]
    total = Quantity.of(0)
    for line in priced:
        total = total + line.cost
    assert round(total.expected, 2) == 168.35
