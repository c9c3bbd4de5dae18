"""Which module a resource goes to.

Takes a resource type, gives the tier: network, data, services, edge,
observability or delivery. It looks at nothing else, so that the same type is
always found in the same folder.
"""

from seatrial.graph import Resource
from seatrial.mistake import Mistake

TIERS = {
    "network": "VPC, subnets, routes, access lists, security groups, endpoints and VPN",
    "data": "Databases, caches, streams, queues, buckets, keys, secrets and backups",
    "services": "Containers, functions, machines, their roles and their scaling",
    "edge": "Load balancing, content delivery, firewall, certificates and names",
    "observability": "Logs, metrics, alarms, dashboards, audit and budgets",
    "delivery": "Builds, deployments and pipelines",
}
SERVICES = {
    "network": "EC2",
    "data": """Backup DocDB DynamoDB EFS ElastiCache KMS Kinesis KinesisFirehose MSK
        OpenSearchServerless OpenSearchService RDS ResilienceHub S3 SQS SecretsManager""",
    "services": """ApplicationAutoScaling AutoScaling Bedrock ECR ECS Events IAM Lambda SES SSM
        SageMaker Scheduler ServiceDiscovery StepFunctions""",
    "edge": """ARCRegionSwitch CertificateManager CloudFront Cognito ElasticLoadBalancingV2
        Route53 WAFv2""",
    "observability": """Budgets CE CloudTrail CloudWatch GuardDuty Logs ResourceGroups SNS
        Synthetics XRay""",
    "delivery": "CodeBuild CodeConnections CodeDeploy CodePipeline ImageBuilder",
}
BY_SERVICE = {name: tier for tier, names in SERVICES.items() for name in names.split()}
# Machines belong to the services that run on them, although EC2 holds the network too.
BY_TYPE = {
    "Custom::MskBootstrapBrokers": "data",
    "AWS::EC2::EIPAssociation": "services",
    "AWS::EC2::Instance": "services",
    "AWS::EC2::LaunchTemplate": "services",
    "AWS::EC2::Volume": "data",
}


def tier_of(resource: Resource) -> str:
    """Give the tier of a resource; a service that is in none is a mistake."""
    service = resource.type.split("::")[1] if resource.type.count("::") == 2 else ""
    tier = BY_TYPE.get(resource.type) or BY_SERVICE.get(service)
    if tier is None:
        raise Mistake(
            f"{resource.id}: no Terraform module takes {resource.type}",
            resource.origin.place if resource.origin else None,
        )
    return tier
