"""Versions, models, images and services that AWS ends, and when."""

from collections.abc import Iterator
from datetime import date, timedelta

from seatrial.graph import Resource
from seatrial.graph.values import Join
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._data import table

SOON = timedelta(days=180)
LIFECYCLES = "https://docs.aws.amazon.com/general/latest/gr/lifecycle.html"
RDS_TYPES = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")


def day(plan: Plan) -> date:
    """Give the day to hold versions against; unsaid, the day of the table."""
    return plan.today or date.fromisoformat(table("lifecycles")["date"])


def versioned(plan: Plan) -> Iterator[tuple[Resource, str, str, str]]:
    """Give what has a version: resource, engine, version, and the property that says it."""
    for each in plan.of(*RDS_TYPES):
        engine = written(each.properties.get("Engine"))
        if not each.properties.get("DBClusterIdentifier"):
            yield each, engine, _text(each, "EngineVersion"), "EngineVersion"
    for each in plan.of("AWS::DocDB::DBCluster"):
        yield each, "docdb", _text(each, "EngineVersion"), "EngineVersion"
    for each in plan.of("AWS::ElastiCache::ReplicationGroup", "AWS::ElastiCache::CacheCluster"):
        yield (
            each,
            written(each.properties.get("Engine")),
            _text(each, "EngineVersion"),
            "EngineVersion",
        )
    for each in plan.of("AWS::MSK::Cluster"):
        yield each, "kafka", _text(each, "KafkaVersion"), "KafkaVersion"
    for each in plan.of("AWS::OpenSearchService::Domain"):
        said = _text(each, "EngineVersion")
        if said.startswith("OpenSearch_"):
            yield each, "opensearch", said.removeprefix("OpenSearch_"), "EngineVersion"
    for each in plan.of("AWS::Lambda::Function"):
        yield each, "lambda", _text(each, "Runtime"), "Runtime"


def _text(resource: Resource, name: str) -> str:
    given = resource.properties.get(name)
    return str(given) if isinstance(given, int | float) else written(given)


def end_of(engine: str, version: str) -> tuple[date, str, str] | None:
    """Give the end of a version's standard support, what then happens, and AWS's page."""
    known = table("lifecycles")["engines"].get(engine)
    if known is None or not version:
        return None
    ends, pieces = known["ends"], version.split(".")
    whole = [version] if engine == "lambda" else []
    for name in whole or [".".join(pieces[:count]) for count in range(len(pieces), 0, -1)]:
        if name in ends:
            return date.fromisoformat(ends[name]), known["then"], known["page"]
    return None


@rule(
    "ST841",
    "version-ended",
    "error",
    "versions",
    why="AWS mends nothing in it any more, bills it as extended support, or upgrades it by itself.",
    source=LIFECYCLES,
)
def version_ended(plan: Plan) -> Iterator[Fault]:
    """Tell of an engine or a runtime whose standard support has ended.

    Bad:
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, EngineVersion: "12.22"}}

    Good:
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, EngineVersion: "17.5"}}
    """
    for resource, engine, version, path in versioned(plan):
        end = end_of(engine, version)
        if end is not None and end[0] < day(plan):
            yield Fault(
                resource.id,
                path,
                f"Standard support of {engine} {version} ended on {end[0]}; {end[1]}: {end[2]}",
                f"A newer {path}.",
                "A newer version=..." if resource.origin else "",
            )


@rule(
    "ST842",
    "version-ends-soon",
    "warning",
    "versions",
    why="A major version wants time to be tried before AWS's date.",
    source=LIFECYCLES,
)
def version_ends_soon(plan: Plan) -> Iterator[Fault]:
    """Tell of an engine or a runtime whose standard support ends within 180 days.

    Bad:
        Cache:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {Engine: redis, EngineVersion: "6.2"}

    Good:
        Cache:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {Engine: redis, EngineVersion: "7.1"}
    """
    for resource, engine, version, path in versioned(plan):
        end = end_of(engine, version)
        if end is not None and day(plan) <= end[0] < day(plan) + SOON:
            yield Fault(
                resource.id,
                path,
                f"Standard support of {engine} {version} ends on {end[0]}; then {end[1]}: {end[2]}",
                f"A newer {path}, before that day.",
                "A newer version=..." if resource.origin else "",
            )


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
    why="An origin access identity knows neither SSE-KMS nor the newer regions; AWS has replaced it.",
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
