"""What a deployment brings and leaves: images, numbers of tasks, requests that still run."""

from collections.abc import Iterator
from typing import Any

from seatrial.graph.values import GetAtt, Join, Ref
from seatrial.policy.plan import Plan
from seatrial.policy.read import maps, number, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._services import (
    SERVICE,
    attribute,
    in_production,
    target_groups,
    task_of,
    tasks,
)

ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
REPOSITORY = "AWS::ECR::Repository"
SPOT_NOTICE = 120
"""Seconds between Spot's warning and the end: fargate-capacity-providers.html."""


@rule(
    "ST735",
    "image-may-change",
    "warning",
    "deployment",
    why="A tag that is written again brings another image to the next task, and a rollback the "
    "wrong one.",
    source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
)
def image_may_change(plan: Plan) -> Iterator[Fault]:
    """Tell of a service whose image is named by a tag that can be written again.

    Bad:
        Images: {Type: AWS::ECR::Repository, Properties: {ImageTagMutability: MUTABLE}}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties: {ContainerDefinitions: [{Image: !Sub "${Images.RepositoryUri}:v1"}]}
        Api: {Type: AWS::ECS::Service, Properties: {TaskDefinition: !Ref Task}}

    Good:
        Images: {Type: AWS::ECR::Repository, Properties: {ImageTagMutability: IMMUTABLE}}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties: {ContainerDefinitions: [{Image: !Sub "${Images.RepositoryUri}:v1"}]}
        Api: {Type: AWS::ECS::Service, Properties: {TaskDefinition: !Ref Task}}
    """
    for service in plan.of(SERVICE) if in_production(plan) else ():
        task = task_of(plan, service)
        inside = maps(task.properties.get("ContainerDefinitions")) if task else []
        for index, container in enumerate(inside):
            what = _changeable(plan, container.get("Image"))
            if task and what:
                yield Fault(
                    task.id,
                    f"ContainerDefinitions.{index}.Image",
                    f"{service.label} runs {what}.",
                    "Name the image by a tag of its own in an immutable repository, or by digest.",
                    "Service(..., mutable_tags=False)",
                    part=service.part,
                )


def _changeable(plan: Plan, image: Any) -> str:
    if isinstance(image, Join | GetAtt | Ref):
        for repository in plan.all_named(image, REPOSITORY):
            said = repository.properties.get("ImageTagMutability", "MUTABLE")
            if said == "MUTABLE" and "@sha256:" not in written(image):
                return f"a tag of {repository.id}, whose tags can be written again"
    text = written(image)
    if not text or "@" in text or "${" in text.rpartition("/")[2].partition(":")[2]:
        return ""
    name, _, tag = text.rpartition("/")[2].partition(":")
    literal = isinstance(image, str) or (
        isinstance(image, Join) and isinstance(image.parts[-1], str)
    )
    return f"{name}:{tag or 'latest'}" if literal and tag in ("", "latest") else ""


@rule(
    "ST736",
    "template-undoes-scaling",
    "warning",
    "deployment",
    why="Each update of the stack sets the number back that scaling had moved, under load too.",
    source=ECS + "service-auto-scaling.html",
)
def template_undoes_scaling(plan: Plan) -> Iterator[Fault]:
    """Tell of a literal number of tasks for a service that scales by itself.

    A parameter can be filled from what runs today; a number that stands in the template is
    set again at every update that touches the service.

    Bad:
        Api: {Type: AWS::ECS::Service, Properties: {DesiredCount: 2}}
        Scaling:
          Type: AWS::ApplicationAutoScaling::ScalableTarget
          Properties: {ResourceId: !Sub "service/c/${Api.Name}", MinCapacity: 2, MaxCapacity: 9}

    Good:
        Api: {Type: AWS::ECS::Service}
        Scaling:
          Type: AWS::ApplicationAutoScaling::ScalableTarget
          Properties: {ResourceId: !Sub "service/c/${Api.Name}", MinCapacity: 2, MaxCapacity: 9}
    """
    for service in plan.of(SERVICE):
        desired, bounds = number(service.properties.get("DesiredCount")), tasks(plan, service)
        if (
            desired is None
            or bounds is None
            or bounds.scaled is None
            or bounds.least == bounds.most
        ):
            continue
        yield Fault(
            service.id,
            "DesiredCount",
            f"It is {desired:g} in the template, and {bounds.scaled.id} moves it between "
            f"{bounds.least} and {bounds.most}.",
            "Leave DesiredCount out, or fill a parameter from the running service.",
        )


@rule(
    "ST737",
    "spot-ends-before-drain",
    "warning",
    "deployment",
    why="Spot takes a task back two minutes after its warning, whatever it still answers.",
    source=ECS + "fargate-capacity-providers.html",
)
def spot_ends_before_drain(plan: Plan) -> Iterator[Fault]:
    """Tell of a service on Spot whose target group lets requests go on for over two minutes.

    Bad:
        Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup}
        Api:
          Type: AWS::ECS::Service
          Properties:
            LoadBalancers: [{TargetGroupArn: !Ref Targets}]
            CapacityProviderStrategy:
            - {CapacityProvider: FARGATE, Base: 1}
            - {CapacityProvider: FARGATE_SPOT, Weight: 1}

    Good:
        Targets:
          Type: AWS::ElasticLoadBalancingV2::TargetGroup
          Properties:
            TargetGroupAttributes: [{Key: deregistration_delay.timeout_seconds, Value: "60"}]
        Api:
          Type: AWS::ECS::Service
          Properties:
            LoadBalancers: [{TargetGroupArn: !Ref Targets}]
            CapacityProviderStrategy:
            - {CapacityProvider: FARGATE, Base: 1}
            - {CapacityProvider: FARGATE_SPOT, Weight: 1}
    """
    for service in plan.of(SERVICE) if in_production(plan) else ():
        strategies = maps(service.properties.get("CapacityProviderStrategy"))
        if not any(each.get("CapacityProvider") == "FARGATE_SPOT" for each in strategies):
            continue
        for group in target_groups(plan, service):
            drain = number(attribute(group, "deregistration_delay.timeout_seconds", "300"))
            if drain is not None and drain > SPOT_NOTICE:
                yield Fault(
                    group.id,
                    "TargetGroupAttributes",
                    f"Requests may go on for {drain:g} seconds after a task is told to leave; "
                    f"Spot ends it after {SPOT_NOTICE}.",
                    "deregistration_delay.timeout_seconds: '90'",
                    "Service(..., drain=90)",
                )
