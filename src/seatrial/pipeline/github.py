"""GitHub workflows: what a pull request is told, and how the branch is delivered.

Takes a delivery, gives the files to commit, by their path from the
repository's root. No workflow holds a key: AWS trusts the token that GitHub
signs. A pull request gets no token at all. No script holds an expression of
GitHub's, so that nothing that a stranger wrote is ever run as a command.
"""

from collections.abc import Mapping
from typing import Any

from seatrial.pipeline.delivery import Delivery, Site, Stage
from seatrial.pipeline.deployed import suites_after
from seatrial.pipeline.github_jobs import READ, Data, asking, building, checkout, python, testing
from seatrial.pipeline.names import build_role, deploy_role, stack_role, templates_bucket
from seatrial.pipeline.pins import LINT, RUNNERS, SEATRIAL, use
from seatrial.pipeline.roles import role_arn
from seatrial.pipeline.script import build_variables, script, steps, unbuilt, variables
from seatrial.pipeline.source import Suite
from seatrial.pipeline.text import render

SCRIPT = ".github/delivery.sh"
ACCOUNT = "${{ vars.AWS_ACCOUNT_ID }}"
SIGN = {"contents": "read", "id-token": "write"}
TWO_HOURS = 7200
NAMES = {
    "prepare": "Remember what runs, or make the stack",
    "promote": "Copy the images",
    "migrate": "Run the jobs that come first",
    "update": "Update the stack",
    "machine": "Have the machine take it, and be well",
    "smoke": "Ask whether the services answer",
    "site": "Upload what changed of the website",
    "page": "Ask whether the website is this one",
}
TOLD = ("prepare", "update")
"""The steps that are told the stack's parameters."""

_BEFORE = """\
Written by `seatrial pipeline github`; write it anew rather than change it here.
"""
_PULL_REQUEST = """\
A pull request needs no access to AWS and gets none.
"""
_NEEDS = """\

Once, by hand: create the stack of `seatrial pipeline bootstrap`, then set in GitHub's settings
  for the repository: the variable AWS_ACCOUNT_ID
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
  local name named=()
  for name in $ENVIRONMENTS; do
    named+=(--env "$name")
  done
  seatrial pipeline bootstrap "$1" --repository "$GITHUB_REPOSITORY" --branch "$BRANCH" \\
    "${{named[@]}}" --out "$2"
}}
bootstrap "$SYSTEM" "$now"
bootstrap "$RUNNER_TEMP/before/$SYSTEM" "$before" || : >"$before"
show 'Bootstrap stack' "$before" "$now" >>"$GITHUB_STEP_SUMMARY"
"""
_CHECK = """  seatrial check "$SYSTEM" --env "$environment"
"""
_GATE = """\
kinds=$(gh api "repos/$GITHUB_REPOSITORY/environments/$ASKED" --jq '.protection_rules[].type')
if ! grep -qx required_reviewers <<<"$kinds"; then
  echo "::error::The environment $ASKED has no required reviewers, so nobody would be asked."
  exit 1
fi"""

# What `echo` is given would hide that it failed.
_ADDRESS = f"""\
address=$(bash {SCRIPT} address)
echo "address=$address" >>"$GITHUB_OUTPUT"
"""


def workflows(
    delivery: Delivery, suites: Mapping[str, Suite], *, check: bool = False
) -> dict[str, str]:
    """Give the workflows and their script, by path.

    `suites` says how each source folder is tested; `check`, that `seatrial check` is there.
    """
    return {
        ".github/workflows/pull-request.yml": render(
            _pull_request(delivery, suites, check=check), _BEFORE + _PULL_REQUEST
        ),
        ".github/workflows/delivery.yml": render(
            _delivery(delivery, suites), _BEFORE + _needs(delivery)
        ),
        SCRIPT: script(),
    }


def _needs(delivery: Delivery) -> str:
    """Say what a person sets once, environment by environment."""
    told = _NEEDS
    for stage in delivery.stages:
        wanted = ["required reviewers"] if delivery.asks_before(stage) else []
        for kind, names in (("variable", _open(stage)), ("secret", _hidden(stage))):
            if names:
                wanted.append(f"the {kind}{'s' if len(names) > 1 else ''} {', '.join(names)}")
        if wanted:
            told += f"  for the environment {stage.environment}: {'; '.join(wanted)}\n"
    return told


def _hidden(stage: Stage) -> list[str]:
    return [each for each in stage.parameters if stage.graph.parameters[each].no_echo]


def _open(stage: Stage) -> list[str]:
    return [each for each in stage.parameters if not stage.graph.parameters[each].no_echo]


