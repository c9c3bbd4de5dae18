"""What each key of a price book stands for in AWS's own price list.

Gives `ITEMS`: a key, the offer file and the one SKU in it (usage type and attributes),
and the unit we bill by. It holds no price, and nothing here reads a file.

Keys are mechanical, so that a rule can build one from a resource's properties:

    <service>[.<engine>].<class>[.single|.multi]   one hour of an instance, its class as
                                                   CloudFormation writes it:
        ec2.t3.medium                  sagemaker.ml.g5.xlarge     docdb.db.t3.medium
        rds.pg.db.t4g.small.multi      aurora.pg.db.r6g.large     elasticache.redis.cache.r5.large
      but without the word that the service puts around it:
        msk.m5.large                   opensearch.t3.small
    <service>[.<kind>].<thing>_<unit>              everything else:
        fargate.arm.vcpu_h   rds.gp3.multi_gb_mo   alb.lcu_h   s3.ia_gb_mo   lambda.x86.gb_s
    transfer.<region>_gb                           out of this region into another

Units at the end of a key: `_h` hour, `_mo` month, `_s` second, `_min` minute, `_gb` GB,
`_gb_mo` GB stored for a month, `_1k`, `_10k`, `_100k`, `_1m` that many requests (or what the
name says), `_in_1k` and `_out_1k` a thousand tokens. Some older keys have the number first:
`waf.1m_req`, `r53.1m_q`, `kms.10k`, `secret_10k_calls`.

A usage type is written without its region's prefix (`USE1-`, `USW2-`), which Northern Virginia
leaves out for its older services: both are the same item.
"""

import re
from collections.abc import Mapping

from seatrial.price.item import CLASS, PREFIXES, SIZE, Item

_SINGLE = {"deploymentOption": "Single-AZ"}
_MULTI = {"deploymentOption": "Multi-AZ"}
_LINUX = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "operation": "RunInstances",
}


def _compute() -> list[Item]:
    ecs, ec2 = "AmazonECS", "AmazonEC2"
    return [
        Item("fargate.x86.vcpu_h", ecs, "Fargate-vCPU-Hours:perCPU", "vCPU-hour"),
        Item("fargate.x86.gb_h", ecs, "Fargate-GB-Hours", "GB-hour"),
        Item("fargate.arm.vcpu_h", ecs, "Fargate-ARM-vCPU-Hours:perCPU", "vCPU-hour"),
        Item("fargate.arm.gb_h", ecs, "Fargate-ARM-GB-Hours", "GB-hour"),
        Item("fargate.storage_gb_h", ecs, "Fargate-EphemeralStorage-GB-Hours", "GB-hour"),
        Item("ec2.{class}", ec2, "BoxUsage:*", "hour", _LINUX, of="instanceType"),
        Item("ebs.gp3_gb_mo", ec2, "EBS:VolumeUsage.gp3", "GB-month"),
        Item("ebs.gp3_iops_mo", ec2, "EBS:VolumeP-IOPS.gp3", "IOPS-month"),
        Item("ebs.gp3_mbps_mo", ec2, "EBS:VolumeP-Throughput.gp3", "MB/s-month", per=1 / 1024),
        Item("ebs.gp2_gb_mo", ec2, "EBS:VolumeUsage.gp2", "GB-month"),
        Item("ebs.snapshot_gb_mo", ec2, "EBS:SnapshotUsage", "GB-month"),
        Item("lambda.x86.gb_s", "AWSLambda", "Lambda-GB-Second", "GB-second"),
        Item("lambda.arm.gb_s", "AWSLambda", "Lambda-GB-Second-ARM", "GB-second"),
        Item("lambda.request_1m", "AWSLambda", "Request", "1,000,000", per=1_000_000),
        Item("sagemaker.{class}", "AmazonSageMaker", "Host:{class}", "hour"),
        Item("sagemaker.storage_gb_mo", "AmazonSageMaker", "Host:VolumeUsage.gp2", "GB-month"),
    ]


