"""The alarms and the charts of the one machine.

EC2 moves a machine whose hardware fails and starts one anew whose system
hangs: the alarms ask for both, and tell people. What Docker runs is not
measured one by one; CPU is the machine's.
"""

from seatrial.graph.values import PARTITION, REGION, Ref, Value, join
from seatrial.language import Alerts
from seatrial.lower.context import Lowering
from seatrial.lower.door_name import MACHINE
from seatrial.lower.metrics import Widget, alarm, line, widget

NAMESPACE = "AWS/EC2"
CHARTS = (
    ("CPU", ["CPUUtilization"], "Average"),
    ("CPU credits left", ["CPUCreditBalance"], "Minimum"),
    ("network", ["NetworkIn", "NetworkOut"], "Sum"),
    ("failed checks", ["StatusCheckFailed_System", "StatusCheckFailed_Instance"], "Maximum"),
)


def _of() -> dict[str, Value]:
    return {"InstanceId": Ref(MACHINE)}


def watch(lowering: Lowering, alerts: Alerts) -> None:
    """Add the alarms.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/UsingAlarmActions.html
    """
    for kind, metric, deed, minutes, text in (
        ("Hardware", "StatusCheckFailed_System", "recover", 2, "moved to other hardware"),
        ("Hanging", "StatusCheckFailed_Instance", "reboot", 3, "started anew"),
    ):
        alarm(
            lowering,
            None,
            f"{MACHINE}{kind}",
            f"the machine fails its check for {minutes} minutes, and is {text}",
            (NAMESPACE, metric),
            "Maximum",
            0,
            _of(),
            minutes,
            severity="critical",
            also=[join("arn:", PARTITION, ":automate:", REGION, f":ec2:{deed}")],
        )
    alarm(
        lowering,
        None,
        f"{MACHINE}Cpu",
        f"the machine's CPU over {alerts.cpu:g} percent for ten minutes",
        (NAMESPACE, "CPUUtilization"),
        "Average",
        alerts.cpu,
        _of(),
        2,
        period=300,
    )
    alarm(
        lowering,
        None,
        f"{MACHINE}Credits",
        "the machine has had no CPU credits for an hour: it runs at its baseline",
        (NAMESPACE, "CPUCreditBalance"),
        "Maximum",
        1,
        _of(),
        12,
        "LessThanThreshold",
        period=300,
    )


def widgets() -> list[Widget]:
    """Give the machine's part of the dashboard."""
    return [
        widget(f"machine: {title}", [line(NAMESPACE, name, _of(), statistic) for name in names])
        for title, names, statistic in CHARTS
    ]
