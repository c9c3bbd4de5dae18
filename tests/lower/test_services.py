"""ECS services: what must be there before the first task, and how many there are."""

from hypothesis import given

from seatrial.graph.annotations import RunsBefore, Uses
from seatrial.graph.values import Ref, referred
from tests.lower.systems import Described, few, graph_of, part_of, systems

LISTENERS = ("AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule")


@few
@given(systems())
def test_a_service_waits_for_what_routes_to_its_target_group(described: Described) -> None:
    """ECS refuses a service whose target group has no load balancer yet."""
    graph = described.graph()
    for service in graph.of("AWS::ECS::Service"):
        groups = {each["TargetGroupArn"].id for each in service.properties.get("LoadBalancers", ())}
        waited = [graph[id] for id in service.depends_on if graph[id].type in LISTENERS]
        assert bool(groups) == bool(waited)
        for each in waited:
            assert groups <= set(referred(each.properties))


@few
@given(systems())
def test_a_service_waits_for_the_credentials_and_the_way_out(described: Described) -> None:
    graph = described.graph()
    used = {(each.part, each.used) for each in graph.annotated(Uses)}
    databases = {part_of(each) for each in graph.of("AWS::RDS::DBInstance")}
    for service in graph.of("AWS::ECS::Service"):
        assert "ClusterCapacity" in service.depends_on
        attached = {
            part_of(graph[id]) for id in service.depends_on if id.endswith("CredentialsAttachment")
        }
        own = {name for user, name in used if user == part_of(service)} & databases
        assert own <= attached
        routes = {
            each.id
            for each in graph.of("AWS::EC2::Route")
            if each.id.startswith("PrivateDefaultRoute")
        }
        assert routes <= set(service.depends_on)


@few
@given(systems())
def test_the_number_of_tasks_is_a_parameter_of_its_own(described: Described) -> None:
    """A number in the template would undo autoscaling at every update."""
    graph = described.graph()
    counts = [each.properties["DesiredCount"] for each in graph.of("AWS::ECS::Service")]
    assert all(isinstance(each, Ref) and each.id in graph.parameters for each in counts)
    assert len({each.id for each in counts}) == len(counts)


def test_the_job_that_runs_first_is_told_to_its_service() -> None:
    graph = graph_of(
        'job = Job("migrate", "app", ["run"])\n'
        'api = Service("api", "app", ["run"], before=job)\n'
        'other = Service("other", "app", ["run"])\n'
        'system = System("shop", api, other)\n'
    )
    assert graph.annotated(RunsBefore) == [RunsBefore("MigrateTask", "ApiService")]


def test_a_rollout_without_room_to_start_is_not_rebalanced() -> None:
    """ECS rebalances only where more than 100 percent may run."""
    graph = graph_of(
        'api = Service("api", "app", ["run"], rollout=Rollout(min_healthy=50, max=100))\n'
        'system = System("shop", api)\n'
    )
    properties = graph["ApiService"].properties
    assert properties["AvailabilityZoneRebalancing"] == "DISABLED"
    assert properties["DeploymentConfiguration"]["MinimumHealthyPercent"] == 50