def _databases() -> list[Item]:
    rds, docdb = "AmazonRDS", "AmazonDocDB"
    aurora = {"databaseEngine": "Aurora PostgreSQL"}
    of_mysql = {"databaseEngine": "Aurora MySQL"}
    items = [
        *(
            Item(
                f"rds.{short}.{{class}}.{zones}",
                rds,
                f"{usage}:*",
                "hour",
                {"databaseEngine": engine} | where,
                of="instanceType",
            )
            for short, engine in (("pg", "PostgreSQL"), ("mysql", "MySQL"), ("mariadb", "MariaDB"))
            for zones, usage, where in (
                ("single", "InstanceUsage", _SINGLE),
                ("multi", "Multi-AZUsage", _MULTI),
            )
        ),
        Item(
            "rds.backup_gb_mo",
            rds,
            "RDS:ChargedBackupUsage",
            "GB-month",
            {"databaseEngine": "PostgreSQL"},
        ),
        Item("rds.proxy.vcpu_h", rds, "RDS:ProxyUsage", "vCPU-hour"),
        Item("rds.proxy.acu_h", rds, "RDS:ProxyUsage:SVLSV2", "ACU-hour"),
        Item("aurora.acu_h", rds, "Aurora:ServerlessV2Usage", "ACU-hour", aurora),
        Item("aurora.iopt.acu_h", rds, "Aurora:ServerlessV2IOOptimizedUsage", "ACU-hour", aurora),
        Item("aurora.pg.{class}", rds, "InstanceUsage:*", "hour", aurora, of="instanceType"),
        Item("aurora.mysql.{class}", rds, "InstanceUsage:*", "hour", of_mysql, of="instanceType"),
        Item("aurora.storage_gb_mo", rds, "Aurora:StorageUsage", "GB-month"),
        Item("aurora.iopt.storage_gb_mo", rds, "Aurora:IO-OptimizedStorageUsage", "GB-month"),
        Item("aurora.io_1m", rds, "Aurora:StorageIOUsage", "1,000,000", per=1_000_000),
        Item("aurora.backup_gb_mo", rds, "Aurora:BackupUsage", "GB-month", aurora),
        Item("docdb.{class}", docdb, "InstanceUsage:*", "hour", of="instanceType"),
        Item("docdb.storage_gb_mo", docdb, "StorageUsage", "GB-month"),
        Item("docdb.io_1m", docdb, "StorageIOUsage", "1,000,000", per=1_000_000),
        Item("docdb.backup_gb_mo", docdb, "BackupUsage", "GB-month"),
    ]
    postgres = {"databaseEngine": "PostgreSQL"}
    for kind, name in (("gp2", "GP2"), ("gp3", "GP3"), ("io1", "PIOPS")):
        items += [
            Item(
                f"rds.{kind}.single_gb_mo",
                rds,
                f"RDS:{name}-Storage",
                "GB-month",
                postgres | _SINGLE,
            ),
            Item(
                f"rds.{kind}.multi_gb_mo",
                rds,
                f"RDS:Multi-AZ-{name}-Storage",
                "GB-month",
                postgres | _MULTI,
            ),
        ]
    items += [
        Item("rds.io1.single_iops_mo", rds, "RDS:PIOPS", "IOPS-month", postgres | _SINGLE),
        Item("rds.io1.multi_iops_mo", rds, "RDS:Multi-AZ-PIOPS", "IOPS-month", postgres | _MULTI),
        Item("rds.gp3.single_iops_mo", rds, "RDS:GP3-PIOPS", "IOPS-month", postgres | _SINGLE),
        Item(
            "rds.gp3.multi_iops_mo", rds, "RDS:Multi-AZ-GP3-PIOPS", "IOPS-month", postgres | _MULTI
        ),
        Item("rds.gp3.single_mbps_mo", rds, "RDS:GP3-Throughput", "MB/s-month", postgres | _SINGLE),
        Item(
            "rds.gp3.multi_mbps_mo",
            rds,
            "RDS:Multi-AZ-GP3-Throughput",
            "MB/s-month",
            postgres | _MULTI,
        ),
    ]
    return items


