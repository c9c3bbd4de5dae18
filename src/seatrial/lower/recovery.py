"""What outlives a region: copied backups, a watched address, and the steps of a recovery.

AWS Backup keeps moments to return to in this region and daily copies in the
other. The record of the domain moves by itself when the address no longer
answers and the second region has healthy tasks: an alias looks at its targets,
so that traffic never goes where nothing runs.
"""

import json

from seatrial.graph import Output
from seatrial.graph.annotations import Note
from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import ACCOUNT, PARTITION, REGION, GetAtt, Ref, Value, join
from seatrial.language import Postgres, Recovery, Service, Website
from seatrial.lower import kinds
from seatrial.lower.context import Lowering, kept
from seatrial.lower.load_balancer import of_targets
from seatrial.lower.metrics import MINUTE, topic

SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a resource type


def lower(lowering: Lowering) -> None:
    """Add what the environment's recovery asks for, on this side of it."""
    first = lowering.environment.primary or lowering.environment
    recovery = first.recovery
    if recovery is None:
        return
    if lowering.second:
        _vault(lowering)
    elif arns := kinds.backed_up(lowering):
        _vault(lowering)
        _plan(lowering, recovery, arns)
    if not lowering.second:
        _health_check(lowering, recovery)
        _tell_secrets(lowering)
        _tell_images(lowering)
    lowering.annotate(_steps(lowering, recovery, first.region))


def _vault(lowering: Lowering) -> None:
    lowering.add(
        None,
        "BackupVault",
        "AWS::Backup::BackupVault",
        {"BackupVaultName": lowering.name},
        **kept(lowering.environment.production),
    )


def _plan(lowering: Lowering, recovery: Recovery, arns: list[Value]) -> None:
    hour, minute = recovery.at.split(":")
    lifecycle = {"DeleteAfterDays": recovery.days}
    there = join(
        "arn:",
        PARTITION,
        f":backup:{recovery.region}:",
        ACCOUNT,
        f":backup-vault:{lowering.name}",
    )
    plan = lowering.add(
        None,
        "BackupPlan",
        "AWS::Backup::BackupPlan",
        {
            "BackupPlan": {
                "BackupPlanName": lowering.name,
                "BackupPlanRule": [
                    {
                        "RuleName": "daily",
                        "TargetBackupVault": Ref("BackupVault"),
                        "ScheduleExpression": f"cron({int(minute)} {int(hour)} * * ? *)",
                        "StartWindowMinutes": 60,
                        "CompletionWindowMinutes": 480,
                        "Lifecycle": lifecycle,
                        "CopyActions": [
                            {"DestinationBackupVaultArn": there, "Lifecycle": lifecycle}
                        ],
                    }
                ],
            }
        },
    )
    policies = ("ForBackup", "ForRestores")
    role = lowering.add(
        None,
        "BackupRole",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("backup.amazonaws.com"),
            # AWS's own: what a backup of each service needs changes with the service.
            "ManagedPolicyArns": [
                join(
                    "arn:",
                    PARTITION,
                    f":iam::aws:policy/service-role/AWSBackupServiceRolePolicy{each}",
                )
                for each in policies
            ],
        },
    )
    lowering.add(
        None,
        "BackupSelection",
        "AWS::Backup::BackupSelection",
        {
            "BackupPlanId": plan.ref,
            "BackupSelection": {
                "SelectionName": lowering.name,
                "IamRoleArn": role.att("Arn"),
                "Resources": arns,
            },
        },
    )


def _health_check(lowering: Lowering, recovery: Recovery) -> None:
    named = lowering.environment.setting("domain")
    if not (recovery.standby and lowering.web and named):
        return
    plain = [each for each in lowering.web if not each.hosts]
    asked = min(plain or lowering.web, key=lambda each: ("/*" not in each.paths, each.name))
    if lowering.of(Website):
        _watched(lowering, asked, recovery)
        return
    _check(
        lowering,
        "HealthCheck",
        {
            "Type": "HTTPS",
            "FullyQualifiedDomainName": GetAtt("LoadBalancer", "DNSName"),
            "Port": 443,
            "ResourcePath": asked.probe.path,
            "RequestInterval": 30,
            "FailureThreshold": 3,
            "EnableSNI": True,
        },
    )


