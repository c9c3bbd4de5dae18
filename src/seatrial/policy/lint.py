"""What cfn-lint, checkov and cfn-guard find in the template, as findings.

Takes the template as a file and its graph; runs the tools that are installed, each as a
process of its own; gives their findings under their own rule ids. It writes none of their
rules again. A tool that could not do its work is a `Mistake`, never silence.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

from seatrial.graph import Graph
from seatrial.mistake import Mistake
from seatrial.policy.rule import Finding, Rule, Severity

PATIENCE = 600
"""Seconds until a tool that hangs is stopped."""
LEVELS: dict[str, Severity] = {"Error": "error", "Warning": "warning", "Informational": "note"}


def lint(template: Path, graph: Graph, guard_rules: Path | None = None) -> list[Finding]:
    """Give what the installed tools find; `guard_rules` is a folder of cfn-guard's rule files."""
    found = [*_by_cfn_lint(template, graph)]
    if checkov := which("checkov"):
        found += _by_checkov(checkov, template, graph)
    if guard_rules is not None:
        guard = which("cfn-guard")
        if guard is None:
            raise Mistake("cfn-guard is not there.", right="Install it, or leave its rules out.")
        found += _by_guard(guard, template, graph, guard_rules)
    return found


def _by_cfn_lint(template: Path, graph: Graph) -> Iterator[Finding]:
    if find_spec("cfnlint") is None:
        raise Mistake(
            "--lint needs cfn-lint, which is not there.", right="Run: pip install cfn-lint"
        )
    start = "import sys; from cfnlint.runner import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "--format", "json", "--", str(template)]
    for each in _json("cfn-lint", command, {0, 2, 4, 6, 8, 10, 12, 14}):
        rule = each["Rule"]
        path = each["Location"].get("Path") or []
        resource = str(path[1]) if path[:1] == ["Resources"] and len(path) > 1 else ""
        steps = ".".join(map(str, path[3:] if path[2:3] == ["Properties"] else path[2:]))
        severity = LEVELS.get(each["Level"], "warning")
        yield _finding(
            "cfn-lint", rule["Id"], severity, each["Message"], rule, graph, resource, steps
        )


def _by_checkov(program: str, template: Path, graph: Graph) -> Iterator[Finding]:
    command = [program, "--file", str(template), "--framework", "cloudformation", "secrets"]
    command += ["--output", "json", "--compact", "--quiet", "--soft-fail", "--skip-download"]
    told = _json("checkov", command, {0})
    for report in told if isinstance(told, list) else [told]:
        for each in report.get("results", {}).get("failed_checks", ()):
            rule = {"ShortDescription": each["check_name"], "Source": each.get("guideline")}
            resource = each["resource"].rpartition(".")[2]
            yield _finding(
                "checkov", each["check_id"], "warning", each["check_name"], rule, graph, resource
            )


def _by_guard(program: str, template: Path, graph: Graph, rules: Path) -> Iterator[Finding]:
    command = [program, "validate", "--structured", "--output-format", "json"]
    command += ["--show-summary", "none", "--rules", str(rules), "--data", str(template)]
    for report in _json("cfn-guard", command, {0, 5, 19}):
        for broken in report["not_compliant"]:
            rule = broken["Rule"]
            for resource in sorted(_resources(rule)):
                about = {"ShortDescription": rule["name"]}
                yield _finding(
                    "guard", rule["name"], "warning", rule["name"], about, graph, resource
                )


def _resources(value: Any) -> set[str]:
    """Give the logical ids that cfn-guard names in its paths, `/Resources/Id/...`."""
    if isinstance(value, dict):
        path = value.get("path")
        here = {path.split("/")[2]} if isinstance(path, str) and "/Resources/" in path else set()
        return here.union(*map(_resources, value.values()))
    if isinstance(value, list):
        return set().union(*map(_resources, value))
    return set()


def _finding(
    tool: str,
    id: str,
    severity: Severity,
    what: str,
    about: dict[str, Any],
    graph: Graph,
    resource: str,
    path: str = "",
) -> Finding:
    why = about.get("ShortDescription") or what
    source = about.get("Source") or ""
    rule = Rule(f"{tool}:{id}", tool, severity, "lint", why, source, lambda _: ())
    there = graph.resources.get(resource)
    part = there.part if there else ""
    return Finding(rule, there, path, what, "", "", part)


def _json(tool: str, command: list[str], fine: set[int]) -> Any:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Mistake(f"{tool} has not answered within {PATIENCE} seconds.") from None
    told: Any = None
    if ran.returncode in fine:
        with suppress(ValueError):
            told = json.loads(ran.stdout)
    if told is None:
        said = (ran.stderr or ran.stdout).strip().splitlines()
        raise Mistake(f"{tool} failed: {said[-1] if said else ran.returncode}")
    return told
