"""What stands when a zone, a task or a Spot instance goes: services and who sends to them."""

from collections.abc import Iterator

from seatrial.policy.plan import Plan
from seatrial.policy.read import maps
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._compute import balancers_of
from seatrial.policy.rules._services import (
    SERVICE,
    SUBNET,
    in_production,
    listed,
    subnets,
    tasks,
    zone,
    zones,
)

ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
ELB = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"


@rule(
    "ST501",
    "service-in-one-zone",
    "warning",
    "availability",
    why="When that zone is lost, every task is, and none can be started elsewhere.",
    source=ECS + "service-rebalancing.html",
)
def service_in_one_zone(plan: Plan) -> Iterator[Fault]:
    """Tell of a service of production whose subnets lie in one zone of a VPC that has more.

    Bad:
        S1: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1a}}
        S2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DesiredCount: 2
            NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S1]}}

    Good:
        S1: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1a}}
        S2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DesiredCount: 2
            NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S1, !Ref S2]}}
    """
    there = {known for each in plan.of(SUBNET) if (known := zone(each))}
    if len(there) < 2 or not in_production(plan):
        return
    for service in plan.of(SERVICE):
        own = zones(plan, subnets(service))
        if len(own) == 1:
            yield Fault(
                service.id,
                "NetworkConfiguration.AwsvpcConfiguration.Subnets",
                f"Every task of {service.label} runs in {listed(own)}, "
                f"though there are subnets in {listed(there)}.",
                "Name a subnet of a second zone.",
                "System(..., zones=2)",
            )


@rule(
    "ST502",
    "load-balancer-misses-zone",
    "error",
    "availability",
    why="A load balancer sends nothing to targets in a zone that is not enabled for it.",
    source=ELB + "target-group-health-checks.html",
)
def load_balancer_misses_zone(plan: Plan) -> Iterator[Fault]:
    """Tell of a load balancer without a subnet in a zone where tasks behind it run.

    Their targets stay `unused`: the tasks cost, serve nobody, and ECS may stop them.

    Bad:
        P1: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1a}}
        P2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        S3: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1c}}
        Balancer:
          Type: AWS::ElasticLoadBalancingV2::LoadBalancer
          Properties: {Subnets: [!Ref P1, !Ref P2]}
        Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup}
        Listener:
          Type: AWS::ElasticLoadBalancingV2::Listener
          Properties:
            LoadBalancerArn: !Ref Balancer
            DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]
        Api:
          Type: AWS::ECS::Service
          Properties:
            LoadBalancers: [{TargetGroupArn: !Ref Targets}]
            NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref P1, !Ref S3]}}

    Good:
        P1: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1a}}
        P2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        Balancer:
          Type: AWS::ElasticLoadBalancingV2::LoadBalancer
          Properties: {Subnets: [!Ref P1, !Ref P2]}
        Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup}
        Listener:
          Type: AWS::ElasticLoadBalancingV2::Listener
          Properties:
            LoadBalancerArn: !Ref Balancer
            DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]
        Api:
          Type: AWS::ECS::Service
          Properties:
            LoadBalancers: [{TargetGroupArn: !Ref Targets}]
            NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref P1, !Ref P2]}}
    """
    for service in plan.of(SERVICE):
        needed = zones(plan, subnets(service))
        for balancer in balancers_of(plan, service) if needed else ():
            enabled = zones(plan, balancer.properties.get("Subnets"))
            missed = needed - enabled if enabled else set()
            if missed:
                yield Fault(
                    balancer.id,
                    "Subnets",
                    f"Tasks of {service.label} run in {listed(missed)} too, "
                    f"but the load balancer has subnets in {listed(enabled)} only.",
                    f"Name a subnet in {listed(missed)}.",
                    part=service.part,
                )


@rule(
    "ST503",
    "single-task",
    "warning",
    "availability",
    why="When its only task stops, nobody answers until another one is healthy.",
    source=ECS + "service-rebalancing.html",
)
def single_task(plan: Plan) -> Iterator[Fault]:
    """Tell of a service of production behind a load balancer that may run one task alone.

    Bad:
        Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup}
        Api:
          Type: AWS::ECS::Service
          Properties: {DesiredCount: 1, LoadBalancers: [{TargetGroupArn: !Ref Targets}]}

    Good:
        Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup}
        Api:
          Type: AWS::ECS::Service
          Properties: {DesiredCount: 2, LoadBalancers: [{TargetGroupArn: !Ref Targets}]}
    """
    for service in plan.of(SERVICE) if in_production(plan) else ():
        bounds = tasks(plan, service)
        if bounds is None or bounds.least != 1 or not service.properties.get("LoadBalancers"):
            continue
        scaled = bounds.scaled
        yield Fault(
            scaled.id if scaled else service.id,
            "MinCapacity" if scaled else "DesiredCount",
            f"{service.label} may run one task alone, in one zone.",
            "Make it 2 or more.",
            "Service(..., tasks=Scale(min=2, ...))" if scaled else "Service(..., tasks=2)",
            part=service.part,
        )


@rule(
    "ST506",
    "only-spot",
    "warning",
    "availability",
    why="Spot capacity may be taken back in every zone at once, with two minutes' notice.",
    source=ECS + "fargate-capacity-providers.html",
)
def only_spot(plan: Plan) -> Iterator[Fault]:
    """Tell of a service of production behind a load balancer that runs on Spot alone.

    Bad:
        Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup}
        Api:
          Type: AWS::ECS::Service
          Properties:
            LoadBalancers: [{TargetGroupArn: !Ref Targets}]
            CapacityProviderStrategy: [{CapacityProvider: FARGATE_SPOT, Weight: 1}]

    Good:
        Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup}
        Api:
          Type: AWS::ECS::Service
          Properties:
            LoadBalancers: [{TargetGroupArn: !Ref Targets}]
            CapacityProviderStrategy:
            - {CapacityProvider: FARGATE, Base: 2, Weight: 0}
            - {CapacityProvider: FARGATE_SPOT, Weight: 1}
    """
    for service in plan.of(SERVICE) if in_production(plan) else ():
        strategy = maps(service.properties.get("CapacityProviderStrategy"))
        names = [each.get("CapacityProvider") for each in strategy]
        spot = bool(names) and all(each == "FARGATE_SPOT" for each in names)
        if spot and service.properties.get("LoadBalancers"):
            yield Fault(
                service.id,
                "CapacityProviderStrategy",
                f"Every task of {service.label} runs on Spot, and it answers requests.",
                "Add FARGATE with a Base of the tasks that must stay.",
                "Service(..., spot=False)",
            )