def _watched(lowering: Lowering, asked: Service, recovery: Recovery) -> None:
    """Add a health check that looks at the load balancer's own count of healthy targets.

    Behind a website it lets CloudFront in and nobody else, Route 53's checkers
    neither. Where the region tells nothing any more, it counts as failed.
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
    """
    groups = of_targets(lowering, asked)
    checks = []
    for number, of in enumerate(groups, start=1):
        end = "" if len(groups) == 1 else str(number)
        silent = lowering.environment.setting("alerts") is None
        tells = None if silent else [topic(lowering, "critical")]
        alarm = lowering.add(
            asked,
            f"Gone{end}Alarm",
            "AWS::CloudWatch::Alarm",
            {
                "AlarmName": f"{lowering.name}-{asked.name}-gone{end}",
                "AlarmDescription": f"{asked.name}: nothing answers; {recovery.region} takes over",
                "Namespace": "AWS/ApplicationELB",
                "MetricName": "HealthyHostCount",
                "Dimensions": [{"Name": key, "Value": value} for key, value in of.items()],
                "Statistic": "Maximum",
                "Period": MINUTE,
                "EvaluationPeriods": 3,
                "ComparisonOperator": "LessThanThreshold",
                "Threshold": 1,
                "TreatMissingData": "breaching",
                "AlarmActions": tells,
                "OKActions": tells,
            },
        )
        config: dict[str, Value] = {
            "Type": "CLOUDWATCH_METRIC",
            "AlarmIdentifier": {"Name": alarm.ref, "Region": REGION},
            "InsufficientDataHealthStatus": "Unhealthy",
        }
        checks.append(_check(lowering, f"HealthCheck{end}", config))
    if len(checks) > 1:  # one of the two groups has the traffic
        either = {"Type": "CALCULATED", "ChildHealthChecks": checks, "HealthThreshold": 1}
        _check(lowering, "HealthCheck", either)


def _check(lowering: Lowering, id: str, config: dict[str, Value]) -> Ref:
    tags = [{"Key": "Name", "Value": lowering.name}]
    properties: dict[str, Value] = {"HealthCheckConfig": config, "HealthCheckTags": tags}
    return lowering.add(None, id, "AWS::Route53::HealthCheck", properties).ref


def _tell_secrets(lowering: Lowering) -> None:
    """Tell the ARN of every copied secret; in the second region only the region in it is other."""
    for each in lowering.graph.of(SECRET):
        if "ReplicaRegions" in each.properties:
            name = f"{each.id}Arn"
            lowering.graph.outputs[name] = Output(name, each.ref, f"Parameter {each.id} there")


def _tell_images(lowering: Lowering) -> None:
    """Tell what brings images to the second region: a setting of the account's, not of a stack."""
    if lowering.standby is None or not lowering.programs:
        return
    region = lowering.standby.region
    rule = {
        "destinations": [{"region": region, "registryId": "$ACCOUNT"}],
        "repositoryFilters": [{"filter": f"{lowering.name}/", "filterType": "PREFIX_MATCH"}],
    }
    asked = json.dumps({"rules": [rule]}).replace("$ACCOUNT", "'$ACCOUNT'")
    at = f"--region {lowering.environment.region}"
    lowering.annotate(
        Note(
            "Images in the second region",
            f"Tasks in {region} run images of its own repositories. ECR copies what is pushed "
            "once the account says so, among the rules that it has already.",
            (f"aws ecr put-replication-configuration {at} --replication-configuration '{asked}'",),
        )
    )


def _steps(lowering: Lowering, recovery: Recovery, first: str) -> Note:
    databases = [each.name for each in lowering.of(Postgres)]
    if not recovery.standby:
        steps = [
            *(f"restore {each} from its replicated backup" for each in databases),
            f"deploy the system in {recovery.region} from the same description",
            "point the domain there",
        ]
    else:
        steps = [
            *(f"promote the replica of {each}" for each in databases),
            *(f"scale {each.name} to what it ran before" for each in lowering.services),
            *(f"enable the schedule of {each.name}" for each in lowering.jobs if each.schedule),
            "the domain moves by itself once tasks are healthy there"
            if lowering.environment.setting("domain")
            else "tell callers the new address",
        ]
    return Note(
        "recovery",
        f"{recovery.strategy}: {first} is lost, {recovery.region} takes over",
        tuple(steps),
    )
