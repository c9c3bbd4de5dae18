"""The one machine: who reaches it, what it may do, how it is told, what watches it."""

import json
from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Composed, Uses
from seatrial.graph.check import check
from seatrial.graph.values import GetAtt, Intrinsic, Ref, symbols
from seatrial.lower.shipped import shipped
from seatrial.mistake import Mistake
from seatrial.template.cloudformation import template
from tests.graph.schema.lint import errors
from tests.lower.machines import TEXT, machine, resolved
from tests.lower.systems import graph_of
from tests.lower.test_programs import statements


@pytest.fixture(scope="module")
def graph() -> Graph:
    return machine()


def data(graph: Graph) -> dict[str, Any]:
    found: dict[str, Any] = graph["MachineTemplate"].properties["LaunchTemplateData"]
    return found


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"system": ", tracing=Tracing(), firewall=Firewall()"},
        {"system": ', domain=Domain("a.example.com")'},
        {"system": ', region="eu-west-1", domain=Domain("a.example.com")'},
        {"api": ", tasks=2, sticky='1 hour'"},
    ],
)
def test_aws_would_take_it(more: dict[str, str]) -> None:
    graph = machine(**more)
    assert [str(each) for each in check(graph)] == []
    assert errors(graph) == []


def test_nothing_of_fargate_is_there(graph: Graph) -> None:
    services = {"ECS", "ElasticLoadBalancingV2", "ApplicationAutoScaling", "ServiceDiscovery"}
    assert not [each.type for each in graph if each.type.split("::")[1] in services]
    assert not graph.of("AWS::EC2::NatGateway")
    assert len(graph.of("AWS::EC2::Instance")) == 1


def test_it_is_encrypted_and_without_a_key(graph: Graph) -> None:
    assert data(graph)["InstanceType"] == "t4g.medium"
    assert data(graph)["ImageId"].startswith("resolve:ssm:/aws/service/ami-amazon-linux-latest/")
    assert data(graph)["ImageId"].endswith("-arm64")
    assert "KeyName" not in data(graph)
    assert data(graph)["MetadataOptions"]["HttpTokens"] == "required"
    (disk,) = data(graph)["BlockDeviceMappings"]
    assert (disk["Ebs"]["Encrypted"], disk["Ebs"]["VolumeType"]) == (True, "gp3")
    assert data(graph)["CreditSpecification"] == {"CpuCredits": "standard"}


def test_containers_reach_the_role_only_where_one_calls_aws(graph: Graph) -> None:
    assert data(graph)["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
    alone = graph_of('system = System("a", Service("w", "w", ["run"]), machine="t3.micro")\n')
    assert data(alone)["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert data(alone)["ImageId"].endswith("-x86_64")


def test_cloudfront_alone_comes_in(graph: Graph) -> None:
    (way,) = graph["MachineGroup"].properties["SecurityGroupIngress"]
    assert way["SourcePrefixListId"] == Ref("EdgeAddresses")
    assert (way["FromPort"], way["ToPort"]) == (80, 80)
    (interface,) = data(graph)["NetworkInterfaces"]
    assert interface["Groups"] == [GetAtt("MachineGroup", "GroupId")]
    assert interface["AssociatePublicIpAddress"] is False
    assert graph["MachineAddress"].properties["InstanceId"] == Ref("Machine")


def test_nobody_comes_in_where_nothing_is_public() -> None:
    alone = graph_of('system = System("a", Service("w", "w", ["run"]), machine="t3.micro")\n')
    assert "SecurityGroupIngress" not in alone["MachineGroup"].properties
    assert "EdgeKey" not in alone.resources


def test_its_group_reaches_what_the_programs_use_and_each_once(graph: Graph) -> None:
    rules = {
        (each.properties["GroupId"].id, each.properties["FromPort"])
        for each in graph.of("AWS::EC2::SecurityGroupIngress")
        if each.properties["SourceSecurityGroupId"] == GetAtt("MachineGroup", "GroupId")
    }
    assert rules == {("DbGroup", 5432)}
    assert len(graph.of("AWS::EC2::SecurityGroup")) == 2


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("us-east-1", "ec2-192-0-2-1.compute-1.amazonaws.com"),
        ("eu-west-1", "ec2-192-0-2-1.eu-west-1.compute.amazonaws.com"),
    ],
)
def test_the_distribution_asks_by_the_name_of_its_address(region: str, name: str) -> None:
    graph = machine(system=f', region="{region}"')
    config = template(graph)["Resources"]["SiteDistribution"]["Properties"]["DistributionConfig"]
    (origin,) = (each for each in config["Origins"] if each["Id"] == "services")
    assert evaluated(origin["DomainName"], region) == name
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "http-only"
    assert origin["OriginCustomHeaders"][0]["HeaderName"] == "X-Edge-Key"


def evaluated(value: Any, region: str) -> Any:
    """Do what CloudFormation does with the functions of the origin's name."""
    match value:
        case {"Ref": "MachineAddress"}:
            return "192.0.2.1"
        case {"Fn::Sub": text}:
            known = {"${AWS::Region}": region, "${AWS::URLSuffix}": "amazonaws.com"}
            for word, meaning in known.items():
                text = text.replace(word, meaning)
            return text
        case {"Fn::Split": [mark, of]}:
            return evaluated(of, region).split(mark)
        case {"Fn::Join": [mark, pieces]}:
            found = evaluated(pieces, region)
            return mark.join(evaluated(each, region) for each in found)
    return value


