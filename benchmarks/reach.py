"""`reach --all` on 10 to 1,000 services: how the time grows with what is open.

Each service has a security group of its own, a database of its own, a neighbour that it
calls, and targets behind one load balancer; three zones, network ACLs, NAT. Prints the
median CPU time of RUNS runs at each size, and the time for each edge (a row of the table). The bar:
from the smallest to the largest size the time for an edge grows by less than a factor of 2.

    python -m benchmarks.reach
"""

import gc
import statistics
import sys
import time

from seatrial.graph import Graph, Resource
from seatrial.graph.values import GetAtt, Ref, Value
from seatrial.reach import Reach

SIZES = (10, 30, 100, 300, 1000)
RUNS = 5
BAR = 2.0
ZONES = 3
ANYWHERE = "0.0.0.0/0"


def services(count: int) -> Graph:
    """Give a system of so many services as a graph."""
    graph = Graph("benchmark", str(count), "us-east-1")

    def add(id: str, type: str, **properties: Value) -> None:  # noqa: A002 - AWS's own word
        graph.add(Resource(id, f"AWS::{type}", properties))

    _network(add)
    add("Balancing", "EC2::SecurityGroup", VpcId=Ref("Vpc"), SecurityGroupIngress=[_tcp(443)])
    public = [Ref(f"Public{zone}") for zone in range(ZONES)]
    groups = [GetAtt("Balancing", "GroupId")]
    add("Balancer", "ElasticLoadBalancingV2::LoadBalancer", Subnets=public, SecurityGroups=groups)
    fixed = [{"Type": "fixed-response"}]
    balancer = Ref("Balancer")
    add(
        "Listener",
        "ElasticLoadBalancingV2::Listener",
        LoadBalancerArn=balancer,
        Port=443,
        DefaultActions=fixed,
    )
    for index in range(count):
        _service(add, index, count)
    return graph


def _tcp(port: int) -> dict[str, Value]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": ANYWHERE}


def _network(add) -> None:
    add("Vpc", "EC2::VPC", CidrBlock="10.0.0.0/16")
    add("Gateway", "EC2::InternetGateway")
    both = {"VpcId": Ref("Vpc"), "InternetGatewayId": Ref("Gateway")}
    add("Attachment", "EC2::VPCGatewayAttachment", **both)
    for kind, low in (("Public", 0), ("Private", 64)):
        add(f"{kind}Acl", "EC2::NetworkAcl", VpcId=Ref("Vpc"))
        for egress in (False, True):
            add(
                f"{kind}Acl{'Out' if egress else 'In'}",
                "EC2::NetworkAclEntry",
                NetworkAclId=Ref(f"{kind}Acl"),
                RuleNumber=100,
                RuleAction="allow",
                Protocol=-1,
                Egress=egress,
                CidrBlock=ANYWHERE,
            )
        for zone in range(ZONES):
            id = f"{kind}{zone}"
            cidr = f"10.0.{low + 16 * zone}.0/20"
            add(id, "EC2::Subnet", VpcId=Ref("Vpc"), CidrBlock=cidr)
            add(f"{id}Table", "EC2::RouteTable", VpcId=Ref("Vpc"))
            here = {"SubnetId": Ref(id)}
            table = Ref(f"{id}Table")
            add(f"{id}Routed", "EC2::SubnetRouteTableAssociation", RouteTableId=table, **here)
            acl = Ref(f"{kind}Acl")
            add(f"{id}Judged", "EC2::SubnetNetworkAclAssociation", NetworkAclId=acl, **here)
            out = {"GatewayId": Ref("Gateway")}
            if kind == "Private":
                out = {"NatGatewayId": Ref(f"Nat{zone}")}
            else:
                address = GetAtt(f"Address{zone}", "AllocationId")
                add(f"Address{zone}", "EC2::EIP", Domain="vpc")
                add(f"Nat{zone}", "EC2::NatGateway", SubnetId=Ref(id), AllocationId=address)
            route = {"RouteTableId": table, "DestinationCidrBlock": ANYWHERE}
            add(f"{id}Out", "EC2::Route", **route, **out)


def _service(add, index: int, count: int) -> None:
    """Add a service, its database, and the rules for its neighbour and the load balancer."""
    private = [Ref(f"Private{zone}") for zone in range(ZONES)]
    neighbour = (index + 1) % count
    for name in (f"Group{index}", f"DataGroup{index}"):
        add(name, "EC2::SecurityGroup", VpcId=Ref("Vpc"))
    for target, source, port in (
        (f"Group{index}", "Balancing", 8000),
        (f"Group{neighbour}", f"Group{index}", 8000),
        (f"DataGroup{index}", f"Group{index}", 5432),
    ):
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
        peer = GetAtt(source, "GroupId")
        add(
            f"{target}From{source}",
            "EC2::SecurityGroupIngress",
            GroupId=GetAtt(target, "GroupId"),
            SourceSecurityGroupId=peer,
            **rule,
        )
    targets = {"VpcId": Ref("Vpc"), "Protocol": "HTTP", "Port": 8000, "TargetType": "ip"}
    add(f"Targets{index}", "ElasticLoadBalancingV2::TargetGroup", **targets)
    arn = Ref(f"Targets{index}")
    path = {"Field": "path-pattern", "Values": [f"/{index}/*"]}
    add(
        f"Rule{index}",
        "ElasticLoadBalancingV2::ListenerRule",
        ListenerArn=Ref("Listener"),
        Priority=index + 1,
        Conditions=[path],
        Actions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    containers = [{"Name": "app", "PortMappings": [{"ContainerPort": 8000}]}]
    add(f"Task{index}", "ECS::TaskDefinition", ContainerDefinitions=containers)
    network = {"Subnets": private, "SecurityGroups": [GetAtt(f"Group{index}", "GroupId")]}
    balanced = {"TargetGroupArn": arn, "ContainerName": "app", "ContainerPort": 8000}
    add(
        f"Service{index}",
        "ECS::Service",
        TaskDefinition=Ref(f"Task{index}"),
        NetworkConfiguration={"AwsvpcConfiguration": network},
        LoadBalancers=[balanced],
    )
    add(f"Subnets{index}", "RDS::DBSubnetGroup", SubnetIds=private)
    add(
        f"Database{index}",
        "RDS::DBInstance",
        Engine="postgres",
        DBSubnetGroupName=Ref(f"Subnets{index}"),
        VPCSecurityGroups=[GetAtt(f"DataGroup{index}", "GroupId")],
        PubliclyAccessible=False,
    )


def measure(count: int) -> tuple[int, int, float]:
    """Give the resources, the edges and the median CPU seconds of one size."""
    graph = services(count)
    took, edges = [], 0
    for _ in range(RUNS):
        gc.collect()
        start = time.process_time()
        edges = len(Reach(graph).all)
        took.append(time.process_time() - start)
    return len(graph.resources), edges, statistics.median(took)


def main() -> int:
    """Print the table; 1 where the bar is missed."""
    print("services  resources  edges  CPU seconds  microseconds an edge")
    each = []
    for count in SIZES:
        resources, edges, seconds = measure(count)
        each.append(seconds / edges)
        row = f"{count:8}  {resources:9}  {edges:5}  {seconds:11.4f}  {seconds / edges * 1e6:20.1f}"
        print(row, flush=True)
    growth = each[-1] / each[0]
    print(f"time an edge, {SIZES[-1]} services to {SIZES[0]}: {growth:.2f} (bar: under {BAR})")
    return 0 if growth < BAR else 1


if __name__ == "__main__":
    sys.exit(main())
