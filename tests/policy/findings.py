"""What cfn-lint, checkov and the Control Tower rules find in templates.

Takes template files, gives for each the set of findings: tool, rule, logical
id. checkov and cfn-guard are set up by `scripts/tools`. A tool that could not
read a template, or that looked at none of its resources, is an error and never
an empty set. Nothing is sent anywhere and no template is changed.
"""

import json
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from tests import cfn_lint

TOOLS = Path(__file__).resolve().parents[2] / ".venv/tools"
CHECKOV = TOOLS / "checkov/bin/python"
GUARD = TOOLS / "guard/node_modules/@cdklabs/cdk-validator-cfnguard"
# checkov makes so many objects that a tenth of its time goes into looking for garbage, and
# it writes every step into a log that nobody reads; warnings and errors are still told.
_RUN_CHECKOV = """
import gc, logging, runpy
gc.set_threshold(50_000, 20, 20)
logging.disable(logging.DEBUG)
runpy.run_module("checkov.main", run_name="__main__")
"""
GUARD_SAYS_NO = {5, 19}  # cfn-guard's exit codes for rules that fail; others are its own errors
PATIENCE = 900  # seconds until a tool that hangs is stopped


class Finding(NamedTuple):
    """One rule of one tool that one resource breaks."""

    tool: str
    rule: str
    resource: str


Findings = dict[Path, set[Finding]]


class ToolFailed(Exception):
    """A tool did not do its work, so that its silence means nothing."""


RESOURCE_TYPE = re.compile(r"AWS::\w+::\w+")


def find_all(templates: Sequence[Path]) -> Findings:
    """Run all three tools side by side, each once for all templates."""
    with ThreadPoolExecutor() as pool:
        results = pool.map(lambda tool: tool(templates), (by_checkov, by_guard, by_cfn_lint))
    together: Findings = {template: set() for template in templates}
    for result in results:
        for template, found in result.items():
            together[template] |= found
    return together


def by_cfn_lint(templates: Sequence[Path]) -> Findings:
    """Run cfn-lint with its informational rules too, which it leaves out by default."""
    found: Findings = {}
    for template in templates:
        text = template.read_text(encoding="utf-8")
        found[template] = {
            Finding("cfn-lint", each.rule.id, _resource(each.path or []))
            for each in cfn_lint.matches(text, informational=True)
        }
    return found


def _resource(path: Sequence[object]) -> str:
    if len(path) > 1 and path[0] == "Resources":
        return str(path[1])
    return "/".join(map(str, path))


def by_checkov(templates: Sequence[Path]) -> Findings:
    """Run checkov's CloudFormation and secrets rules, without its platform."""
    command = [str(CHECKOV), "-c", _RUN_CHECKOV, "--file", *map(str, templates)]
    command += ["--framework", "cloudformation", "secrets", "--output", "json"]
    ran = _run([*command, "--compact", "--quiet", "--soft-fail", "--skip-download"])
    if ran.returncode:
        raise ToolFailed(f"checkov: {ran.stderr}")
    reports = json.loads(ran.stdout)
    reports = reports if isinstance(reports, list) else [reports]
    seen = sum(
        report["summary"]["resource_count"]
        for report in reports
        if report.get("check_type") == "cloudformation"
    )
    there = sum(len(json.loads(each.read_bytes())["Resources"]) for each in templates)
    if seen != there:
        raise ToolFailed(f"checkov looked at {seen} of {there} resources")
    found: Findings = {template: set() for template in templates}
    by_path = {str(template.resolve()): template for template in templates}
    for report in reports:
        for each in report["results"]["failed_checks"]:
            template = by_path[str(Path(each["file_abs_path"]).resolve())]
            resource = each["resource"].rpartition(".")[2]  # AWS::S3::Bucket.Logs
            found[template].add(Finding("checkov", each["check_id"], resource))
    return found


def by_guard(templates: Sequence[Path]) -> Findings:
    """Run AWS's Control Tower rules with the cfn-guard that comes with them."""
    command = [str(_guard_program()), "validate", "--structured", "--output-format", "json"]
    command += ["--show-summary", "none", "--rules", *_rules_for(templates)]
    ran = _run([*command, *(word for each in templates for word in ("--data", str(each)))])
    if ran.returncode not in {0, *GUARD_SAYS_NO}:
        raise ToolFailed(f"cfn-guard left with {ran.returncode}: {ran.stderr}")
    found: Findings = {}
    by_path = {str(each.resolve()): each for each in templates}
    for report in json.loads(ran.stdout):
        if not report["compliant"]:
            raise ToolFailed(f"cfn-guard: no rule at all holds in {report['name']}")
        found[by_path[str(Path(report["name"]).resolve())]] = set(_guard_findings(report))
    if found.keys() != set(templates):
        raise ToolFailed(f"cfn-guard looked at {len(found)} of {len(templates)} templates")
    return found


def _rules_for(templates: Sequence[Path]) -> list[str]:
    """Give the rule files that speak of a type in the templates; the others could find nothing."""
    types = {
        each["Type"]
        for template in templates
        for each in json.loads(template.read_bytes())["Resources"].values()
    }
    files = sorted((GUARD / "rules/control-tower/cfn-guard").rglob("*.guard"))
    return [str(each) for each in files if types & set(RESOURCE_TYPE.findall(each.read_text()))]


def _guard_findings(report: dict[str, Any]) -> Iterator[Finding]:
    for broken in report["not_compliant"]:
        rule = broken["Rule"]
        # AWS's identifier, e.g. CT.RDS.PR.20, stands only in the rule's message.
        (id,) = set(re.findall(r"\[(CT\.[A-Z0-9.]+)\]", json.dumps(rule)))
        resources = {
            path.split("/")[2]
            for path in _values(rule["checks"], "path")
            if path.startswith("/Resources/")
        }
        if not resources:
            raise ToolFailed(f"cfn-guard names no resource for {id}")
        for resource in resources:
            yield Finding("guard", id, resource)


def _values(node: Any, key: str) -> Iterator[str]:
    """Give every text under a key, at any depth."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key and isinstance(value, str):
                yield value
            else:
                yield from _values(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _values(value, key)


def _guard_program() -> Path:
    system = {"linux": "ubuntu", "darwin": "macos"}[sys.platform]
    machine = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
    return GUARD / "bin" / system / machine[platform.machine().lower()] / "cfn-guard"


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except FileNotFoundError as missing:
        raise ToolFailed(f"{missing.filename} is not there: run scripts/tools") from missing
