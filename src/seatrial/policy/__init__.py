"""What is wrong with a system, as findings over its graph.

Takes a graph, and from whoever asks an answer to "can this reach that"; gives
findings, each with its rule, resource, property and the edit that mends it. It
looks only for what needs the whole system; what one resource's properties say
alone, cfn-lint, checkov and guard find. It never changes the graph.
"""

from seatrial.policy.findings import findings
from seatrial.policy.plan import Plan, Reach
from seatrial.policy.rule import Fault, Finding, Rule, Severity

__all__ = ["Fault", "Finding", "Plan", "Reach", "Rule", "Severity", "findings"]
