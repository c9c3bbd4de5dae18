"""A language model on EC2 instances with GPUs, behind a load balancer inside the network.

AWS's own machine image brings driver and container toolkit; the start script
runs vLLM, which speaks OpenAI's API and asks for a generated key. The group
replaces an instance that does not answer, or that AWS takes back. Weights and
image come over HTTPS through NAT; nothing outside the network comes in.
"""

import shlex

from seatrial.graph import Resource
from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import (
    PARTITION,
    REGION,
    GetAtt,
    Intrinsic,
    Ref,
    Value,
    join,
)
from seatrial.language import LLM
from seatrial.lower import keys
from seatrial.lower.context import GOES_WITH_THE_STACK, Lowering, tagged
from seatrial.lower.network import ANYWHERE

IMAGE = "vllm/vllm-openai:v0.11.0"
MACHINE_IMAGE = (
    "resolve:ssm:/aws/service/deeplearning/ami/x86_64/"
    "base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id"
)
"""Read by EC2 at each launch (https://docs.aws.amazon.com/dlami/latest/devguide/find-dlami-id.html)."""

LOADING = 1800
"""Seconds that an instance is given to fetch image and weights before a check counts."""


def url(lowering: Lowering, llm: LLM) -> Value:
    """Give the address that users call."""
    return join("http://", GetAtt(lowering.id(llm, "Balancer"), "DNSName"), f":{LLM.PORT}/v1")


def lower(lowering: Lowering, llm: LLM) -> None:
    """Add the instances, what they may do, and the address before them."""
    _ways(lowering, llm)
    _address(lowering, llm)
    lowering.add(
        llm,
        "Logs",
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": f"/llm/{lowering.name}/{llm.name}",
            "RetentionInDays": lowering.environment.log_days,
        },
        **GOES_WITH_THE_STACK,
    )
    template = _template(lowering, llm, _profile(lowering, llm))
    _group(lowering, llm, template)


def _secrets(lowering: Lowering, llm: LLM) -> dict[str, str]:
    """Give the variables of the server that hold secrets, with the secrets' ids."""
    found = {"VLLM_API_KEY": keys.identity(lowering, llm, llm.key)}
    if llm.hub_token:
        found["HF_TOKEN"] = lowering.id(llm.hub_token, "Secret")
    return found


def _ways(lowering: Lowering, llm: LLM) -> None:
    """Let the balancer reach the instances, and the instances fetch what they serve."""
    group = GetAtt(lowering.id(llm, "Group"), "GroupId")
    port = {"IpProtocol": "tcp", "FromPort": LLM.PORT, "ToPort": LLM.PORT}
    lowering.add(
        llm,
        "FromItself",
        "AWS::EC2::SecurityGroupIngress",
        {
            "GroupId": group,
            "SourceSecurityGroupId": group,
            **port,
            "Description": "The balancer and its health checks",
        },
    )
    lowering.add(
        llm,
        "ToItself",
        "AWS::EC2::SecurityGroupEgress",
        {
            "GroupId": group,
            "DestinationSecurityGroupId": group,
            **port,
            "Description": "The balancer to the instances",
        },
    )
    lowering.add(
        llm,
        "Out",
        "AWS::EC2::SecurityGroupEgress",
        {
            "GroupId": group,
            "CidrIp": ANYWHERE,
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "Description": "Image, weights and AWS's own services, through NAT",
        },
    )


def _address(lowering: Lowering, llm: LLM) -> None:
    balancer = lowering.add(
        llm,
        "Balancer",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {
            "Type": "network",
            "Scheme": "internal",
            "Subnets": lowering.private_subnets,
            "SecurityGroups": [GetAtt(lowering.id(llm, "Group"), "GroupId")],
            "LoadBalancerAttributes": [
                {"Key": "load_balancing.cross_zone.enabled", "Value": "true"}
            ],
        },
    )
    targets = lowering.add(
        llm,
        "Targets",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        {
            "TargetType": "instance",
            "Protocol": "TCP",
            "Port": LLM.PORT,
            "VpcId": Ref("Vpc"),
            "HealthCheckEnabled": True,
            "HealthCheckProtocol": "HTTP",
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 30,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 3,
        },
    )
    lowering.add(
        llm,
        "Listener",
        "AWS::ElasticLoadBalancingV2::Listener",
        {
            "LoadBalancerArn": balancer.ref,
            "Port": LLM.PORT,
            "Protocol": "TCP",
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": targets.ref}],
        },
    )