def _stores() -> list[Item]:
    cache, msk, search = "AmazonElastiCache", "AmazonMSK", "AmazonES"
    redis, valkey = {"cacheEngine": "Redis"}, {"cacheEngine": "Valkey"}
    return [
        Item("elasticache.redis.{class}", cache, "NodeUsage:*", "hour", redis, of="instanceType"),
        Item("elasticache.valkey.{class}", cache, "NodeUsage:*", "hour", valkey, of="instanceType"),
        Item("elasticache.backup_gb_mo", cache, "BackupUsage", "GB-month"),
        Item("msk.express.{class}", msk, "Express.{class}", "hour"),
        Item("msk.express_gb_mo", msk, "Express.Storage", "GB-month"),
        Item("msk.{class}", msk, "Kafka.{class}", "hour"),
        Item("msk.gp2_gb_mo", msk, "Kafka.Storage.GP2", "GB-month"),
        Item("msk.replicator_h", msk, "Kafka.Replicator.Hours", "hour"),
        Item("msk.replicator_gb", msk, "Kafka.Replicator.DataProcessed", "GB"),
        Item("msk.connectivity_h", msk, "Kafka.PrivateConnectivityHours", "hour"),
        Item("opensearch.{class}", search, "ESInstance:*", "hour", of="instanceType"),
        Item("opensearch.gp3_gb_mo", search, "ES:GP3-Storage", "GB-month"),
        Item("opensearch.gp2_gb_mo", search, "ES:GP2-Storage", "GB-month"),
    ]


def _storage() -> list[Item]:
    s3, tables = "AmazonS3", "AmazonDynamoDB"
    return [
        Item("s3.std_gb_mo", s3, "TimedStorage-ByteHrs", "GB-month", {"volumeType": "Standard"}),
        Item("s3.ia_gb_mo", s3, "TimedStorage-SIA-ByteHrs", "GB-month"),
        Item("s3.glacier_gb_mo", s3, "TimedStorage-GlacierByteHrs", "GB-month"),
        Item("s3.deep_gb_mo", "AmazonS3GlacierDeepArchive", "TimedStorage-GDA-ByteHrs", "GB-month"),
        Item("s3.put_1k", s3, "Requests-Tier1", "1,000", {"group": "S3-API-Tier1"}, per=1000),
        Item("s3.get_1k", s3, "Requests-Tier2", "1,000", {"group": "S3-API-Tier2"}, per=1000),
        Item("s3.ia_put_1k", s3, "Requests-SIA-Tier1", "1,000", per=1000),
        Item("s3.ia_get_1k", s3, "Requests-SIA-Tier2", "1,000", per=1000),
        Item("s3.ia_retrieval_gb", s3, "Retrieval-SIA", "GB"),
        Item("s3.glacier_put_1k", s3, "Requests-GLACIER-Tier1", "1,000", per=1000),
        # AWS Backup bills a database's copies as the database's own backups.
        Item(
            "backup.rds_gb_mo",
            "AmazonRDS",
            "RDS:ChargedBackupUsage",
            "GB-month",
            {"databaseEngine": "PostgreSQL"},
        ),
        Item("ecr.gb_mo", "AmazonECR", "TimedStorage-ByteHrs", "GB-month"),
        Item("efs.std_gb_mo", "AmazonEFS", "TimedStorage-ByteHrs", "GB-month"),
        Item("efs.onezone_gb_mo", "AmazonEFS", "TimedStorage-Z-ByteHrs", "GB-month"),
        Item("dynamodb.gb_mo", tables, "TimedStorage-ByteHrs", "GB-month"),
        Item("dynamodb.write_1m", tables, "WriteRequestUnits", "1,000,000", per=1_000_000),
        Item("dynamodb.read_1m", tables, "ReadRequestUnits", "1,000,000", per=1_000_000),
        Item("dynamodb.wcu_h", tables, "WriteCapacityUnit-Hrs", "hour"),
        Item("dynamodb.rcu_h", tables, "ReadCapacityUnit-Hrs", "hour"),
    ]


