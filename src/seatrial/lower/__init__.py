"""Parts become AWS resources: the pipeline that makes the graph.

Takes a checked system and one of its environments, gives the one graph that
everything else reads. Each stage adds resources and never changes another
stage's; who may reach whom follows from `uses` alone.
"""

from collections.abc import Callable

from seatrial.graph import Graph
from seatrial.language import Environment
from seatrial.lower import (
    alerts,
    audit,
    cluster,
    dns,
    firewall,
    jobs,
    kinds,
    load_balancer,
    machine,
    network,
    promises,
    recovery,
    registry,
    scaling,
    security,
    services,
)
from seatrial.lower.context import Lowering

STAGES: tuple[Callable[[Lowering], None], ...] = (
    network.lower,  # the VPC, its zones, subnets, gateways, routes, network ACLs, endpoints
    security.lower,  # one security group a part; the rules between them from `uses`
    kinds.lower,  # the parts of every kind: secrets, databases, websites, ...
    registry.lower,  # an image repository a program
    cluster.lower,  # the ECS cluster and the log group
    load_balancer.lower,  # the ALB, its target groups, listeners and rules
    jobs.lower,  # task definitions that run once
    services.lower,  # task definitions and services, with the roles they need
    scaling.lower,  # scalable targets, policies and schedules
    dns.lower,  # the certificate and the record of a domain
    firewall.lower,  # the web ACL before the public door
    alerts.lower,  # alarms, metric filters, the topic and the dashboard
    audit.lower,  # the trail and its bucket
    recovery.lower,  # the backup plan and its vault, the health check, the steps of a recovery
    promises.lower,  # objectives and arrows, which CloudFormation has no word for
)


ON_ONE_MACHINE: tuple[Callable[[Lowering], None], ...] = (
    network.lower,
    security.lower,
    kinds.lower,
    registry.lower,
    machine.lower,  # the machine, what it runs, and what is run on it from outside
    dns.lower,
    firewall.lower,
    alerts.lower,
    audit.lower,
    recovery.lower,
    promises.lower,
)
"""The same where one machine runs every program: in the place of cluster, tasks and balancer."""

COPIES: tuple[Callable[[Lowering], None], ...] = (recovery.lower,)
"""The one stage of a second region that holds copies alone."""


def lower(environment: Environment) -> Graph:
    """Make the graph of a system in one environment."""
    lowering = Lowering(environment)
    stages = ON_ONE_MACHINE if environment.machine else STAGES
    for stage in stages if environment.runs else COPIES:
        stage(lowering)
    return lowering.graph