def _profile(lowering: Lowering, llm: LLM) -> Value:
    secrets: list[Value] = [Ref(id) for id in _secrets(lowering, llm).values()]
    role = lowering.add(
        llm,
        "Role",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("ec2.amazonaws.com"),
            # Session Manager instead of SSH: no key pair, no open port, every session recorded.
            "ManagedPolicyArns": [
                join("arn:", PARTITION, ":iam::aws:policy/AmazonSSMManagedInstanceCore")
            ],
            "Policies": [
                {
                    "PolicyName": "serve",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": "secretsmanager:GetSecretValue",
                                "Resource": secrets,
                            },
                            {
                                "Effect": "Allow",
                                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                                "Resource": GetAtt(lowering.id(llm, "Logs"), "Arn"),
                            },
                        ],
                    },
                }
            ],
        },
    )
    return lowering.add(llm, "Profile", "AWS::IAM::InstanceProfile", {"Roles": [role.ref]}).att(
        "Arn"
    )


def _script(lowering: Lowering, llm: LLM) -> Value:
    """Give the start script; a secret is fetched by the instance and never stands in it."""
    lines: list[Value] = ["#!/bin/bash\nset -euo pipefail\n"]
    for name, id in _secrets(lowering, llm).items():
        lines += [
            f"export {name}=$(aws secretsmanager get-secret-value --region ",
            REGION,
            " --secret-id ",
            Ref(id),
            " --query SecretString --output text)\n",
        ]
    names = "".join(f" --env {name}" for name in _secrets(lowering, llm))
    lines += [
        f"docker run --detach --name llm --restart always --gpus all --ipc host{names} ",
        f"--publish {LLM.PORT}:8000 --log-driver awslogs --log-opt awslogs-region=",
        REGION,
        " --log-opt awslogs-group=",
        lowering.ref(llm, "Logs"),
        f" {shlex.quote(llm.image or IMAGE)} --model {shlex.quote(llm.model)} ",
        f"--tensor-parallel-size {llm.gpus}\n",
    ]
    return Intrinsic("Fn::Base64", join(*lines))


def _template(lowering: Lowering, llm: LLM, profile: Value) -> Resource:
    return lowering.add(
        llm,
        "Template",
        "AWS::EC2::LaunchTemplate",
        {
            "LaunchTemplateData": {
                "ImageId": MACHINE_IMAGE,
                "InstanceType": llm.size,
                "IamInstanceProfile": {"Arn": profile},
                "SecurityGroupIds": [GetAtt(lowering.id(llm, "Group"), "GroupId")],
                "MetadataOptions": {
                    "HttpTokens": "required",
                    "HttpEndpoint": "enabled",
                    "HttpPutResponseHopLimit": 1,
                },
                "BlockDeviceMappings": [
                    {
                        "DeviceName": "/dev/xvda",
                        "Ebs": {
                            "VolumeSize": llm.storage_gb,
                            "VolumeType": "gp3",
                            "Encrypted": True,
                            "DeleteOnTermination": True,
                        },
                    }
                ],
                "TagSpecifications": [
                    {
                        "ResourceType": "instance",
                        "Tags": tagged(f"{lowering.name}-{llm.name}"),
                    }
                ],
                "UserData": _script(lowering, llm),
            }
        },
    )


def _group(lowering: Lowering, llm: LLM, template: Resource) -> None:
    specification = {
        "LaunchTemplateId": template.ref,
        "Version": template.att("LatestVersionNumber"),
    }
    mixed = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": specification,
            "Overrides": [{"InstanceType": each} for each in (llm.size, *llm.sizes)],
        },
        "InstancesDistribution": {
            "OnDemandBaseCapacity": 0,
            "OnDemandPercentageAboveBaseCapacity": 0,
            "SpotAllocationStrategy": "price-capacity-optimized",
        },
    }
    count = str(llm.scale.min)
    lowering.add(
        llm,
        "Instances",
        "AWS::AutoScaling::AutoScalingGroup",
        {
            "MinSize": count,
            "MaxSize": str(llm.scale.min + 1) if llm.spot else count,
            "DesiredCapacity": count,
            "VPCZoneIdentifier": lowering.private_subnets,
            "LaunchTemplate": None if llm.spot else specification,
            "MixedInstancesPolicy": mixed if llm.spot else None,
            # A replacement is started when AWS announces that it takes an instance back.
            "CapacityRebalance": True if llm.spot else None,
            "TargetGroupARNs": [lowering.ref(llm, "Targets")],
            "HealthCheckType": "ELB",
            "HealthCheckGracePeriod": LOADING,
            "Tags": [
                {
                    "Key": "Name",
                    "Value": f"{lowering.name}-{llm.name}",
                    "PropagateAtLaunch": True,
                }
            ],
        },
        depends_on=tuple(f"PrivateDefaultRoute{zone}" for zone in range(1, lowering.zones + 1)),
    )