def _network() -> list[Item]:
    elb, vpc, ec2, transfer = "AWSELB", "AmazonVPC", "AmazonEC2", "AWSDataTransfer"
    alb, nlb = ({"productFamily": f"Load Balancer-{kind}"} for kind in ("Application", "Network"))
    classic = {"productFamily": "Load Balancer"}
    return [
        Item("alb.h", elb, "LoadBalancerUsage", "hour", alb),
        Item("alb.lcu_h", elb, "LCUUsage", "LCU-hour", alb),
        Item("elb.h", elb, "LoadBalancerUsage", "hour", classic),
        Item("elb.gb", elb, "DataProcessing-Bytes", "GB", classic),
        Item("nlb.h", elb, "LoadBalancerUsage", "hour", nlb),
        Item("nlb.lcu_h", elb, "LCUUsage", "LCU-hour", nlb),
        Item("nat.h", ec2, "NatGateway-Hours", "hour"),
        Item("nat.gb", ec2, "NatGateway-Bytes", "GB"),
        Item("vpce.h", vpc, "VpcEndpoint-Hours", "hour"),
        Item("vpce.gb", vpc, "VpcEndpoint-Bytes", "GB"),
        Item("ipv4.h", vpc, "PublicIPv4:InUseAddress", "hour"),
        Item("ipv4.idle_h", vpc, "PublicIPv4:IdleAddress", "hour"),
        Item("vpn.client.association_h", vpc, "ClientVPN-EndpointHours", "hour"),
        Item("vpn.client.connection_h", vpc, "ClientVPN-ConnectionHours", "hour"),
        Item("vpn.site_h", vpc, "VPN-Usage-Hours:ipsec.1", "hour"),
        Item(
            "tgw.attachment_h",
            vpc,
            "TransitGateway-Hours",
            "hour",
            {"operation": "TransitGatewayVPC"},
        ),
        Item("egress.gb", transfer, "DataTransfer-Out-Bytes", "GB", {"toLocation": "External"}),
        Item("cross_az.gb", transfer, "DataTransfer-Regional-Bytes", "GB"),
        *(
            Item(f"transfer.{other}_gb", transfer, f"{prefix}-AWS-Out-Bytes", "GB")
            for other, prefix in PREFIXES.items()
        ),
    ]


def _edge() -> list[Item]:
    front, dns, waf = "AmazonCloudFront", "AmazonRoute53", "awswaf"
    return [
        Item("cloudfront.us.gb", front, "US-DataTransfer-Out-Bytes", "GB", world=True),
        Item(
            "cloudfront.us.https_10k",
            front,
            "US-Requests-Tier2-HTTPS",
            "10,000",
            per=10_000,
            world=True,
        ),
        Item(
            "cloudfront.us.http_10k", front, "US-Requests-Tier1", "10,000", per=10_000, world=True
        ),
        Item("cloudfront.us.origin_gb", front, "US-DataTransfer-Out-OBytes", "GB", world=True),
        Item(
            "cloudfront.us.shield_10k",
            front,
            "US-Requests-OriginShield",
            "10,000",
            per=10_000,
            world=True,
        ),
        Item(
            "cloudfront.function_1m",
            front,
            "Executions-CloudFrontFunctions",
            "1,000,000",
            per=1_000_000,
            world=True,
        ),
        Item("r53.zone_mo", dns, "HostedZone", "month", world=True),
        Item("r53.1m_q", dns, "DNS-Queries", "1,000,000", per=1_000_000, world=True),
        Item("r53.check_aws_mo", dns, "Health-Check-AWS", "month", world=True),
        Item("r53.check_mo", dns, "Health-Check-Non-AWS", "month", world=True),
        Item("r53.check_option_aws_mo", dns, "Health-Check-Option-AWS", "month", world=True),
        Item("r53.check_option_mo", dns, "Health-Check-Option-Non-AWS", "month", world=True),
        Item("waf.acl_mo", waf, "WebACLV2", "month"),
        Item("waf.rule_mo", waf, "RuleV2", "month"),
        Item("waf.1m_req", waf, "RequestV2-Tier1", "1,000,000", per=1_000_000),
    ]


def _watching() -> list[Item]:
    watch, xray = "AmazonCloudWatch", "AWSXRay"
    return [
        Item("cw.logs_gb", watch, "DataProcessing-Bytes", "GB"),
        Item("cw.vended_gb", watch, "VendedLog-Bytes", "GB"),
        Item("cw.logs_store_gb_mo", watch, "TimedStorage-ByteHrs", "GB-month"),
        Item("cw.logs_query_gb", watch, "DataScanned-Bytes", "GB"),
        Item("cw.metric_mo", watch, "CW:MetricMonitorUsage", "month"),
        Item("cw.alarm_mo", watch, "CW:AlarmMonitorUsage", "month"),
        Item("cw.alarm_fast_mo", watch, "CW:HighResAlarmMonitorUsage", "month"),
        Item("cw.composite_alarm_mo", watch, "CW:CompositeAlarmMonitorUsage", "month"),
        Item("cw.requests_1k", watch, "CW:Requests", "1,000", per=1000),
        Item("cw.canary_run", watch, "CW:Canary-runs", "run"),
        Item("cw.dashboard_mo", watch, "DashboardsUsageHour", "month", world=True),
        Item("xray.trace_1m", xray, "XRay-TracesStored", "1,000,000", per=1_000_000),
        Item("xray.scan_1m", xray, "XRay-TracesAccessed", "1,000,000", per=1_000_000),
        Item(
            "cloudtrail.event_100k", "AWSCloudTrail", "PaidEventsRecorded", "100,000", per=100_000
        ),
        Item("cloudtrail.data_100k", "AWSCloudTrail", "DataEventsRecorded", "100,000", per=100_000),
    ]


