"""The seed system `fastapi-app`, production, as a troposphere user writes it.

Takes nothing, prints the CloudFormation template as JSON. It holds what
Seatrial's own template for the system holds, so that the two can be timed
beside each other. troposphere checks names, types and required properties
while the template is built and printed; that is left on.
"""

import json

from troposphere import (
    AccountId,
    GetAtt,
    GetAZs,
    Join,
    Output,
    Parameter,
    Partition,
    Ref,
    Region,
    Select,
    Sub,
    Tags,
    Template,
)
from troposphere.applicationautoscaling import (
    PredefinedMetricSpecification,
    ScalableTarget,
    ScalingPolicy,
    TargetTrackingScalingPolicyConfiguration,
)
from troposphere.certificatemanager import Certificate as IssuedCertificate
from troposphere.certificatemanager import DomainValidationOption
from troposphere.cloudtrail import Trail
from troposphere.cloudwatch import Alarm, Dashboard, MetricDimension
from troposphere.ec2 import (
    EIP,
    VPC,
    InternetGateway,
    NatGateway,
    NetworkAcl,
    NetworkAclEntry,
    PortRange,
    Route,
    RouteTable,
    SecurityGroup,
    SecurityGroupEgress,
    SecurityGroupIngress,
    SecurityGroupRule,
    Subnet,
    SubnetNetworkAclAssociation,
    SubnetRouteTableAssociation,
    VPCEndpoint,
    VPCGatewayAttachment,
)
from troposphere.ecr import (
    EncryptionConfiguration,
    ImageScanningConfiguration,
    LifecyclePolicy,
    Repository,
)
from troposphere.ecs import (
    AwsvpcConfiguration,
    CapacityProviderStrategy,
    CapacityProviderStrategyItem,
    Cluster,
    ClusterCapacityProviderAssociations,
    ClusterSetting,
    ContainerDefinition,
    DeploymentCircuitBreaker,
    DeploymentConfiguration,
    Environment,
    HealthCheck,
    LinuxParameters,
    LoadBalancer,
    LogConfiguration,
    MountPoint,
    NetworkConfiguration,
    PortMapping,
    RuntimePlatform,
    Secret,
    Service,
    TaskDefinition,
    Volume,
)
from troposphere.elasticloadbalancingv2 import (
    Action,
    Certificate,
    Listener,
    LoadBalancerAttributes,
    Matcher,
    RedirectConfig,
    TargetGroup,
    TargetGroupAttribute,
)
from troposphere.elasticloadbalancingv2 import LoadBalancer as ApplicationLoadBalancer
from troposphere.iam import Policy, Role
from troposphere.logs import LogGroup, MetricFilter, MetricTransformation
from troposphere.rds import DBInstance, DBParameterGroup, DBSubnetGroup
from troposphere.route53 import AliasTarget, RecordSetType
from troposphere.s3 import (
    AbortIncompleteMultipartUpload,
    Bucket,
    BucketEncryption,
    BucketPolicy,
    LifecycleConfiguration,
    LifecycleRule,
    OwnershipControls,
    OwnershipControlsRule,
    PublicAccessBlockConfiguration,
    ServerSideEncryptionByDefault,
    ServerSideEncryptionRule,
    VersioningConfiguration,
)
from troposphere.secretsmanager import (
    GenerateSecretString,
    SecretTargetAttachment,
)
from troposphere.secretsmanager import Secret as StoredSecret
from troposphere.sns import Subscription, Topic, TopicPolicy

NAME = "fastapi-app-production"
DOMAIN = "api.example.com"
ANYWHERE = "0.0.0.0/0"
PORT = 8000
DATABASE_PORT = 5432
ZONES = 2

template = Template()
template.set_version("2010-09-09")
template.set_description("fastapi-app, production: written with troposphere")
add = template.add_resource

image_tag = template.add_parameter(
    Parameter("ImageTag", Type="String", Description="Tag of the image to run")
)
desired_count = template.add_parameter(
    Parameter("ApiDesiredCount", Type="Number", Description="Tasks of api now", Default=2)
)
zone_id = template.add_parameter(
    Parameter(
        "HostedZoneId",
        Type="AWS::Route53::HostedZone::Id",
        Description="The Route 53 hosted zone of example.com",
    )
)


