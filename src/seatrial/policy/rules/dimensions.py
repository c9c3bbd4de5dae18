"""Alarms that look at nothing: a dimension that names what is not there, a metric nobody writes."""

from collections.abc import Iterator
from typing import NamedTuple

from seatrial.graph.values import GetAtt, Ref
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, maps, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._alarms import ALARM, metrics

CLOUDWATCH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"


class Named(NamedTuple):
    """What a dimension's value must be: a resource of one type, by `Ref` or an attribute."""

    type: str
    attribute: str


BALANCING = "AWS::ElasticLoadBalancingV2::"
DIMENSIONS = {
    ("AWS/ECS", "ClusterName"): Named("AWS::ECS::Cluster", "Ref"),
    ("AWS/ECS", "ServiceName"): Named("AWS::ECS::Service", "Name"),
    ("ECS/ContainerInsights", "ClusterName"): Named("AWS::ECS::Cluster", "Ref"),
    ("ECS/ContainerInsights", "ServiceName"): Named("AWS::ECS::Service", "Name"),
    ("AWS/ApplicationELB", "LoadBalancer"): Named(
        BALANCING + "LoadBalancer", "LoadBalancerFullName"
    ),
    ("AWS/ApplicationELB", "TargetGroup"): Named(BALANCING + "TargetGroup", "TargetGroupFullName"),
    ("AWS/NetworkELB", "LoadBalancer"): Named(BALANCING + "LoadBalancer", "LoadBalancerFullName"),
    ("AWS/NetworkELB", "TargetGroup"): Named(BALANCING + "TargetGroup", "TargetGroupFullName"),
    ("AWS/RDS", "DBInstanceIdentifier"): Named("AWS::RDS::DBInstance", "Ref"),
    ("AWS/RDS", "DBClusterIdentifier"): Named("AWS::RDS::DBCluster", "Ref"),
    ("AWS/RDS", "ProxyName"): Named("AWS::RDS::DBProxy", "Ref"),
    ("AWS/DocDB", "DBInstanceIdentifier"): Named("AWS::DocDB::DBInstance", "Ref"),
    ("AWS/DocDB", "DBClusterIdentifier"): Named("AWS::DocDB::DBCluster", "Ref"),
    ("AWS/SQS", "QueueName"): Named("AWS::SQS::Queue", "QueueName"),
    ("AWS/Lambda", "FunctionName"): Named("AWS::Lambda::Function", "Ref"),
    ("AWS/ES", "DomainName"): Named("AWS::OpenSearchService::Domain", "Ref"),
    ("AWS/CloudFront", "DistributionId"): Named("AWS::CloudFront::Distribution", "Ref"),
    ("AWS/EC2", "InstanceId"): Named("AWS::EC2::Instance", "Ref"),
    ("AWS/DynamoDB", "TableName"): Named("AWS::DynamoDB::Table", "Ref"),
}
"""Namespace and dimension -> what its value is; each service's page of metrics says so."""
SAME = ("Id", "InstanceId")
"""Attributes that are what `Ref` gives."""
LITERAL = {
    ("AWS/Kafka", "Topic"): ("AWS::MSK::Topic", "TopicName"),
    ("AWS/Kafka", "Cluster Name"): ("AWS::MSK::Cluster", "ClusterName"),
    ("AWS/RDS", "DBInstanceIdentifier"): ("AWS::RDS::DBInstance", "DBInstanceIdentifier"),
    ("AWS/ES", "DomainName"): ("AWS::OpenSearchService::Domain", "DomainName"),
}