def test_its_role_is_what_the_programs_may_do_and_read(graph: Graph) -> None:
    allowed: dict[str, list[Any]] = {}
    for each in statements(graph["MachineRole"]):
        actions = each["Action"] if isinstance(each["Action"], list) else [each["Action"]]
        for action in actions:
            allowed.setdefault(action, []).append(each["Resource"])
    assert "bedrock:InvokeModel" in allowed
    assert "s3:PutObject" in allowed
    (secrets,) = allowed["secretsmanager:GetSecretValue"]
    assert {each.id for each in secrets} == {
        "DbCredentials",
        "EdgeKey",
        "JwtSecret",
        "RedisPassword",
        "RedisUrl",
    }
    (images,) = allowed["ecr:BatchGetImage"]
    assert {each.id for each in images} == {"ApiRepository", "MlRepository"}
    (parameters,) = allowed["ssm:GetParameter"]
    assert [resolved(each).rpartition("-")[2] for each in parameters] == [
        "machinefile",
        "machinesecrets",
    ]
    everything = [name for name, over in allowed.items() if "*" in over]
    assert everything == ["ecr:GetAuthorizationToken"]


def test_user_data_holds_no_secret_and_no_version(graph: Graph) -> None:
    encoded = data(graph)["UserData"]
    assert isinstance(encoded, Intrinsic)
    text = resolved(encoded.argument)
    assert "{{resolve" not in text
    assert "imagetag" not in text
    for name in ("compose_up.sh", "compose_run.sh", "compose_secrets.py", "compose_machine.sh"):
        assert shipped(name) in text
    assert len(text.encode()) < 16_384 - 1000  # what AWS puts in for the symbols is longer


def test_a_new_version_changes_the_file_and_not_the_machine() -> None:
    graph = machine()
    changed = [each.id for each in graph if Ref("ImageTag") in symbols(each.properties)]
    assert changed == ["MachineFile"]


def test_systems_manager_deploys_and_runs_jobs(graph: Graph) -> None:
    deploy = graph["MachineDeploy"].properties
    assert (deploy["Name"], deploy["UpdateMethod"]) == ("shop-cheap-deploy", "NewVersion")
    (step,) = deploy["Content"]["mainSteps"]
    assert step["inputs"]["runCommand"] == [
        "cloud-init status --wait >/dev/null || true",
        "/usr/local/bin/compose-up {{ Jobs }}",
    ]
    jobs = deploy["Content"]["parameters"]["Jobs"]
    assert (jobs["default"], jobs["allowedValues"]) == ("run", ["run", "leave"])
    run = graph["MachineRun"].properties["Content"]
    assert run["parameters"]["Job"]["allowedValues"] == ["migrate", "nightly"]


def test_a_schedule_calls_systems_manager(graph: Graph) -> None:
    target = graph["NightlySchedule"].properties["Target"]
    assert resolved(target["Arn"]).endswith(":scheduler:::aws-sdk:ssm:sendCommand")
    assert json.loads(resolved(target["Input"])) == {
        "DocumentName": "the-machinerun",
        "InstanceIds": ["the-machine"],
        "Parameters": {"Job": ["nightly"]},
    }
    (sends, _) = statements(graph["NightlyScheduleRole"])
    assert sends["Action"] == "ssm:SendCommand"
    assert len(sends["Resource"]) == 2


def test_ec2_recovers_it_and_people_hear_of_it(graph: Graph) -> None:
    hardware = graph["MachineHardwareAlarm"].properties
    assert hardware["MetricName"] == "StatusCheckFailed_System"
    assert [resolved(each).rpartition(":")[2] for each in hardware["AlarmActions"]] == [
        "the-alerttopic",
        "recover",
    ]
    hanging = graph["MachineHangingAlarm"].properties
    assert resolved(hanging["AlarmActions"][1]).endswith(":ec2:reboot")
    assert graph["MachineCpuAlarm"].properties["Threshold"] == 80
    assert not [each for each in graph.of("AWS::CloudWatch::Alarm") if "Api" in each.id]


def test_what_is_built_and_who_uses_whom_is_annotated(graph: Graph) -> None:
    composed = {each.program: each for each in graph.annotated(Composed)}
    assert set(composed) == {"api", "migrate", "ml", "nightly", "worker"}
    assert composed["worker"].repository == "ApiRepository"
    assert composed["ml"] == Composed(
        "Machine", "ml", "MlRepository", "ml", "ARM64", "MachineDeploy"
    )
    assert Uses("api", "redis", "write") in graph.annotated(Uses)
    # A schedule starts the one job, and a new version waits for the other.
    assert {each.run for each in composed.values()} == {""}
    assert (composed["api"].health, composed["api"].paths) == ("/health", ("/api/*", "/v?/feed"))


def test_a_job_that_nothing_starts_says_what_runs_it() -> None:
    text = TEXT.format(redis="", api="", system="", more="")
    schedule = ', schedule="cron(0 3 * * ? *)"'
    assert schedule in text
    graph = graph_of(text.replace(schedule, ""), "cheap")
    found = {each.program: each.run for each in graph.annotated(Composed) if each.run}
    assert found == {"nightly": "MachineRun"}
    assert graph["MachineRun"].type == "AWS::SSM::Document"


def test_a_firewall_at_a_load_balancer_is_refused() -> None:
    with pytest.raises(Mistake, match="on one machine there is no load balancer"):
        machine(system=', firewall=Firewall(at="load balancer")')


def test_a_model_on_machines_of_its_own_needs_nat() -> None:
    llm = 'change={llm: LLM("llm", "a/b", on="gpu", size="g6.xlarge")}'
    with pytest.raises(Mistake, match="nat='none'"):
        machine(more=f", {llm}")
    assert machine(more=f', {llm}, nat="one"').of("AWS::EC2::NatGateway")