def named(name):
    return Tags(Name=name)


def trusted(service):
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": AccountId}},
            }
        ],
    }


# Network ---------------------------------------------------------------------

vpc = add(
    VPC(
        "Vpc",
        CidrBlock="10.0.0.0/16",
        EnableDnsSupport=True,
        EnableDnsHostnames=True,
        Tags=named(NAME),
    )
)
internet = add(InternetGateway("InternetGateway", Tags=named(NAME)))
attachment = add(
    VPCGatewayAttachment(
        "InternetGatewayAttachment", VpcId=Ref(vpc), InternetGatewayId=Ref(internet)
    )
)
public_routes = add(RouteTable("PublicRouteTable", VpcId=Ref(vpc), Tags=named(f"{NAME}-public")))
add(
    Route(
        "PublicDefaultRoute",
        RouteTableId=Ref(public_routes),
        DestinationCidrBlock=ANYWHERE,
        GatewayId=Ref(internet),
        DependsOn=attachment.title,
    )
)

public_subnets, private_subnets, private_tables = [], [], []
for zone in range(1, ZONES + 1):
    public = add(
        Subnet(
            f"PublicSubnet{zone}",
            VpcId=Ref(vpc),
            CidrBlock=f"10.0.{zone}.0/24",
            AvailabilityZone=Select(zone - 1, GetAZs("")),
            Tags=named(f"{NAME}-public-{zone}"),
        )
    )
    add(
        SubnetRouteTableAssociation(
            f"PublicSubnet{zone}Routes", SubnetId=Ref(public), RouteTableId=Ref(public_routes)
        )
    )
    address = add(
        EIP(
            f"NatAddress{zone}",
            Domain="vpc",
            Tags=named(f"{NAME}-nat-{zone}"),
            DependsOn=attachment.title,
        )
    )
    gateway = add(
        NatGateway(
            f"NatGateway{zone}",
            AllocationId=GetAtt(address, "AllocationId"),
            SubnetId=Ref(public),
            Tags=named(f"{NAME}-{zone}"),
            DependsOn=attachment.title,
        )
    )
    private = add(
        Subnet(
            f"PrivateSubnet{zone}",
            VpcId=Ref(vpc),
            CidrBlock=f"10.0.{10 + zone}.0/24",
            AvailabilityZone=Select(zone - 1, GetAZs("")),
            Tags=named(f"{NAME}-private-{zone}"),
        )
    )
    table = add(
        RouteTable(f"PrivateRouteTable{zone}", VpcId=Ref(vpc), Tags=named(f"{NAME}-private-{zone}"))
    )
    add(
        SubnetRouteTableAssociation(
            f"PrivateSubnet{zone}Routes", SubnetId=Ref(private), RouteTableId=Ref(table)
        )
    )
    add(
        Route(
            f"PrivateDefaultRoute{zone}",
            RouteTableId=Ref(table),
            DestinationCidrBlock=ANYWHERE,
            NatGatewayId=Ref(gateway),
        )
    )
    public_subnets.append(public)
    private_subnets.append(private)
    private_tables.append(table)

add(
    VPCEndpoint(
        "S3Endpoint",
        VpcId=Ref(vpc),
        ServiceName=Sub("com.amazonaws.${AWS::Region}.s3"),
        VpcEndpointType="Gateway",
        RouteTableIds=[Ref(each) for each in private_tables],
    )
)

