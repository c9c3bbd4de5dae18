"""The seed system `fastapi-app`, production, with CDK's own (L2) constructs.

Takes the folder for the cloud assembly, writes the template in it as
`fastapi-app-production.template.json`. It holds what Seatrial's own template
for the system holds; what CDK adds by itself (custom resources, policies of
their own) is left as CDK makes it. Nothing is looked up in a cloud account.
"""

import sys

import aws_cdk as cdk
from aws_cdk import (
    Duration,
    RemovalPolicy,
    Stack,
)
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as route53_targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

NAME = "fastapi-app-production"
DOMAIN = "api.example.com"
PORT = 8000


class FastapiApp(Stack):
    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, description="fastapi-app, production: written with CDK")
        self.image_tag = cdk.CfnParameter(self, "ImageTag", default="initial").value_as_string
        self.network()
        self.groups()
        self.database()
        self.cluster()
        self.balancer()
        self.programs()
        self.scaling()
        self.watching()
        self.audit()

    def network(self) -> None:
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            vpc_name=NAME,
            ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/16"),
            max_azs=2,
            nat_gateways=2,
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=24
                ),
                ec2.SubnetConfiguration(
                    name="Private",
                    subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS,
                    cidr_mask=24,
                ),
            ],
        )
        self.private = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
        public = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
        self.vpc.add_gateway_endpoint(
            "S3Endpoint", service=ec2.GatewayVpcEndpointAwsService.S3, subnets=[self.private]
        )
        everywhere = ec2.AclCidr.any_ipv4()
        for kind, subnets, ports in (
            ("Public", public, ((1024, 65535), (80, 80), (443, 443))),
            ("Private", self.private, ((1024, 65535),)),
        ):
            acl = ec2.NetworkAcl(self, f"{kind}Acl", vpc=self.vpc, subnet_selection=subnets)
            acl.add_entry(
                "FromVpc",
                cidr=ec2.AclCidr.ipv4("10.0.0.0/16"),
                rule_number=100,
                traffic=ec2.AclTraffic.all_traffic(),
                direction=ec2.TrafficDirection.INGRESS,
            )
            for position, (low, high) in enumerate(ports):
                acl.add_entry(
                    f"In{low}",
                    cidr=everywhere,
                    rule_number=110 + 10 * position,
                    traffic=ec2.AclTraffic.tcp_port_range(low, high),
                    direction=ec2.TrafficDirection.INGRESS,
                )
            acl.add_entry(
                "Out",
                cidr=everywhere,
                rule_number=100,
                traffic=ec2.AclTraffic.all_traffic(),
                direction=ec2.TrafficDirection.EGRESS,
            )

    def groups(self) -> None:
        def group(id: str, description: str, out: bool) -> ec2.SecurityGroup:
            return ec2.SecurityGroup(
                self, id, vpc=self.vpc, description=description, allow_all_outbound=out
            )

        self.balancer_group = group("LoadBalancerGroup", "Load balancer", False)
        self.api_group = group("ApiGroup", "Tasks of api", True)
        self.migrate_group = group("MigrateGroup", "Tasks of migrate", True)
        self.database_group = group("DbGroup", "Database db", False)
        for port in (80, 443):
            self.balancer_group.add_ingress_rule(
                ec2.Peer.any_ipv4(), ec2.Port.tcp(port), f"The internet, port {port}"
            )
        self.balancer_group.add_egress_rule(self.api_group, ec2.Port.tcp(PORT), "To api")
        self.api_group.add_ingress_rule(
            self.balancer_group, ec2.Port.tcp(PORT), "From the load balancer"
        )
        for part, source in (("api", self.api_group), ("migrate", self.migrate_group)):
            self.database_group.add_ingress_rule(source, ec2.Port.POSTGRES, f"From {part}")

    def database(self) -> None:
        engine = rds.DatabaseInstanceEngine.postgres(
            version=rds.PostgresEngineVersion.of("15.19", "15")
        )
        self.credentials = rds.DatabaseSecret(
            self, "DbCredentials", username="app", secret_name=f"{NAME}/db"
        )
        self.db = rds.DatabaseInstance(
            self,
            "Db",
            instance_identifier=f"{NAME}-db",
            engine=engine,
            instance_type=ec2.InstanceType.of(ec2.InstanceClass.BURSTABLE3, ec2.InstanceSize.SMALL),
            credentials=rds.Credentials.from_secret(self.credentials),
            database_name="app",
            port=5432,
            allocated_storage=20,
            max_allocated_storage=100,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            multi_az=True,
            vpc=self.vpc,
            vpc_subnets=self.private,
            security_groups=[self.database_group],
            publicly_accessible=False,
            parameter_group=rds.ParameterGroup(
                self, "DbParameters", engine=engine, parameters={"rds.force_ssl": "1"}
            ),
            backup_retention=Duration.days(7),
            preferred_backup_window="03:00-04:00",
            preferred_maintenance_window="Sun:04:30-Sun:05:30",
            copy_tags_to_snapshot=True,
            delete_automated_backups=False,
            auto_minor_version_upgrade=True,
            cloudwatch_logs_exports=["postgresql", "upgrade"],
            enable_performance_insights=True,
            performance_insight_retention=rds.PerformanceInsightRetention.DEFAULT,
            deletion_protection=True,
            ca_certificate=rds.CaCertificate.RDS_CA_RSA2048_G1,
            removal_policy=RemovalPolicy.SNAPSHOT,
        )
        user, password = (
            self.credentials.secret_value_from_json(key).unsafe_unwrap()
            for key in ("username", "password")
        )
        self.url = secretsmanager.Secret(
            self,
            "DbUrl",
            secret_name=f"{NAME}/db-url",
            secret_string_value=cdk.SecretValue.unsafe_plain_text(
                f"postgresql://{user}:{password}@{self.db.db_instance_endpoint_address}:"
                f"{self.db.db_instance_endpoint_port}/app?sslmode=verify-full"
            ),
        )
        self.jwt = secretsmanager.Secret(
            self,
            "Jwt",
            secret_name=f"{NAME}/jwt",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=48, exclude_punctuation=True
            ),
        )

    def cluster(self) -> None:
        self.repository = ecr.Repository(
            self,
            "ApiRepository",
            repository_name=f"{NAME}/api",
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.MUTABLE,
            encryption=ecr.RepositoryEncryption.AES_256,
            lifecycle_rules=[
                ecr.LifecycleRule(
                    description="Drop what lost its tag after a day",
                    tag_status=ecr.TagStatus.UNTAGGED,
                    max_image_age=Duration.days(1),
                    rule_priority=1,
                ),
                ecr.LifecycleRule(
                    description="Keep the last 10 tagged images",
                    tag_status=ecr.TagStatus.TAGGED,
                    tag_pattern_list=["*"],
                    max_image_count=10,
                    rule_priority=2,
                ),
            ],
        )
        self.the_cluster = ecs.Cluster(
            self,
            "Cluster",
            cluster_name=NAME,
            vpc=self.vpc,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
            enable_fargate_capacity_providers=True,
        )
        self.logs = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/ecs/{NAME}",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.RETAIN,
        )

    def balancer(self) -> None:
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self,
            "Zone",
            hosted_zone_id=cdk.CfnParameter(self, "HostedZoneId").value_as_string,
            zone_name="example.com",
        )
        certificate = acm.Certificate(
            self,
            "Certificate",
            domain_name=DOMAIN,
            validation=acm.CertificateValidation.from_dns(zone),
        )
        self.lb = elbv2.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            load_balancer_name=NAME,
            vpc=self.vpc,
            internet_facing=True,
            security_group=self.balancer_group,
            idle_timeout=Duration.seconds(60),
            drop_invalid_header_fields=True,
            deletion_protection=True,
            cross_zone_enabled=True,
        )
        self.lb.add_listener(
            "Http",
            port=80,
            open=False,
            default_action=elbv2.ListenerAction.redirect(
                protocol="HTTPS", port="443", permanent=True
            ),
        )
        self.targets = elbv2.ApplicationTargetGroup(
            self,
            "ApiTargets",
            vpc=self.vpc,
            target_type=elbv2.TargetType.IP,
            protocol=elbv2.ApplicationProtocol.HTTP,
            port=PORT,
            deregistration_delay=Duration.seconds(300),
            health_check=elbv2.HealthCheck(
                enabled=True,
                path="/healthz",
                interval=Duration.seconds(30),
                timeout=Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=3,
                healthy_http_codes="200",
            ),
        )
        self.https = self.lb.add_listener(
            "Https",
            port=443,
            open=False,
            certificates=[certificate],
            ssl_policy=elbv2.SslPolicy.TLS13_RES,
            default_target_groups=[self.targets],
        )
        route53.ARecord(
            self,
            "DomainRecord",
            zone=zone,
            record_name=DOMAIN,
            target=route53.RecordTarget.from_alias(route53_targets.LoadBalancerTarget(self.lb)),
        )

    def task(self, part: str, cpu: int, memory: int, **container: object) -> object:
        task = ecs.FargateTaskDefinition(
            self,
            f"{part}Task",
            family=f"{NAME}-{part.lower()}",
            cpu=cpu,
            memory_limit_mib=memory,
            runtime_platform=ecs.RuntimePlatform(
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
                cpu_architecture=ecs.CpuArchitecture.X86_64,
            ),
            volumes=[ecs.Volume(name="tmp")],
        )
        keys = {
            "PGDATABASE": "dbname",
            "PGHOST": "host",
            "PGPASSWORD": "password",
            "PGPORT": "port",
            "PGUSER": "username",
        }
        secrets = {
            name: ecs.Secret.from_secrets_manager(self.credentials, key)
            for name, key in keys.items()
        }
        secrets["DATABASE_URL"] = ecs.Secret.from_secrets_manager(self.url)
        if part == "Api":
            secrets["JWT_SECRET"] = ecs.Secret.from_secrets_manager(self.jwt)
        added = task.add_container(
            part.lower(),
            image=ecs.ContainerImage.from_ecr_repository(self.repository, self.image_tag),
            secrets=secrets,
            readonly_root_filesystem=True,
            linux_parameters=ecs.LinuxParameters(self, f"{part}Linux", init_process_enabled=True),
            logging=ecs.LogDrivers.aws_logs(stream_prefix=part.lower(), log_group=self.logs),
            **container,
        )
        added.add_mount_points(
            ecs.MountPoint(source_volume="tmp", container_path="/tmp", read_only=False)
        )
        return task

    def programs(self) -> None:
        self.task(
            "Migrate",
            256,
            512,
            command=["alembic", "upgrade", "head"],
            environment={"PGSSLMODE": "verify-full"},
        )
        task = self.task(
            "Api",
            512,
            1024,
            command=[
                *("uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", str(PORT)),
                *("--timeout-keep-alive", "75"),
            ],
            environment={"HOST": "0.0.0.0", "PGSSLMODE": "verify-full", "PORT": str(PORT)},
            port_mappings=[ecs.PortMapping(container_port=PORT)],
            stop_timeout=Duration.seconds(30),
            health_check=ecs.HealthCheck(
                command=[
                    *("CMD", "python", "-c"),
                    f"import urllib.request as r;r.urlopen('http://127.0.0.1:{PORT}/healthz',timeout=5)",
                ],
                interval=Duration.seconds(30),
                timeout=Duration.seconds(5),
                retries=3,
                start_period=Duration.seconds(60),
            ),
        )
        self.service = ecs.FargateService(
            self,
            "ApiService",
            service_name="api",
            cluster=self.the_cluster,
            task_definition=task,
            desired_count=cdk.CfnParameter(
                self, "ApiDesiredCount", type="Number", default=2
            ).value_as_number,
            capacity_provider_strategies=[
                ecs.CapacityProviderStrategy(capacity_provider="FARGATE", weight=1)
            ],
            min_healthy_percent=100,
            max_healthy_percent=200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
            vpc_subnets=self.private,
            security_groups=[self.api_group],
            health_check_grace_period=Duration.seconds(60),
            enable_ecs_managed_tags=True,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )
        self.service.attach_to_application_target_group(self.targets)
        self.service.node.add_dependency(self.https)

    def scaling(self) -> None:
        count = self.service.auto_scale_task_count(min_capacity=2, max_capacity=6)
        cooldown = {
            "scale_out_cooldown": Duration.seconds(60),
            "scale_in_cooldown": Duration.seconds(300),
        }
        for kind, target in (("Cpu", 70), ("Memory", 80)):
            if kind == "Cpu":
                count.scale_on_cpu_utilization(kind, target_utilization_percent=target, **cooldown)
            else:
                count.scale_on_memory_utilization(
                    kind, target_utilization_percent=target, **cooldown
                )

    def watching(self) -> None:
        topic = sns.Topic(self, "Alerts", topic_name=f"{NAME}-alerts")
        topic.add_subscription(subscriptions.EmailSubscription("ops@example.com"))
        minute = Duration.minutes(1)
        cpu = self.service.metric_cpu_utilization(period=minute)
        memory = self.service.metric_memory_utilization(period=minute)
        sick = self.targets.metrics.unhealthy_host_count(period=minute, statistic="Maximum")
        errors = self.targets.metrics.http_code_target(
            elbv2.HttpCodeTarget.TARGET_5XX_COUNT, period=minute
        )
        refused = logs.MetricFilter(
            self,
            "DbConnectionErrors",
            log_group=self.logs,
            filter_pattern=logs.FilterPattern.string_value(
                "$.event", "=", "database_connection_error"
            ),
            metric_namespace=NAME,
            metric_name="DatabaseConnectionErrors",
            default_value=0,
        ).metric(period=minute, statistic="Sum")
        more = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
        at_least = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
        for title, metric, threshold, periods, operator in (
            ("ApiCpu", cpu, 80, 5, more),
            ("ApiMemory", memory, 90, 5, more),
            ("ApiUnhealthyTargets", sick, 0, 2, more),
            ("ApiServerErrors", errors, 5, 1, at_least),
            ("DbConnectionErrors", refused, 5, 1, at_least),
        ):
            alarm = cloudwatch.Alarm(
                self,
                f"{title}Alarm",
                alarm_name=f"{NAME}-{title.lower()}",
                metric=metric,
                threshold=threshold,
                evaluation_periods=periods,
                comparison_operator=operator,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(actions.SnsAction(topic))
            alarm.add_ok_action(actions.SnsAction(topic))
        answers = self.targets.metrics
        db = self.db
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=NAME,
            widgets=[
                [
                    cloudwatch.GraphWidget(title=title, left=metrics, width=8, height=6)
                    for title, metrics in (
                        ("api: requests", [answers.request_count()]),
                        ("api: answers", [errors]),
                        ("api: response time", [answers.target_response_time()]),
                    )
                ],
                [
                    cloudwatch.GraphWidget(title=title, left=metrics, width=8, height=6)
                    for title, metrics in (
                        ("api: CPU and memory", [cpu, memory]),
                        ("db: CPU", [db.metric_cpu_utilization()]),
                        ("db: connections", [db.metric_database_connections()]),
                        ("db: storage", [db.metric_free_storage_space()]),
                    )
                ],
            ],
        )

    def audit(self) -> None:
        bucket = s3.Bucket(
            self,
            "TrailBucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            removal_policy=RemovalPolicy.RETAIN,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="archive-then-expire",
                    expiration=Duration.days(400),
                    noncurrent_version_expiration=Duration.days(30),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                    transitions=[
                        s3.Transition(
                            storage_class=s3.StorageClass.GLACIER,
                            transition_after=Duration.days(90),
                        )
                    ],
                )
            ],
        )
        cloudtrail.Trail(
            self,
            "Trail",
            trail_name=f"{NAME}-audit",
            bucket=bucket,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_file_validation=True,
        )
        cdk.CfnOutput(self, "Address", value=f"https://{DOMAIN}")


app = cdk.App(outdir=sys.argv[1])
FastapiApp(app, NAME)
app.synth()