def _pull_request(delivery: Delivery, suites: Mapping[str, Suite], *, check: bool) -> Data:
    environments = [each.environment for each in delivery.stages]
    template = {
        "name": "Template difference",
        "runs-on": RUNNERS["X86_64"],
        "timeout-minutes": 15,
        "permissions": READ,
        "steps": [
            # The merge of the pull request, and what it is merged into.
            checkout(depth=2),
            *python(SEATRIAL, LINT),
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
        "jobs": {
            **testing(delivery, suites),
            **building(delivery, suites, [], keep=False),
            "template": template,
        },
    }


def _delivery(delivery: Delivery, suites: Mapping[str, Suite]) -> Data:
    tests = testing(delivery, suites)
    jobs: Data = dict(tests)
    for image in delivery.images:
        jobs[f"build-{image.name}"] = {
            "name": f"Build {image.name}",
            **({"needs": list(tests)} if tests else {}),
            "runs-on": RUNNERS[image.architecture],
            "timeout-minutes": 30,
            "permissions": SIGN,
            "env": build_variables(delivery, image),
            "steps": [
                checkout(),
                *python(SEATRIAL),
                _sign_in(build_role(delivery)),
                _step("Build once and push", f"build {image.part}"),
            ],
        }
    jobs |= building(delivery, suites, list(tests), keep=True)
    needed = [each for each in jobs if each not in tests]
    for stage in delivery.stages:
        if delivery.asks_before(stage):
            jobs["approval"] = _gate(stage, needed)
            needed = ["approval"]
        after = suites_after(delivery, stage, suites)
        jobs[stage.environment] = _stage(delivery, stage, needed, tells=bool(after))
        needed = [stage.environment]
        if after:
            jobs |= (asked := asking(delivery, stage, after))
            needed = list(asked)[-1:]
    return {
        "name": "Delivery",
        "on": {"push": {"branches": [delivery.branch]}},
        "permissions": {},
        "concurrency": {"group": "delivery", "cancel-in-progress": False},
        "defaults": {"run": {"shell": "bash"}},
        "env": {"AWS_REGION": delivery.region, "IMAGE_TAG": "${{ github.sha }}"},
        "jobs": jobs,
    }


def _gate(stage: Stage, needed: list[str]) -> Data:
    """Refuse to go on where GitHub would ask nobody: a workflow cannot set reviewers itself."""
    return {
        "name": "Somebody is asked",
        "needs": needed,
        "runs-on": RUNNERS["X86_64"],
        "timeout-minutes": 5,
        "permissions": {"actions": "read"},
        "steps": [
            {
                "name": f"See that {stage.environment} asks for approval",
                "env": {"ASKED": stage.environment, "GH_TOKEN": "${{ github.token }}"},
                "run": _GATE,
            }
        ],
    }


def _stage(delivery: Delivery, stage: Stage, needed: list[str], *, tells: bool) -> Data:
    """Give the job that delivers to an environment, and `tells` later ones its address."""
    sites = {
        each.part: f"sites/{each.part}" if each.build else unbuilt(delivery, each)
        for each in stage.sites
    }
    environment = variables(delivery, stage, sites) | {
        "TEMPLATES": _plain(templates_bucket(delivery, ACCOUNT, delivery.region)),
        "STACK_ROLE": _plain(role_arn(stack_role(stage), ACCOUNT, "aws")),
    }
    told = {f"PARAMETER_{name}": f"${{{{ vars.{name} }}}}" for name in _open(stage)}
    told |= {f"PARAMETER_{name}": f"${{{{ secrets.{name} }}}}" for name in _hidden(stage)}
    change, after = steps(stage)
    done: list[Data] = [
        checkout(),
        *(_fetch(each, sites[each.part]) for each in stage.sites if each.build),
        *python(SEATRIAL),
        # The description is a program: it runs before there is anything to take.
        _step("Write the template", "template"),
        _sign_in(deploy_role(stage)),
        *(_step(NAMES[each], each, told if each in TOLD else None) for each in (*change, *after)),
    ]
    if tells:
        done.append({"name": "Tell the address", "id": "address", "run": _ADDRESS})
    undo = _step("Go back to what ran before", "rollback")
    done.append({"name": undo["name"], "if": "failure()", "run": undo["run"]})
    return {
        "name": f"Deliver to {stage.environment}",
        "needs": needed,
        "runs-on": RUNNERS["X86_64"],
        "timeout-minutes": 120,
        "environment": stage.environment,
        "permissions": SIGN,
        **({"outputs": {"address": "${{ steps.address.outputs.address }}"}} if tells else {}),
        "env": environment,
        "steps": done,
    }


def _fetch(site: Site, to: str) -> Data:
    return {
        "uses": use("actions/download-artifact"),
        "with": {"name": f"site-{site.part}", "path": to},
    }


def _plain(value: Any) -> str:
    assert isinstance(value, str)
    return value


def _sign_in(role: str) -> Data:
    return {
        "uses": use("aws-actions/configure-aws-credentials"),
        "with": {
            "role-to-assume": _plain(role_arn(role, ACCOUNT, "aws")),
            "role-duration-seconds": TWO_HOURS,
            "aws-region": "${{ env.AWS_REGION }}",
        },
    }


def _step(name: str, words: str, told: Mapping[str, str] | None = None) -> Data:
    environment = {"env": dict(told)} if told else {}
    return {"name": name, **environment, "run": f"bash {SCRIPT} {words}"}