# Network ACLs keep no state: answers come back on ephemeral ports.
for kind, subnets, open_ports in (
    ("Public", public_subnets, ((1024, 65535), (80, 80), (443, 443))),
    ("Private", private_subnets, ((1024, 65535),)),
):
    acl = add(NetworkAcl(f"{kind}Acl", VpcId=Ref(vpc), Tags=named(f"{NAME}-{kind.lower()}")))
    add(
        NetworkAclEntry(
            f"{kind}AclFromVpc",
            NetworkAclId=Ref(acl),
            RuleNumber=100,
            Protocol=-1,
            RuleAction="allow",
            CidrBlock="10.0.0.0/16",
        )
    )
    for position, (low, high) in enumerate(open_ports):
        add(
            NetworkAclEntry(
                f"{kind}AclIn{low}",
                NetworkAclId=Ref(acl),
                RuleNumber=110 + 10 * position,
                Protocol=6,
                RuleAction="allow",
                CidrBlock=ANYWHERE,
                PortRange=PortRange(From=low, To=high),
            )
        )
    add(
        NetworkAclEntry(
            f"{kind}AclOut",
            NetworkAclId=Ref(acl),
            RuleNumber=100,
            Egress=True,
            Protocol=-1,
            RuleAction="allow",
            CidrBlock=ANYWHERE,
        )
    )
    for zone, subnet in enumerate(subnets, start=1):
        add(
            SubnetNetworkAclAssociation(
                f"{kind}Subnet{zone}Acl", SubnetId=Ref(subnet), NetworkAclId=Ref(acl)
            )
        )

# Security groups -------------------------------------------------------------

nowhere = SecurityGroupRule(
    CidrIp="255.255.255.255/32",
    IpProtocol="icmp",
    FromPort=252,
    ToPort=86,
    Description="Nothing goes out",
)
balancer_group = add(
    SecurityGroup(
        "LoadBalancerGroup",
        GroupDescription="Load balancer",
        VpcId=Ref(vpc),
        SecurityGroupIngress=[
            SecurityGroupRule(
                CidrIp=ANYWHERE,
                IpProtocol="tcp",
                FromPort=port,
                ToPort=port,
                Description=f"The internet, port {port}",
            )
            for port in (80, 443)
        ],
        SecurityGroupEgress=[nowhere],
    )
)
task_groups = {
    part: add(
        SecurityGroup(
            f"{part}Group",
            GroupDescription=f"Tasks of {part.lower()}",
            VpcId=Ref(vpc),
            SecurityGroupEgress=[
                SecurityGroupRule(
                    CidrIp=ANYWHERE,
                    IpProtocol="-1",
                    Description="AWS's own services, and the internet through NAT",
                )
            ],
        )
    )
    for part in ("Api", "Migrate")
}
task_group = task_groups["Api"]
database_group = add(
    SecurityGroup(
        "DbGroup",
        GroupDescription="Database db",
        VpcId=Ref(vpc),
        SecurityGroupEgress=[nowhere],
    )
)
add(
    SecurityGroupEgress(
        "ApiFromLoadBalancerOut",
        GroupId=GetAtt(balancer_group, "GroupId"),
        DestinationSecurityGroupId=GetAtt(task_group, "GroupId"),
        IpProtocol="tcp",
        FromPort=PORT,
        ToPort=PORT,
        Description="To api",
    )
)
add(
    SecurityGroupIngress(
        "ApiFromLoadBalancer",
        GroupId=GetAtt(task_group, "GroupId"),
        SourceSecurityGroupId=GetAtt(balancer_group, "GroupId"),
        IpProtocol="tcp",
        FromPort=PORT,
        ToPort=PORT,
        Description="From the load balancer",
    )
)
for part, group in task_groups.items():
    add(
        SecurityGroupIngress(
            f"DbFrom{part}",
            GroupId=GetAtt(database_group, "GroupId"),
            SourceSecurityGroupId=GetAtt(group, "GroupId"),
            IpProtocol="tcp",
            FromPort=DATABASE_PORT,
            ToPort=DATABASE_PORT,
            Description=f"From {part.lower()}",
        )
    )

# The account's log -----------------------------------