def _services() -> list[Item]:
    build, pipeline, bedrock = "CodeBuild", "AWSCodePipeline", "AmazonBedrock"
    gate = "AmazonApiGateway"
    return [
        Item("apigateway.rest_1m", gate, "ApiGatewayRequest", "1,000,000", per=1_000_000),
        Item("apigateway.http_1m", gate, "ApiGatewayHttpRequest", "1,000,000", per=1_000_000),
        Item("secret_mo", "AWSSecretsManager", "AWSSecretsManager-Secrets", "month"),
        Item(
            "secret_10k_calls",
            "AWSSecretsManager",
            "AWSSecretsManagerAPIRequest",
            "10,000",
            per=10_000,
        ),
        # AWS lists an hour of it; a month has 730.
        Item("ssm.advanced_mo", "AWSSystemsManager", "PS-Advanced-Param-Tier1", "month", per=730),
        Item("kms.key_mo", "awskms", "KMS-Keys", "month"),
        Item("kms.10k", "awskms", "KMS-Requests", "10,000", per=10_000),
        Item("sns.publish_1m", "AmazonSNS", "Requests-Tier1", "1,000,000", per=1_000_000),
        Item("sns.email_100k", "AmazonSNS", "DeliveryAttempts-SMTP", "100,000", per=100_000),
        Item("sns.https_1m", "AmazonSNS", "DeliveryAttempts-HTTP", "1,000,000", per=1_000_000),
        Item(
            "sqs.request_1m",
            "AWSQueueService",
            "Requests-Tier1|Requests-RBP",
            "1,000,000",
            {"queueType": "Standard"},
            per=1_000_000,
        ),
        Item(
            "events.custom_1m",
            "AWSEvents",
            "Event-64K-Chunks",
            "1,000,000",
            {"eventType": "Custom Event"},
            per=1_000_000,
        ),
        Item("cloudmap.resource_mo", "AWSCloudMap", "CloudMapResource", "month"),
        Item("cloudmap.call_1m", "AWSCloudMap", "CloudMapApiCall", "1,000,000", per=1_000_000),
        Item("codepipeline.pipeline_mo", pipeline, "activePipeline", "month"),
        Item("codepipeline.action_min", pipeline, "actionExecutionMinute", "minute"),
        Item("codebuild.linux.small_min", build, "Build-Min:Linux:g1.small", "minute"),
        Item("codebuild.linux.medium_min", build, "Build-Min:Linux:g1.medium", "minute"),
        Item("codebuild.arm.small_min", build, "Build-Min:ARM:g1.small", "minute"),
        Item("codebuild.arm.large_min", build, "Build-Min:ARM:g1.large", "minute"),
        Item("bedrock.claude3haiku.in_1k", bedrock, "Claude3Haiku-input-tokens", "1,000"),
        Item("bedrock.claude3haiku.out_1k", bedrock, "Claude3Haiku-output-tokens", "1,000"),
        *(
            Item(
                f"bedrock.claudehaiku45.{suffix}",
                "AmazonBedrockFoundationModels",
                f"MP:*_{count}TokenCount-Units",
                "1,000",
                {"servicename": "Claude Haiku 4.5 (Amazon Bedrock Edition)"},
                per=1 / 1000,  # billed by the million
            )
            for suffix, count in (("in_1k", "Input"), ("out_1k", "Output"))
        ),
    ]


ITEMS: Mapping[str, Item] = {
    item.key: item
    for area in (
        _compute,
        _databases,
        _stores,
        _storage,
        _network,
        _edge,
        _watching,
        _services,
    )
    for item in area()
}
"""Key -> item; the key of a family of instances holds `{class}`."""

_FAMILIES = [
    (re.compile(re.escape(key).replace(re.escape(CLASS), SIZE)), item)
    for key, item in ITEMS.items()
    if CLASS in key
]


def item(key: str) -> Item | None:
    """Find what a key stands for: an item, or the family that its class belongs to."""
    found = ITEMS.get(key)
    if found or "_" in key:
        return found
    return next((family for pattern, family in _FAMILIES if pattern.fullmatch(key)), None)
