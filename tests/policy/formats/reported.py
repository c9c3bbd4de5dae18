"""One report with a finding of every kind."""

from pathlib import Path

from seatrial.policy.findings import every_rule
from seatrial.policy.formats import Report
from seatrial.policy.rule import Finding, Severity
from tests.policy.sample import read

GRAPH = read(
    {
        "Metadata": {"Seatrial": {"Parts": {"Db": "db"}}},
        "Resources": {"Db": {"Type": "AWS::RDS::DBInstance"}},
    }
)
RULES = {each.name: each for each in every_rule()}


def finding(
    rule: str, what: str = "it is open.", accepted: str | None = None, resource: str = "Db"
) -> Finding:
    there = GRAPH.resources.get(resource)
    path = "Port" if there else ""
    return Finding(RULES[rule], there, path, what, "Close it.", "Port: 1", "db", accepted)


def report(*findings: Finding, limit: Severity = "error") -> Report:
    return Report("shop", "production", "us-east-1", Path("system.py"), findings, limit)


ALL = (
    finding("store-open-to-internet"),
    finding("store-in-public-subnet", accepted="a & trap"),
    finding("idle-secret", 'say "<>"\n\x07'),
    finding("unknown-acceptance", "no such rule.", resource=""),
)