bucket = add(
    Bucket(
        "TrailBucket",
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
        BucketEncryption=BucketEncryption(
            ServerSideEncryptionConfiguration=[
                ServerSideEncryptionRule(
                    ServerSideEncryptionByDefault=ServerSideEncryptionByDefault(
                        SSEAlgorithm="AES256"
                    )
                )
            ]
        ),
        PublicAccessBlockConfiguration=PublicAccessBlockConfiguration(
            BlockPublicAcls=True,
            BlockPublicPolicy=True,
            IgnorePublicAcls=True,
            RestrictPublicBuckets=True,
        ),
        OwnershipControls=OwnershipControls(
            Rules=[OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
        ),
        VersioningConfiguration=VersioningConfiguration(Status="Enabled"),
        LifecycleConfiguration=LifecycleConfiguration(
            Rules=[
                LifecycleRule(
                    Id="old-logs",
                    Status="Enabled",
                    ExpirationInDays=90,
                    NoncurrentVersionExpirationInDays=7,
                    AbortIncompleteMultipartUpload=AbortIncompleteMultipartUpload(
                        DaysAfterInitiation=7
                    ),
                )
            ]
        ),
    )
)
trail_arn = Join("", ["arn:", Partition, ":cloudtrail:", Region, ":", AccountId, f":trail/{NAME}"])
bucket_policy = add(
    BucketPolicy(
        "TrailBucketPolicy",
        Bucket=Ref(bucket),
        PolicyDocument={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "OnlyTls",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [GetAtt(bucket, "Arn"), Sub("${TrailBucket.Arn}/*")],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
                {
                    "Sid": "TrailLooks",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "s3:GetBucketAcl",
                    "Resource": GetAtt(bucket, "Arn"),
                    "Condition": {"StringEquals": {"aws:SourceArn": trail_arn}},
                },
                {
                    "Sid": "TrailWrites",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": Sub("${TrailBucket.Arn}/AWSLogs/${AWS::AccountId}/*"),
                    "Condition": {
                        "StringEquals": {
                            "aws:SourceArn": trail_arn,
                            "s3:x-amz-acl": "bucket-owner-full-control",
                        }
                    },
                },
            ],
        },
    )
)
add(
    Trail(
        "Trail",
        TrailName=NAME,
        S3BucketName=Ref(bucket),
        IsLogging=True,
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
        DependsOn=bucket_policy.title,
    )
)

# Load balancer ---------------------------------------------------------------

balancer = add(
    ApplicationLoadBalancer(
        "LoadBalancer",
        Name=NAME,
        Type="application",
        Scheme="internet-facing",
        Subnets=[Ref(each) for each in public_subnets],
        SecurityGroups=[GetAtt(balancer_group, "GroupId")],
        LoadBalancerAttributes=[
            LoadBalancerAttributes(Key=key, Value=value)
            for key, value in (
                ("idle_timeout.timeout_seconds", "60"),
                ("routing.http.drop_invalid_header_fields.enabled", "true"),
                ("deletion_protection.enabled", "true"),
            )
        ],
        DependsOn=attachment.title,
    )
)
targets = add(
    TargetGroup(
        "ApiTargets",
        VpcId=Ref(vpc),
        TargetType="ip",
        Protocol="HTTP",
        Port=PORT,
        HealthCheckPath="/healthz",
        HealthCheckProtocol="HTTP",
        HealthCheckIntervalSeconds=30,
        HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
        Matcher=Matcher(HttpCode="200"),
        TargetGroupAttributes=[
            TargetGroupAttribute(Key="deregistration_delay.timeout_seconds", Value="30"),
            TargetGroupAttribute(
                Key="load_balancing.cross_zone.enabled", Value="use_load_balancer_configuration"
            ),
        ],
    )
)
add(
    Listener(
        "HttpListener",
        LoadBalancerArn=Ref(balancer),
        Port=80,
        Protocol="HTTP",
        DefaultActions=[
            Action(
                Type="redirect",
                RedirectConfig=RedirectConfig(Protocol="HTTPS", Port="443", StatusCode="HTTP_301"),
            )
        ],
    )
)
certificate = add(
    IssuedCertificate(
        "Certificate",
        DomainName=DOMAIN,
        ValidationMethod="DNS",
        DomainValidationOptions=[
            DomainValidationOption(DomainName=DOMAIN, HostedZoneId=Ref(zone_id))
        ],
    )
)
add(
    RecordSetType(
        "DomainRecord",
        HostedZoneId=Ref(zone_id),
        Name=f"{DOMAIN}.",
        Type="A",
        AliasTarget=AliasTarget(
            DNSName=GetAtt(balancer, "DNSName"),
            HostedZoneId=GetAtt(balancer, "CanonicalHostedZoneID"),
            EvaluateTargetHealth=True,
        ),
    )
)
https = add(
    Listener(
        "HttpsListener",
        LoadBalancerArn=Ref(balancer),
        Port=443,
        Protocol="HTTPS",
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[Certificate(CertificateArn=Ref(certificate))],
        DefaultActions=[Action(Type="forward", TargetGroupArn=Ref(targets))],
    )
)

# Database and its secrets ----------------------------------------------------

jwt = add(
    StoredSecret(
        "JwtSecret",
        Name=f"{NAME}/jwt",
        Description="What api signs its tokens with",
        GenerateSecretString=GenerateSecretString(PasswordLength=48, ExcludePunctuation=True),
    )
)
credentials = add(
    StoredSecret(
        "DbCredentials",
        Name=f"{NAME}/db",
        Description="User, password, host, port and name of db",
        GenerateSecretString=GenerateSecretString(
            SecretStringTemplate='{"username": "app"}',
            GenerateStringKey="password",
            PasswordLength=32,
            ExcludePunctuation=True,
        ),
    )
)


def resolved(key):
    return Join("", ["{{resolve:secretsmanager:", Ref(credentials), f":SecretString:{key}}}}}"])


subnet_group = add(
    DBSubnetGroup(
        "DbSubnets",
        DBSubnetGroupDescription="Private subnets for db",
        SubnetIds=[Ref(each) for each in private_subnets],
    )
)
parameters = add(
    DBParameterGroup(
        "DbParameters",
        Family="postgres15",
        Description="Parameters of db",
        Parameters={"rds.force_ssl": "1"},
    )
)
database = add(
    DBInstance(
        "DbInstance",
        DBInstanceIdentifier=f"{NAME}-db",
        Engine="postgres",
        EngineVersion="15.19",
        DBInstanceClass="db.t3.small",
        DBName="app",
        MasterUsername=resolved("username"),
        MasterUserPassword=resolved("password"),
        Port=DATABASE_PORT,
        AllocatedStorage="20",
        MaxAllocatedStorage=100,
        StorageType="gp3",
        StorageEncrypted=True,
        MultiAZ=True,
        DBSubnetGroupName=Ref(subnet_group),
        DBParameterGroupName=Ref(parameters),
        VPCSecurityGroups=[GetAtt(database_group, "GroupId")],
        PubliclyAccessible=False,
        BackupRetentionPeriod=7,
        PreferredBackupWindow="03:00-04:00",
        PreferredMaintenanceWindow="Sun:04:30-Sun:05:30",
        AutomaticBackupReplicationRegion="us-west-2",
        AutomaticBackupReplicationKmsKeyId=Sub(
            "arn:${AWS::Partition}:kms:us-west-2:${AWS::AccountId}:alias/aws/rds"
        ),
        CopyTagsToSnapshot=True,
        DeleteAutomatedBackups=False,
        AutoMinorVersionUpgrade=True,
        EnableCloudwatchLogsExports=["postgresql", "upgrade"],
        EnablePerformanceInsights=True,
        PerformanceInsightsRetentionPeriod=7,
        DeletionProtection=True,
        CACertificateIdentifier="rds-ca-rsa2048-g1",
        DeletionPolicy="Snapshot",
        UpdateReplacePolicy="Snapshot",
    )
)
add(
    SecretTargetAttachment(
        "DbCredentialsAttachment",
        SecretId=Ref(credentials),
        TargetId=Ref(database),
        TargetType="AWS::RDS::DBInstance",
    )
)
url = add(
    StoredSecret(
        "DbUrl",
        Name=f"{NAME}/db-url",
        Description="Connection URL of db",
        SecretString=Join(
            "",
            [
                "postgresql://",
                resolved("username"),
                ":",
                resolved("password"),
                "@",
                GetAtt(database, "Endpoint.Address"),
                ":",
                GetAtt(database, "Endpoint.Port"),
                "/app?sslmode=verify-full",
            ],
        ),
    )
)

# Image, roles, tasks ---------------------------------------------------------

repository = add(
    Repository(
        "ApiRepository",
        RepositoryName=f"{NAME}/api",
        ImageScanningConfiguration=ImageScanningConfiguration(ScanOnPush=True),
        ImageTagMutability="IMMUTABLE",
        EncryptionConfiguration=EncryptionConfiguration(EncryptionType="AES256"),
        LifecyclePolicy=LifecyclePolicy(
            LifecyclePolicyText=json.dumps(
                {
                    "rules": [
                        {
                            "rulePriority": 1,
                            "description": "Keep the last 10 tagged images",
                            "selection": {
                                "tagStatus": "tagged",
                                "tagPatternList": ["*"],
                                "countType": "imageCountMoreThan",
                                "countNumber": 10,
                            },
                            "action": {"type": "expire"},
                        }
                    ]
                }
            )
        ),
    )
)
logs = add(
    LogGroup(
        "ApiLogs",
        LogGroupName=f"/ecs/{NAME}",
        RetentionInDays=30,
        DeletionPolicy="Delete",
        UpdateReplacePolicy="Delete",
    )
)
cluster = add(
    Cluster(
        "Cluster",
        ClusterName=NAME,
        ClusterSettings=[ClusterSetting(Name="containerInsights", Value="enabled")],
    )
)
providers = add(
    ClusterCapacityProviderAssociations(
        "ClusterCapacity",
        Cluster=Ref(cluster),
        CapacityProviders=["FARGATE", "FARGATE_SPOT"],
        DefaultCapacityProviderStrategy=[
            CapacityProviderStrategy(CapacityProvider="FARGATE", Weight=1)
        ],
    )
)
READ_BY = {"Api": [credentials, url, jwt], "Migrate": [credentials, url]}


def task_definition(part, cpu, memory, container):
    """Add a program's two roles and its task definition."""
    execution_role = add(
        Role(
            f"{part}ExecutionRole",
            AssumeRolePolicyDocument=trusted("ecs-tasks.amazonaws.com"),
            Policies=[
                Policy(
                    PolicyName="start",
                    PolicyDocument={
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": "ecr:GetAuthorizationToken",
                                "Resource": "*",
                            },
                            {
                                "Effect": "Allow",
                                "Action": [
                                    "ecr:BatchCheckLayerAvailability",
                                    "ecr:BatchGetImage",
                                    "ecr:GetDownloadUrlForLayer",
                                ],
                                "Resource": GetAtt(repository, "Arn"),
                            },
                            {
                                "Effect": "Allow",
                                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                                "Resource": GetAtt(logs, "Arn"),
                            },
                            {
                                "Effect": "Allow",
                                "Action": "secretsmanager:GetSecretValue",
                                "Resource": [Ref(each) for each in READ_BY[part]],
                            },
                        ],
                    },
                )
            ],
        )
    )
    task_role = add(
        Role(f"{part}TaskRole", AssumeRolePolicyDocument=trusted("ecs-tasks.amazonaws.com"))
    )
    return add(
        TaskDefinition(
            f"{part}Task",
            Family=f"{NAME}-{part.lower()}",
            Cpu=str(cpu),
            Memory=str(memory),
            NetworkMode="awsvpc",
            RequiresCompatibilities=["FARGATE"],
            RuntimePlatform=RuntimePlatform(
                OperatingSystemFamily="LINUX", CpuArchitecture="X86_64"
            ),
            ExecutionRoleArn=GetAtt(execution_role, "Arn"),
            TaskRoleArn=GetAtt(task_role, "Arn"),
            Volumes=[Volume(Name="tmp")],
            ContainerDefinitions=[
                ContainerDefinition(
                    Name=part.lower(),
                    Essential=True,
                    Image=Join(":", [GetAtt(repository, "RepositoryUri"), Ref(image_tag)]),
                    ReadonlyRootFilesystem=True,
                    MountPoints=[
                        MountPoint(SourceVolume="tmp", ContainerPath="/tmp", ReadOnly=False)
                    ],
                    LinuxParameters=LinuxParameters(InitProcessEnabled=True),
                    LogConfiguration=LogConfiguration(
                        LogDriver="awslogs",
                        Options={
                            "awslogs-group": Ref(logs),
                            "awslogs-region": Region,
                            "awslogs-stream-prefix": part.lower(),
                        },
                    ),
                    **container,
                )
            ],
        )
    )


database_secrets = [
    Secret(Name="DATABASE_URL", ValueFrom=Ref(url)),
    *(
        Secret(Name=name, ValueFrom=Join("", [Ref(credentials), f":{key}::"]))
        for name, key in (
            ("PGDATABASE", "dbname"),
            ("PGHOST", "host"),
            ("PGPASSWORD", "password"),
            ("PGPORT", "port"),
            ("PGUSER", "username"),
        )
    ),
]
task_definition(
    "Migrate",
    256,
    512,
    {
        "Command": ["alembic", "upgrade", "head"],
        "Environment": [Environment(Name="PGSSLMODE", Value="verify-full")],
        "Secrets": database_secrets,
    },
)
task = task_definition(
    "Api",
    512,
    1024,
    {
        "Command": [
            *("uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", str(PORT)),
            *("--timeout-keep-alive", "75"),
        ],
        "Environment": [
            Environment(Name="HOST", Value="0.0.0.0"),
            Environment(Name="PGSSLMODE", Value="verify-full"),
            Environment(Name="PORT", Value=str(PORT)),
        ],
        "Secrets": [*database_secrets, Secret(Name="JWT_SECRET", ValueFrom=Ref(jwt))],
        "PortMappings": [PortMapping(ContainerPort=PORT, Protocol="tcp")],
        "StopTimeout": 30,
        "HealthCheck": HealthCheck(
            Command=[
                *("CMD", "python", "-c"),
                f"import urllib.request as r;r.urlopen('http://127.0.0.1:{PORT}/healthz',timeout=5)",
            ],
            Interval=30,
            Timeout=5,
            Retries=3,
            StartPeriod=60,
        ),
    },
)
service = add(
    Service(
        "ApiService",
        ServiceName=f"{NAME}-api",
        Cluster=Ref(cluster),
        TaskDefinition=Ref(task),
        DesiredCount=Ref(desired_count),
        PlatformVersion="LATEST",
        CapacityProviderStrategy=[
            CapacityProviderStrategyItem(CapacityProvider="FARGATE", Weight=1)
        ],
        DeploymentConfiguration=DeploymentConfiguration(
            MinimumHealthyPercent=100,
            MaximumPercent=200,
            DeploymentCircuitBreaker=DeploymentCircuitBreaker(Enable=True, Rollback=True),
        ),
        AvailabilityZoneRebalancing="ENABLED",
        HealthCheckGracePeriodSeconds=60,
        NetworkConfiguration=NetworkConfiguration(
            AwsvpcConfiguration=AwsvpcConfiguration(
                AssignPublicIp="DISABLED",
                Subnets=[Ref(each) for each in private_subnets],
                SecurityGroups=[GetAtt(task_group, "GroupId")],
            )
        ),
        LoadBalancers=[
            LoadBalancer(ContainerName="api", ContainerPort=PORT, TargetGroupArn=Ref(targets))
        ],
        DependsOn=[https.title, providers.title],
    )
)
scaling = add(
    ScalableTarget(
        "ApiScaling",
        ServiceNamespace="ecs",
        ScalableDimension="ecs:service:DesiredCount",
        ResourceId=Join("/", ["service", Ref(cluster), GetAtt(service, "Name")]),
        MinCapacity=2,
        MaxCapacity=6,
    )
)
for kind, metric, target in (
    ("Cpu", "ECSServiceAverageCPUUtilization", 70),
    ("Memory", "ECSServiceAverageMemoryUtilization", 80),
):
    add(
        ScalingPolicy(
            f"Api{kind}Policy",
            PolicyName=f"{NAME}-api-{kind.lower()}",
            PolicyType="TargetTrackingScaling",
            ScalingTargetId=Ref(scaling),
            TargetTrackingScalingPolicyConfiguration=TargetTrackingScalingPolicyConfiguration(
                PredefinedMetricSpecification=PredefinedMetricSpecification(
                    PredefinedMetricType=metric
                ),
                TargetValue=float(target),
                ScaleOutCooldown=60,
                ScaleInCooldown=300,
            ),
        )
    )

# Watching --------------------------------------------------------------------

topic = add(
    Topic(
        "Alerts",
        TopicName=f"{NAME}-alerts",
        Subscription=[Subscription(Protocol="email", Endpoint="ops@example.com")],
    )
)
add(
    TopicPolicy(
        "AlertsPolicy",
        Topics=[Ref(topic)],
        PolicyDocument={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudwatch.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": Ref(topic),
                    "Condition": {"StringEquals": {"aws:SourceAccount": AccountId}},
                }
            ],
        },
    )
)
add(
    MetricFilter(
        "ApiConnectionErrors",
        LogGroupName=Ref(logs),
        FilterPattern='{ $.event = "database_connection_error" }',
        MetricTransformations=[
            MetricTransformation(
                MetricNamespace=NAME,
                MetricName="DatabaseConnectionErrors",
                MetricValue="1",
                DefaultValue=0,
            )
        ],
    )
)
OF_SERVICE = {"ClusterName": Ref(cluster), "ServiceName": GetAtt(service, "Name")}
OF_BALANCER = {"LoadBalancer": GetAtt(balancer, "LoadBalancerFullName")}
OF_TARGETS = {**OF_BALANCER, "TargetGroup": GetAtt(targets, "TargetGroupFullName")}
for title, space, metric, of, statistic, threshold, meaning in (
    ("ApiCpu", "AWS/ECS", "CPUUtilization", OF_SERVICE, "Average", 80, "CPU over 80 percent"),
    ("ApiMemory", "AWS/ECS", "MemoryUtilization", OF_SERVICE, "Average", 90, "memory over 90"),
    ("ApiUnhealthy", "AWS/ApplicationELB", "UnHealthyHostCount", OF_TARGETS, "Maximum", 0, "sick"),
    ("Api5xx", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", OF_TARGETS, "Sum", 10, "5xx"),
    ("DbErrors", NAME, "DatabaseConnectionErrors", {}, "Sum", 0, "the app cannot connect"),
):
    add(
        Alarm(
            f"{title}Alarm",
            AlarmName=f"{NAME}-{title.lower()}",
            AlarmDescription=f"{title}: {meaning}",
            Namespace=space,
            MetricName=metric,
            Dimensions=[MetricDimension(Name=key, Value=value) for key, value in of.items()],
            Statistic=statistic,
            Period=60,
            EvaluationPeriods=3,
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[Ref(topic)],
            OKActions=[Ref(topic)],
        )
    )


def graph(title, *metrics):
    return {
        "type": "metric",
        "width": 12,
        "height": 6,
        "properties": {
            "title": title,
            "region": "${AWS::Region}",
            "period": 60,
            "metrics": [list(metric) for metric in metrics],
        },
    }


LB = ("LoadBalancer", "${LoadBalancer.LoadBalancerFullName}")
SERVICE = ("ClusterName", "${Cluster}", "ServiceName", "${ApiService.Name}")
DB = ("DBInstanceIdentifier", "${DbInstance}")
add(
    Dashboard(
        "Dashboard",
        DashboardName=NAME,
        DashboardBody=Sub(
            json.dumps(
                {
                    "widgets": [
                        graph("Request rate", ("AWS/ApplicationELB", "RequestCount", *LB)),
                        graph(
                            "Error rate",
                            ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", *LB),
                            ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", *LB),
                        ),
                        graph("Response time", ("AWS/ApplicationELB", "TargetResponseTime", *LB)),
                        graph(
                            "CPU and memory",
                            ("AWS/ECS", "CPUUtilization", *SERVICE),
                            ("AWS/ECS", "MemoryUtilization", *SERVICE),
                        ),
                        graph(
                            "Database",
                            ("AWS/RDS", "CPUUtilization", *DB),
                            ("AWS/RDS", "DatabaseConnections", *DB),
                            ("AWS/RDS", "FreeStorageSpace", *DB),
                            ("AWS/RDS", "ReadIOPS", *DB),
                            ("AWS/RDS", "WriteIOPS", *DB),
                        ),
                    ]
                }
            )
        ),
    )
)
template.add_output(Output("Url", Value=f"https://{DOMAIN}", Description="Where users go"))
template.add_output(
    Output(
        "Repository",
        Value=GetAtt(repository, "RepositoryUri"),
        Description="Where the image is pushed",
    )
)

print(template.to_json())
