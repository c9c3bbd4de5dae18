"""Models, images and services that AWS ends, and when."""

from collections.abc import Iterator
from datetime import date

from seatrial.graph.values import Join
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._data import SOON, day, table

LIFECYCLES = "https://docs.aws.amazon.com/general/latest/gr/lifecycle.html"


@rule(
    "ST843",
    "model-ended",
    "error",
    "versions",
    why="Bedrock refuses every request to a model after its end.",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html",
)
def model_ended(plan: Plan) -> Iterator[Fault]:
    """Tell of a Bedrock model that has ended, or ends within 180 days.

    A model is named in a task's environment or in what a role may call.

    Bad:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
            - Environment: [{Name: MODEL, Value: us.anthropic.claude-3-sonnet-20240229-v1:0}]

    Good:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
            - Environment: [{Name: MODEL, Value: us.anthropic.claude-haiku-4-5-20251001-v1:0}]
    """
    known = table("endings")["models"]
    kinds = (
        "AWS::ECS::TaskDefinition",
        "AWS::Lambda::Function",
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
    )
    told: set[str] = set()
    for resource in plan.of(*kinds):
        texts = [each for each in _texts(resource.properties) if "-v" in each]
        for name, ends in known["ends"].items() if texts else ():
            end = date.fromisoformat(ends)
            # Once for each model: the task that calls it comes before the role that lets it.
            if end >= day(plan) + SOON or name in told or not any(f"{name}-v" in t for t in texts):
                continue
            told.add(name)
            yield Fault(
                resource.id,
                "",
                f"{name} {'ended' if end < day(plan) else 'ends'} on Bedrock on {end}: "
                f"{known['page']}",
                "The id of a model that is active, or of its inference profile.",
                "LLM(..., model=...)" if resource.origin else "",
            )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, Join):
        yield written(value)


@rule(
    "ST844",
    "image-ended",
    "error",
    "versions",
    why="Nothing in it is patched any more.",
    source="https://docs.aws.amazon.com/AL2/latest/ug/what-is-amazon-linux.html",
)
def image_ended(plan: Plan) -> Iterator[Fault]:
    """Tell of a machine from an image of an Amazon Linux that has ended, by its public parameter.

    Bad:
        Parameters:
          Image:
            Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
            Default: /aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2
        Resources:
          Machine: {Type: AWS::EC2::Instance, Properties: {ImageId: !Ref Image}}

    Good:
        Parameters:
          Image:
            Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
            Default: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64
        Resources:
          Machine: {Type: AWS::EC2::Instance, Properties: {ImageId: !Ref Image}}
    """
    for resource in plan.of("AWS::EC2::Instance", "AWS::EC2::LaunchTemplate"):
        data = at(resource.properties, "LaunchTemplateData")
        path = "LaunchTemplateData.ImageId" if data else "ImageId"
        image = written(plan.known(at(data or resource.properties, "ImageId")))
        for piece, (ends, following) in table("endings")["machine_images"]["ends"].items():
            if piece in image and date.fromisoformat(ends) < day(plan):
                yield Fault(
                    resource.id,
                    path,
                    f"{image.strip('{}')} has had no updates since {ends}.",
                    f"An image of {following}.",
                )


@rule(
    "ST845",
    "service-ended",
    "error",
    "versions",
    why="AWS has closed the service, or closes it: the resource is not created, or goes.",
    source=LIFECYCLES,
)
def service_ended(plan: Plan) -> Iterator[Fault]:
    """Tell of a resource of a service that AWS has ended, or ends within 180 days.

    Bad:
        Mesh: {Type: AWS::AppMesh::Mesh}

    Good:
        Mesh: {Type: AWS::ServiceDiscovery::HttpNamespace}
    """
    known = table("endings")["services"]["ends"]
    for type_, resources in plan.by_type.items():
        service = "::".join(type_.split("::")[:2]) + "::"
        if service not in known:
            continue
        ends, page, following = known[service]
        if date.fromisoformat(ends) < day(plan) + SOON:
            done = "ended" if date.fromisoformat(ends) < day(plan) else "ends"
            for resource in resources:
                yield Fault(
                    resource.id, "", f"The service {done} on {ends}: {page}", f"Take {following}."
                )


@rule(
    "ST846",
    "closed-way-to-private-bucket",
    "note",
    "versions",
    why="An origin access identity knows neither SSE-KMS nor newer regions; AWS replaced it.",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
    "private-content-restricting-access-to-s3.html",
)
def closed_way_to_private_bucket(plan: Plan) -> Iterator[Fault]:
    """Tell of an origin access identity that a distribution still uses.

    Bad:
        Identity: {Type: AWS::CloudFront::CloudFrontOriginAccessIdentity}
        Site:
          Type: AWS::CloudFront::Distribution
          Properties:
            DistributionConfig:
              Origins:
              - S3OriginConfig:
                  OriginAccessIdentity: !Sub "origin-access-identity/cloudfront/${Identity}"

    Good:
        Control: {Type: AWS::CloudFront::OriginAccessControl}
        Site:
          Type: AWS::CloudFront::Distribution
          Properties:
            DistributionConfig:
              Origins: [{OriginAccessControlId: !GetAtt Control.Id, S3OriginConfig: {}}]
    """
    for identity in plan.of("AWS::CloudFront::CloudFrontOriginAccessIdentity"):
        for user in plan.users.get(identity.id, ()):
            if user.type == "AWS::CloudFront::Distribution":
                yield Fault(
                    user.id,
                    "DistributionConfig.Origins",
                    f"It reads its bucket by {identity.id}, an origin access identity.",
                    "An AWS::CloudFront::OriginAccessControl.",
                )
