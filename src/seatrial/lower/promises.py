"""What CloudFormation has no word for: objectives, and who uses whom."""

from seatrial.graph import Output
from seatrial.graph.annotations import RecoveryObjectives, ServiceObjectives, Uses
from seatrial.graph.values import GetAtt, join
from seatrial.language.promises import seconds
from seatrial.lower.context import Lowering


def lower(lowering: Lowering) -> None:
    """Annotate the objectives and the arrows, and tell the address."""
    promised = lowering.system.objectives
    if promised:
        times = {
            name: seconds(promised, name, text)
            for name in ("rto", "rpo", "p95")
            if (text := getattr(promised, name)) is not None
        }
        if "rto" in times or "rpo" in times:
            lowering.annotate(RecoveryObjectives(times.get("rto"), times.get("rpo")))
        if promised.availability is not None or "p95" in times:
            lowering.annotate(ServiceObjectives(promised.availability, times.get("p95")))
    for service in lowering.web:
        lowering.annotate(Uses("internet", service.name, "call"))
    for program in lowering.programs:
        for access in program.accesses():
            used = lowering.environment.part(access.part)
            lowering.annotate(Uses(program.name, used.name, access.mode))
    if lowering.web:
        domain = lowering.environment.setting("domain")
        lowering.graph.outputs["Address"] = Output(
            "Address",
            f"https://{domain.name}"
            if domain
            else join("http://", GetAtt("LoadBalancer", "DNSName")),
            "Where the system answers",
        )