@rule(
    "ST811",
    "alarm-of-nothing",
    "error",
    "observability",
    why="CloudWatch takes any dimension; one that names nothing has no data, and never goes off.",
    source=CLOUDWATCH + "cloudwatch_concepts.html",
)
def alarm_of_nothing(plan: Plan) -> Iterator[Fault]:
    """Tell of an alarm whose dimension holds another resource or attribute than its metric has.

    A load balancer's dimension is the end of its ARN, not the ARN that `Ref` gives; a service's
    is its name. A name that stands as text is looked for in templates of Seatrial only: in
    another it may belong to another stack.

    Bad:
        Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer}
        Errors:
          Type: AWS::CloudWatch::Alarm
          Properties:
            Namespace: AWS/ApplicationELB
            MetricName: HTTPCode_ELB_5XX_Count
            Dimensions: [{Name: LoadBalancer, Value: !Ref Balancer}]

    Good:
        Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer}
        Errors:
          Type: AWS::CloudWatch::Alarm
          Properties:
            Namespace: AWS/ApplicationELB
            MetricName: HTTPCode_ELB_5XX_Count
            Dimensions: [{Name: LoadBalancer, Value: !GetAtt Balancer.LoadBalancerFullName}]
    """
    names = {
        key: {written(each.properties.get(name)) for each in plan.of(type_)}
        for key, (type_, name) in LITERAL.items()
    }
    for alarm in plan.of(ALARM):
        for metric in metrics(alarm):
            for index, dimension in enumerate(metric.dimensions):
                key = (written(metric.namespace), written(dimension.get("Name")))
                what = _wrong(plan, key, dimension.get("Value"))
                given = dimension.get("Value")
                there = names.get(key)
                if not what and alarm.origin and there and isinstance(given, str):
                    what = "" if given in there else f"names {given!r}, which is not here"
                if what:
                    wanted = DIMENSIONS.get(key)
                    right = f"!GetAtt or !Ref of an {wanted.type}" if wanted else "The name of one"
                    if wanted and wanted.attribute != "Ref":
                        right = f"!GetAtt <{wanted.type}>.{wanted.attribute}"
                    yield Fault(
                        alarm.id,
                        f"{metric.path}.{index}.Value",
                        f"{key[1]} of {key[0]} {what}: there will never be data.",
                        right,
                    )


def _wrong(plan: Plan, key: tuple[str, str], value: object) -> str:
    wanted = DIMENSIONS.get(key)
    if wanted is None or not isinstance(value, Ref | GetAtt):
        return ""
    resource = plan.graph.resources.get(value.id)
    if resource is None:
        return ""
    attribute = value.attribute if isinstance(value, GetAtt) else "Ref"
    if resource.type != wanted.type:
        return f"is {value.id}, an {resource.type}"
    if attribute in (wanted.attribute, *SAME):
        return ""
    return "is what Ref gives" if attribute == "Ref" else f"is its {attribute}"


@rule(
    "ST812",
    "metric-nobody-writes",
    "error",
    "observability",
    why="The alarm waits for a metric that no filter of its namespace writes.",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html",
)
def metric_nobody_writes(plan: Plan) -> Iterator[Fault]:
    """Tell of an alarm in a namespace that log filters fill, on a metric that none of them has.

    Bad:
        Filter:
          Type: AWS::Logs::MetricFilter
          Properties:
            MetricTransformations: [{MetricNamespace: app, MetricName: Errors, MetricValue: "1"}]
        Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {Namespace: app, MetricName: Error}}

    Good:
        Filter:
          Type: AWS::Logs::MetricFilter
          Properties:
            MetricTransformations: [{MetricNamespace: app, MetricName: Errors, MetricValue: "1"}]
        Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {Namespace: app, MetricName: Errors}}
    """
    filled: dict[str, set[str]] = {}
    for each in plan.of("AWS::Logs::MetricFilter"):
        for made in maps(each.properties.get("MetricTransformations")):
            names = filled.setdefault(written(at(made, "MetricNamespace")), set())
            names.add(written(at(made, "MetricName")))
    for alarm in plan.of(ALARM):
        for metric in metrics(alarm):
            namespace, name = written(metric.namespace), written(metric.name)
            # Where the app writes metrics of its own into the namespace too, nothing is known.
            if metric.dimensions or namespace not in filled or name in filled[namespace]:
                continue
            yield Fault(
                alarm.id,
                "MetricName",
                f"{name} is written by no filter; {namespace} has "
                f"{', '.join(sorted(filled[namespace]))}.",
                f"MetricName: {min(filled[namespace])}",
            )
