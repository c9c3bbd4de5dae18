"""GitHub workflows: what a pull request is told, and how the branch is delivered.

Takes a delivery, gives the files to commit, by their path from the
repository's root. No workflow holds a key: AWS trusts the token that GitHub
signs. A pull request gets no token at all. No script holds an expression of
GitHub's, so that nothing that a stranger wrote is ever run as a command.
"""

from collections.abc import Mapping
from typing import Any

from seatrial.pipeline.delivery import Delivery, Stage
from seatrial.pipeline.names import build_role, deploy_role, stack_role, templates_bucket
from seatrial.pipeline.pins import (
    LINT,
    NODE,
    PYTHON,
    RUNNERS,
    SEATRIAL,
    UV_TOOL,
    use,
)
from seatrial.pipeline.roles import role_arn
from seatrial.pipeline.script import build_variables, script, variables
from seatrial.pipeline.source import Suite
from seatrial.pipeline.text import render

SCRIPT = ".github/delivery.sh"
ACCOUNT = "${{ vars.AWS_ACCOUNT_ID }}"
READ = {"contents": "read"}
SIGN = {"contents": "read", "id-token": "write"}
TWO_HOURS = 7200
Data = dict[str, Any]

_BEFORE = """\
Written by `seatrial pipeline github`. {}
"""
_NEEDS = """\
Once, by hand: create the stack of `seatrial pipeline bootstrap`, set the repository's variable
AWS_ACCOUNT_ID{variables}, and give the environment production required reviewers.
"""
_TEMPLATES = """\
show() {{
  echo "### $1"
  echo
  if cmp -s "$2" "$3"; then
    echo 'As it was.'
  else
    echo '~~~diff'
    diff -u --label before --label 'with this pull request' "$2" "$3" | head -c 200000 || true
    echo
    echo '~~~'
  fi
}}
git worktree add --quiet --detach "$RUNNER_TEMP/before" HEAD^1
before="$RUNNER_TEMP/before.template"
now="$RUNNER_TEMP/now.json"
for environment in $ENVIRONMENTS; do
  seatrial template "$SYSTEM" --env "$environment" --out "$now"
  cfn-lint -- "$now"
{check}  seatrial template "$RUNNER_TEMP/before/$SYSTEM" --env "$environment" --out "$before" ||
    : >"$before"
  show "Template of $environment" "$before" "$now" >>"$GITHUB_STEP_SUMMARY"
done
# A system that grows needs more rights: then the bootstrap stack is updated before the merge.
bootstrap() {{
  seatrial pipeline bootstrap "$1" --repository "$GITHUB_REPOSITORY" --branch "$BRANCH" --out "$2"
}}
bootstrap "$SYSTEM" "$now"
bootstrap "$RUNNER_TEMP/before/$SYSTEM" "$before" || : >"$before"
show 'Bootstrap stack' "$before" "$now" >>"$GITHUB_STEP_SUMMARY"
"""
_CHECK = """  seatrial check "$SYSTEM" --env "$environment"
"""
_GATE = """\
kinds=$(gh api "repos/$GITHUB_REPOSITORY/environments/production" --jq '.protection_rules[].type')
if ! grep -qx required_reviewers <<<"$kinds"; then
  echo '::error::The environment production has no required reviewers, so nobody would be asked.'
  exit 1
fi"""


def workflows(
    delivery: Delivery, suites: Mapping[str, Suite], *, check: bool = False
) -> dict[str, str]:
    """Give the workflows and their script, by path.

    `suites` says how each source folder is tested; `check`, that `seatrial check` is there.
    """
    variables = sorted({each for stage in delivery.stages for each in stage.parameters})
    needs = _NEEDS.format(variables="".join(f", {each}" for each in variables))
    return {
        ".github/workflows/pull-request.yml": render(
            _pull_request(delivery, suites, check=check),
            _BEFORE.format("A pull request needs no access to AWS and gets none."),
        ),
        ".github/workflows/delivery.yml": render(
            _delivery(delivery, suites), _BEFORE.format("Changes are lost.") + needs
        ),
        SCRIPT: script(),
    }


def _pull_request(delivery: Delivery, suites: Mapping[str, Suite], *, check: bool) -> Data:
    environments = [each.environment for each in delivery.stages]
    template = {
        "name": "Template difference",
        "runs-on": RUNNERS["X86_64"],
        "timeout-minutes": 15,
        "permissions": READ,
        "steps": [
            # The merge of the pull request, and what it is merged into.
            _checkout(depth=2),
            *_python(SEATRIAL, LINT),
            {
                "name": "Check the templates and show what changes",
                "env": {
                    "SYSTEM": delivery.path,
                    "ENVIRONMENTS": " ".join(environments),
                    "BRANCH": delivery.branch,
                },
                "run": _TEMPLATES.format(check=_CHECK if check else ""),
            },
        ],
    }
    return {
        "name": "Pull request",
        "on": {"pull_request": {"branches": [delivery.branch]}},
        "permissions": {},
        "concurrency": {
            "group": "pull-request-${{ github.event.pull_request.number }}",
            "cancel-in-progress": True,
        },
        "defaults": {"run": {"shell": "bash"}},
        "jobs": {**_tests(delivery, suites), "template": template},
    }


