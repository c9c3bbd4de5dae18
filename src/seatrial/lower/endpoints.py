"""A language model as a real-time endpoint of SageMaker, on GPU instances that AWS runs.

AWS's own serving image (Large Model Inference) loads the model from the
Hugging Face hub, or from a folder in S3. IAM lets callers in: there is no key.
"""

from seatrial.graph import Resource
from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import PARTITION, REGION, URL_SUFFIX, GetAtt, Ref, Value, join
from seatrial.language import LLM
from seatrial.lower.context import Lowering
from seatrial.lower.network import ANYWHERE, NOWHERE

ACCOUNT_OF_IMAGES = "763104351884"
"""AWS's own account (https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html)."""

REPOSITORY = "djl-inference"
TAG = "0.33.0-lmi15.0.0-cu128"
VARIANT = "all"


def lower(lowering: Lowering, llm: LLM) -> None:
    """Add the model, its endpoint, and what it may reach."""
    role = _role(lowering, llm)
    group = lowering.add(
        llm,
        "Group",
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": f"Model {llm.name}",
            "VpcId": Ref("Vpc"),
            "SecurityGroupEgress": [NOWHERE],
        },
    )
    # Under the id that models on instances give it: were it in the group, a change from one to
    # the other would write the same rule twice, and then delete it.
    out = lowering.add(
        llm,
        "Out",
        "AWS::EC2::SecurityGroupEgress",
        {
            "GroupId": group.att("GroupId"),
            "CidrIp": ANYWHERE,
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "Description": "Image, weights and AWS's own services, through NAT",
        },
    )
    model = lowering.add(
        llm,
        "Model",
        "AWS::SageMaker::Model",
        {
            "ExecutionRoleArn": role.att("Arn"),
            "PrimaryContainer": _container(llm),
            "VpcConfig": {
                "Subnets": lowering.private_subnets,
                "SecurityGroupIds": [group.att("GroupId")],
            },
        },
    )
    config = lowering.add(
        llm,
        "EndpointConfig",
        "AWS::SageMaker::EndpointConfig",
        {
            "ProductionVariants": [
                {
                    "VariantName": VARIANT,
                    "ModelName": model.att("ModelName"),
                    "InstanceType": llm.size,
                    "InitialInstanceCount": llm.scale.first,
                    "InitialVariantWeight": 1,
                    "ContainerStartupHealthCheckTimeoutInSeconds": 1800,
                    "ModelDataDownloadTimeoutInSeconds": 1800,
                }
            ]
        },
    )
    lowering.add(
        llm,
        "Endpoint",
        "AWS::SageMaker::Endpoint",
        # Its own count is what autoscaling made of it: an update keeps it.
        {
            "EndpointConfigName": config.att("EndpointConfigName"),
            "RetainAllVariantProperties": None if llm.scale.fixed else True,
        },
        depends_on=(out.id,),
    )
    if not llm.scale.fixed:
        _scaling(lowering, llm)


def _container(llm: LLM) -> Value:
    image = llm.image or join(
        f"{ACCOUNT_OF_IMAGES}.dkr.ecr.", REGION, ".", URL_SUFFIX, f"/{REPOSITORY}:{TAG}"
    )
    stored = llm.model.startswith("s3://")
    source = {
        "S3DataSource": {
            "S3Uri": llm.model,
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        }
    }
    environment = {
        "HF_MODEL_ID": "/opt/ml/model" if stored else llm.model,
        "OPTION_TENSOR_PARALLEL_DEGREE": str(llm.gpus),
    }
    return {"Image": image, "Environment": environment} | (
        {"ModelDataSource": source} if stored else {}
    )


def _role(lowering: Lowering, llm: LLM) -> Resource:
    logs = join("arn:", PARTITION, ":logs:*:*:log-group:/aws/sagemaker/Endpoints/*")
    images = join(
        "arn:", PARTITION, ":ecr:", REGION, f":{ACCOUNT_OF_IMAGES}:repository/{REPOSITORY}"
    )
    statements: list[Value] = [
        _allow("ecr:GetAuthorizationToken", "*"),
        _allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            images,
        ),
        _allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], logs),
        _allow(
            [
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            "*",
        ),
    ]
    if llm.model.startswith("s3://"):
        bucket, _, prefix = llm.model.removeprefix("s3://").partition("/")
        arn = join("arn:", PARTITION, f":s3:::{bucket}")
        listed = {"StringLike": {"s3:prefix": f"{prefix}*"}}
        statements += [
            _allow("s3:GetObject", join(arn, f"/{prefix}*")),
            _allow("s3:ListBucket", arn) | {"Condition": listed},
        ]
    return lowering.add(
        llm,
        "Role",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("sagemaker.amazonaws.com"),
            "Policies": [
                {
                    "PolicyName": "serve",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
                }
            ],
        },
    )


def _scaling(lowering: Lowering, llm: LLM) -> None:
    scale = llm.scale
    target = lowering.add(
        llm,
        "Scaling",
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "ServiceNamespace": "sagemaker",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
            "ResourceId": join(
                "endpoint/",
                GetAtt(lowering.id(llm, "Endpoint"), "EndpointName"),
                f"/variant/{VARIANT}",
            ),
            "MinCapacity": scale.min,
            "MaxCapacity": scale.max,
        },
    )
    lowering.add(
        llm,
        "ScaleByRequests",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "PolicyName": f"{lowering.name}-{llm.name}-requests",
            "PolicyType": "TargetTrackingScaling",
            "ScalingTargetId": target.ref,
            "TargetTrackingScalingPolicyConfiguration": {
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
                },
                "TargetValue": scale.requests,
                "ScaleOutCooldown": scale.out_cooldown,
                "ScaleInCooldown": scale.in_cooldown,
            },
        },
    )


def _allow(actions: str | list[str], resources: Value) -> dict[str, Value]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}
