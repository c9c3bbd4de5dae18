"""The ECS cluster, with Fargate and Fargate Spot, and the environment's log group."""

from seatrial.lower.context import Lowering, kept


def lower(lowering: Lowering) -> None:
    """Add the cluster and the log group that every program writes to."""
    if not lowering.programs:
        return
    cluster = lowering.add(
        None,
        "Cluster",
        "AWS::ECS::Cluster",
        {
            "ClusterName": lowering.name,
            "ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}],
        },
    )
    lowering.add(
        None,
        "ClusterCapacity",
        "AWS::ECS::ClusterCapacityProviderAssociations",
        {
            "Cluster": cluster.ref,
            "CapacityProviders": ["FARGATE", "FARGATE_SPOT"],
            "DefaultCapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1}],
        },
    )
    logs(lowering, f"/ecs/{lowering.name}")


def logs(lowering: Lowering, name: str) -> None:
    """Add the log group that every program writes to."""
    lowering.add(
        None,
        "Logs",
        "AWS::Logs::LogGroup",
        {"LogGroupName": name, "RetentionInDays": lowering.environment.log_days},
        **kept(lowering.environment.production),
    )
