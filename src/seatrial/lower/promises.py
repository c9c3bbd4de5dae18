"""What CloudFormation has no word for: objectives, and who uses whom."""

from seatrial.graph import Output
from seatrial.graph.annotations import (
    Expected,
    Never,
    RecoveryObjectives,
    ServiceObjectives,
    Suppression,
    Uses,
)
from seatrial.graph.values import GetAtt, Value, join
from seatrial.language import Service, Vpn, Website
from seatrial.language.part import Part
from seatrial.language.promises import seconds
from seatrial.language.service import Program
from seatrial.language.statements import INTERNET
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
        if service not in lowering.routes:
            lowering.annotate(Uses("internet", service.name, "call"))
    for website in lowering.of(Website):
        lowering.annotate(Uses("internet", website.name, "call"))
        for routed in website.uses_parts():
            lowering.annotate(Uses(website.name, routed.name, "call"))
    users: list[Program | Vpn] = [*lowering.programs, *lowering.of(Vpn)]
    for user in users:
        for access in user.accesses():
            used = lowering.environment.part(access.part)
            how = "call" if isinstance(used, Service) else access.mode
            lowering.annotate(Uses(user.name, used.name, how))
    _state(lowering)
    address = _address(lowering)
    if address:
        lowering.graph.outputs["Address"] = Output("Address", address, "Where the system answers")


def _state(lowering: Lowering) -> None:
    """Annotate the traffic, what must never be, and what is accepted; not of parts left out."""
    system, part = lowering.system, lowering.environment.part
    here = set(lowering.environment.parts)

    def name(written: Part | None, otherwise: str) -> str | None:
        if written is None:
            return otherwise
        return part(written).name if part(written) in here else None

    for expected in () if lowering.second else system.expectations:  # traffic is the first region's
        if user := name(expected.part, system.name):
            for measure, levels in expected.measures.items():
                lowering.annotate(Expected(user, measure, *levels))
    for never in system.prohibitions:
        source, target = name(never.source, INTERNET), name(never.target, INTERNET)
        if source and target:
            lowering.annotate(Never(source, target, never.port))
    for accepted in system.acceptances:
        owner = name(accepted.part, "")
        if owner is not None:
            lowering.annotate(Suppression(accepted.rule, owner, accepted.reason))


def _address(lowering: Lowering) -> Value:
    domain = lowering.environment.setting("domain")
    websites = lowering.of(Website)
    if domain and (websites or lowering.web):
        return f"https://{domain.name}"
    for website in [] if lowering.second else websites:
        return join("https://", GetAtt(lowering.id(website, "Distribution"), "DomainName"))
    return join("http://", GetAtt("LoadBalancer", "DNSName")) if lowering.web else None