def _delivery(delivery: Delivery, suites: Mapping[str, Suite]) -> Data:
    tests = _tests(delivery, suites)
    jobs: Data = dict(tests)
    builds = {f"build-{image.part}": image for image in delivery.images}
    for name, image in builds.items():
        jobs[name] = {
            "name": f"Build {image.part}",
            **({"needs": list(tests)} if tests else {}),
            "runs-on": RUNNERS[image.architecture],
            "timeout-minutes": 30,
            "permissions": SIGN,
            "env": build_variables(delivery, image),
            "steps": [
                _checkout(),
                *_python(SEATRIAL),
                _sign_in(build_role(delivery)),
                _step("Build once and push", f"build {image.part}"),
            ],
        }
    needed = list(builds)
    for stage in delivery.stages:
        if stage.environment == "production":
            jobs["approval"] = _gate(needed)
            needed = ["approval"]
        jobs[stage.environment] = _stage(delivery, stage, needed)
        needed = [stage.environment]
    return {
        "name": "Delivery",
        "on": {"push": {"branches": [delivery.branch]}},
        "permissions": {},
        "concurrency": {"group": "delivery", "cancel-in-progress": False},
        "defaults": {"run": {"shell": "bash"}},
        "env": {"AWS_REGION": delivery.region, "IMAGE_TAG": "${{ github.sha }}"},
        "jobs": jobs,
    }


def _tests(delivery: Delivery, suites: Mapping[str, Suite]) -> Data:
    """Give a job for the tests of each source folder that has some."""
    jobs: Data = {}
    for image in delivery.images:
        suite = suites.get(image.folder)
        if suite is None:
            continue
        jobs[f"test-{image.part}"] = {
            "name": f"Test {image.part}",
            "runs-on": RUNNERS["X86_64"],
            "timeout-minutes": 30,
            "permissions": READ,
            "defaults": {"run": {"working-directory": delivery.folder(image.folder)}},
            "steps": [
                _checkout(),
                *(_python(UV_TOOL) if suite.language == "python" else [_node()]),
                {"name": "Install", "run": "\n".join(suite.install)},
                {"name": "Test", "run": "\n".join(suite.test)},
            ],
        }
    return jobs


def _gate(needed: list[str]) -> Data:
    """Refuse to go on where GitHub would ask nobody: a workflow cannot set reviewers itself."""
    return {
        "name": "Somebody is asked",
        "needs": needed,
        "runs-on": RUNNERS["X86_64"],
        "timeout-minutes": 5,
        "permissions": {"actions": "read"},
        "steps": [
            {
                "name": "See that production asks for approval",
                "env": {"GH_TOKEN": "${{ github.token }}"},
                "run": _GATE,
            }
        ],
    }


def _stage(delivery: Delivery, stage: Stage, needed: list[str]) -> Data:
    environment = variables(delivery, stage) | {
        "TEMPLATES": _plain(templates_bucket(delivery, ACCOUNT, delivery.region)),
        "STACK_ROLE": _plain(role_arn(stack_role(stage), ACCOUNT, "aws")),
    }
    for name in stage.parameters:
        environment[f"PARAMETER_{name}"] = f"${{{{ vars.{name} }}}}"
    steps: list[Data] = [
        _checkout(),
        *_python(SEATRIAL),
        # The description is a program: it runs before there is anything to take.
        _step("Write the template", "template"),
        _sign_in(deploy_role(stage)),
        _step("Remember what runs, or make the stack", "prepare"),
        _step("Copy the images", "promote"),
    ]
    if stage.jobs:
        steps.append(_step("Run the jobs that come first", "migrate"))
    steps.append(_step("Update the stack", "update"))
    if stage.smoke:
        steps.append(_step("Ask whether it answers", "smoke"))
    if stage.site:
        steps.append(_step("Upload what changed of the website", "site"))
    undo = _step("Go back to what ran before", "rollback")
    steps.append({"name": undo["name"], "if": "failure()", "run": undo["run"]})
    return {
        "name": f"Deliver to {stage.environment}",
        "needs": needed,
        "runs-on": RUNNERS["X86_64"],
        "timeout-minutes": 120,
        "environment": stage.environment,
        "permissions": SIGN,
        "env": environment,
        "steps": steps,
    }


def _plain(value: Any) -> str:
    assert isinstance(value, str)
    return value


def _checkout(depth: int = 1) -> Data:
    given: Data = {"persist-credentials": False}
    if depth > 1:
        given["fetch-depth"] = depth
    return {"uses": use("actions/checkout"), "with": given}


def _python(*tools: str) -> list[Data]:
    return [
        {"uses": use("actions/setup-python"), "with": {"python-version": PYTHON}},
        {
            "name": "Install the tools",
            "run": f"python -m pip install --disable-pip-version-check {' '.join(tools)}",
        },
    ]


def _node() -> Data:
    return {"uses": use("actions/setup-node"), "with": {"node-version": NODE}}


def _sign_in(role: str) -> Data:
    return {
        "uses": use("aws-actions/configure-aws-credentials"),
        "with": {
            "role-to-assume": _plain(role_arn(role, ACCOUNT, "aws")),
            "role-duration-seconds": TWO_HOURS,
            "aws-region": "${{ env.AWS_REGION }}",
        },
    }


def _step(name: str, words: str) -> Data:
    return {"name": name, "run": f"bash {SCRIPT} {words}"}
