"""Amazon EC2: instances alone and in groups, their disks, detailed monitoring."""

from collections.abc import Mapping
from typing import Any

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.line import Line
from seatrial.price.quantity import Quantity, plain
from seatrial.price.rules import prices
from seatrial.price.spot import spot_share

TEMPLATE = "AWS::EC2::LaunchTemplate"
CONFIGURATION = "AWS::AutoScaling::LaunchConfiguration"
DETAILED = 7
"""Metrics of detailed monitoring per instance: https://aws.amazon.com/cloudwatch/pricing/"""
BASE_IOPS = 3000
BASE_MBPS = 125
"""What a gp3 volume has without paying for more:
https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html"""


@prices("AWS::EC2::Instance")
def instance(resource: Resource, estimate: Estimate) -> Lines:
    """Price one machine with what its launch template says."""
    written = {**_template(resource.properties.get("LaunchTemplate"), estimate)}
    written.update(resource.properties)
    hours, told = estimate.hours(resource)
    spot = _spot_market(written, estimate)
    yield from _machines(resource, estimate, written, Quantity.of(1), (hours, told, float(spot)))
    if _public(written, estimate) and not _has_address(resource, estimate):
        yield estimate.line(resource, "public IPv4 addresses", "ipv4.h", hours, f"1 x {told}")


@prices("AWS::AutoScaling::AutoScalingGroup")
def group(resource: Resource, estimate: Estimate) -> Lines:
    """Price a group's machines at its minimum, its wanted number and its maximum."""
    properties = resource.properties
    least = estimate.number(properties.get("MinSize"))
    most = estimate.number(properties.get("MaxSize"), least)
    wanted = estimate.number(properties.get("DesiredCapacity"), least)
    said = estimate.said("instances", resource)
    count = said.quantity if said else Quantity(least, min(max(wanted, least), most), most)
    mixed = estimate.map(properties.get("MixedInstancesPolicy"))
    launch = estimate.map(mixed.get("LaunchTemplate"))
    written = _template(
        launch.get("LaunchTemplateSpecification") or properties.get("LaunchTemplate"), estimate
    )
    configuration = estimate.named(properties.get("LaunchConfigurationName"), CONFIGURATION)
    if configuration is not None:
        written = _configured(configuration)
    overrides = estimate.maps(launch.get("Overrides"))
    if overrides and overrides[0].get("InstanceType"):
        written = {**written, "InstanceType": overrides[0]["InstanceType"]}
    shares = estimate.map(mixed.get("InstancesDistribution"))
    spot = float(_spot_market(written, estimate) or "SpotPrice" in written)
    if mixed and not estimate.number(shares.get("OnDemandBaseCapacity")):
        spot = 1 - estimate.number(shares.get("OnDemandPercentageAboveBaseCapacity"), 100) / 100
    hours, told = estimate.hours(resource)
    yield from _machines(resource, estimate, written, count, (hours, told, spot))


def _template(value: Any, estimate: Estimate) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    named = value.get("LaunchTemplateId") or value.get("LaunchTemplateName")
    template = estimate.named(named, TEMPLATE)
    return estimate.map(template.properties.get("LaunchTemplateData")) if template else {}


def _configured(configuration: Resource) -> Mapping[str, Any]:
    """Give a launch configuration as a launch template would say it.

    It monitors in detail unless it is told not to:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-autoscaling-launchconfiguration.html
    """
    said = configuration.properties
    return {**said, "Monitoring": {"Enabled": said.get("InstanceMonitoring", True)}}


def _spot_market(written: Mapping[str, Any], estimate: Estimate) -> bool:
    market = estimate.map(written.get("InstanceMarketOptions"))
    return estimate.text(market.get("MarketType")) == "spot"


def _public(written: Mapping[str, Any], estimate: Estimate) -> bool:
    return any(
        estimate.true(each.get("AssociatePublicIpAddress"))
        for each in estimate.maps(written.get("NetworkInterfaces"))
    )


def _has_address(resource: Resource, estimate: Estimate) -> bool:
    return any(
        estimate.follow(each.properties.get("InstanceId")) is resource
        for each in estimate.of("AWS::EC2::EIP")
    )


def _machines(
    resource: Resource,
    estimate: Estimate,
    written: Mapping[str, Any],
    count: Quantity,
    run: tuple[Quantity, str, float],
) -> Lines:
    hours, told, spot = run
    class_ = estimate.text(written.get("InstanceType"))
    share, spot_told, assumed = spot_share(resource, estimate, spot)
    if not class_:
        yield estimate.unknown(resource, "machines", "", "its type is not known")
        return
    how = f"{count} {class_} x {told}{spot_told}"
    yield estimate.line(
        resource, "machines", f"ec2.{class_}", count * hours * share, how, assumed=assumed
    )
    disks = estimate.maps(written.get("BlockDeviceMappings"))
    if not disks:
        why = "the size of its first disk is the image's"
        yield _unsized(resource, estimate, ("gp3", "the image asks for gp3"), count, why)
    for each in disks:
        volume = estimate.map(each.get("Ebs"))
        if volume:
            yield from _disk(resource, estimate, volume, count)
    monitoring = written.get("Monitoring")
    on = monitoring.get("Enabled") if isinstance(monitoring, dict) else monitoring
    if estimate.true(on):
        yield estimate.line(
            resource,
            "detailed monitoring",
            "cw.metric_mo",
            count * DETAILED,
            f"{count} x {DETAILED} metrics",
        )


def _unsized(
    resource: Resource, estimate: Estimate, of: tuple[str, str], count: Quantity, why: str
) -> Line:
    """Price a disk whose size nobody wrote: what is said to be stored, else it is not known.

    `of` is its kind, and what was assumed to know that.
    """
    kind, assumed = of
    key, said = f"ebs.{kind}_gb_mo", estimate.said("storage_gb", resource)
    if said is None:
        return estimate.unknown(resource, "disks", key, why, wants="storage_gb")
    how = f"{count} x {said.quantity} GB {kind} ({said.by})"
    return estimate.line(
        resource, "disks", key, count * said.quantity, how, assumed=[assumed] if assumed else ()
    )


def _disk(
    resource: Resource, estimate: Estimate, volume: Mapping[str, Any], count: Quantity
) -> Lines:
    kind = estimate.text(volume.get("VolumeType"), "gp2")
    size = estimate.number(volume.get("VolumeSize") or volume.get("Size"))
    if not size:
        why = "the size of its disk is the image's"
        yield _unsized(resource, estimate, (kind, ""), count, why)
        return
    how = f"{count} x {plain(size)} GB {kind}"
    yield estimate.line(resource, "disks", f"ebs.{kind}_gb_mo", count * size, how)
    iops = estimate.number(volume.get("Iops"))
    beyond = iops - (BASE_IOPS if kind == "gp3" else 0)
    if iops and beyond > 0:
        how = f"{count} x {plain(beyond)} IOPS"
        yield estimate.line(resource, "disk IOPS", f"ebs.{kind}_iops_mo", count * beyond, how)
    rate = estimate.number(volume.get("Throughput"))
    if kind == "gp3" and rate > BASE_MBPS:
        more = rate - BASE_MBPS
        how = f"{count} x {plain(more)} MB/s"
        yield estimate.line(resource, "disk rate", "ebs.gp3_mbps_mo", count * more, how)


@prices("AWS::EC2::Volume")
def volume(resource: Resource, estimate: Estimate) -> Lines:
    """Price a disk of its own."""
    yield from _disk(resource, estimate, resource.properties, Quantity.of(1))
