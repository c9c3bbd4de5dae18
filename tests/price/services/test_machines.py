"""Machines alone and in groups, their disks, Spot at its ceiling; endpoints of models."""

import pytest

from seatrial.graph.graph import Origin
from seatrial.graph.values import GetAtt, Ref
from seatrial.mistake import Place
from seatrial.price.quantity import Quantity
from tests.price.graphs import billed, cents, graph, lines, resource, usage

TEMPLATE = resource(
    "Template",
    "EC2::LaunchTemplate",
    LaunchTemplateData={
        "InstanceType": "t3.medium",
        "BlockDeviceMappings": [
            {"Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Iops": 4000, "Throughput": 225}}
        ],
        "Monitoring": {"Enabled": True},
    },
)
LAUNCH = {"LaunchTemplateId": Ref("Template"), "Version": GetAtt("Template", "LatestVersionNumber")}


def test_a_machine_has_what_its_template_says() -> None:
    found = lines(graph(TEMPLATE, resource("M", "EC2::Instance", LaunchTemplate=LAUNCH)))
    assert {name: cents(line) for name, line in found.items()} == {
        "machines": 30.37,
        "disks": 1.60,
        "disk IOPS": 5.00,  # 1,000 beyond the 3,000 of every gp3 volume
        "disk rate": 4.00,  # 100 MB/s beyond 125
        "detailed monitoring": 2.10,
    }


def test_its_own_type_goes_before_the_templates() -> None:
    machine = resource("M", "EC2::Instance", LaunchTemplate=LAUNCH, InstanceType="t3.micro")
    assert lines(graph(TEMPLATE, machine))["machines"].key == "ec2.t3.micro"


def test_hours_that_are_said_count() -> None:
    machine = resource("M", "EC2::Instance", InstanceType="t3.medium")
    found = lines(graph(machine), usage(M={"hours": 100}))
    assert cents(found["machines"]) == 4.16


def test_a_machine_without_an_address_of_its_own_gets_one() -> None:
    public = {"AssociatePublicIpAddress": True, "DeviceIndex": 0}
    machine = resource("M", "EC2::Instance", InstanceType="t3.medium", NetworkInterfaces=[public])
    assert cents(lines(graph(machine))["public IPv4 addresses"]) == 3.65
    kept = resource("Ip", "EC2::EIP", InstanceId=Ref("M"))
    addresses = [
        line for line in billed(graph(machine, kept)).lines if line.component.startswith("public")
    ]
    assert [line.resource for line in addresses] == ["Ip"]


def group(**spot: object) -> object:
    mixed = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": LAUNCH,
            "Overrides": [{"InstanceType": "g5.xlarge"}],
        },
        "InstancesDistribution": spot,
    }
    properties = {"MinSize": "1", "MaxSize": "4", "DesiredCapacity": "2"}
    return graph(
        TEMPLATE,
        resource(
            "Group",
            "AutoScaling::AutoScalingGroup",
            "llm",
            MixedInstancesPolicy=mixed,
            **properties,
        ),
    )


def test_a_group_runs_at_its_minimum_its_wanted_number_and_its_maximum() -> None:
    line = lines(group())["machines"]
    assert line.quantity == Quantity(730, 1460, 2920)
    assert line.key == "ec2.g5.xlarge"
    assert line.assumed == ()


def test_spot_costs_at_most_what_on_demand_does() -> None:
    made = group(OnDemandBaseCapacity=0, OnDemandPercentageAboveBaseCapacity=0)
    ceiling = lines(made)["machines"]
    assert cents(ceiling) == cents(lines(group())["machines"])
    assert "ceiling" in ceiling.assumed[0]
    told = lines(made, usage(llm={"spot_discount": 70}))["machines"]
    assert told.cost.expected == pytest.approx(ceiling.cost.expected * 0.3)
    assert "Spot saves 70 % (test)" in told.assumed[0]


def test_half_on_demand_is_half_on_spot() -> None:
    made = group(OnDemandPercentageAboveBaseCapacity=50)
    told = lines(made, usage(llm={"spot_discount": 70}))["machines"]
    assert told.cost.expected == pytest.approx(2 * 734.38 * 0.65)


def test_an_endpoint_runs_its_variants() -> None:
    variant = {"InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 2}
    made = graph(
        resource("Config", "SageMaker::EndpointConfig", "llm", ProductionVariants=[variant]),
        resource("Endpoint", "SageMaker::Endpoint", "llm", EndpointConfigName=Ref("Config")),
    )
    line = lines(made)["machines"]
    assert (line.key, line.quantity) == ("sagemaker.ml.g5.xlarge", Quantity.of(1460))


def test_a_launch_configuration_monitors_in_detail_unless_told_not_to() -> None:
    def monitored(**said: object) -> bool:
        configuration = resource(
            "Config", "AutoScaling::LaunchConfiguration", InstanceType="t3.medium", **said
        )
        grouped = resource(
            "Group",
            "AutoScaling::AutoScalingGroup",
            MinSize="1",
            LaunchConfigurationName=Ref("Config"),
        )
        return "detailed monitoring" in lines(graph(configuration, grouped))

    assert monitored()
    assert not monitored(InstanceMonitoring=False)


def test_a_disk_without_a_size_is_asked_for() -> None:
    plain = resource("M", "EC2::Instance", InstanceType="t2.micro")
    typed = resource(
        "N",
        "EC2::Instance",
        InstanceType="t2.micro",
        BlockDeviceMappings=[{"Ebs": {"VolumeType": "gp2"}}],
    )
    for machine, kind in ((plain, "gp3"), (typed, "gp2")):
        disk = lines(graph(machine))["disks"]
        assert (disk.wants, disk.key) == ("storage_gb", f"ebs.{kind}_gb_mo")
        assert disk.price is not None
        disk = lines(graph(machine), usage(**{machine.id: {"storage_gb": 30}}))["disks"]
        assert cents(disk) == (2.40 if kind == "gp3" else 3.00)
        assert disk.assumed == (("the image asks for gp3",) if kind == "gp3" else ())


def test_a_resource_with_a_line_and_no_part_goes_by_its_service() -> None:
    machine = resource("M", "EC2::Instance", InstanceType="t2.micro")
    machine.origin = Origin("", Place("stack.yaml", 3))
    assert [each.part for each in billed(graph(machine)).lines] == ["AWS EC2", "AWS EC2"]
