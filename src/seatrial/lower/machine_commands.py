"""What is run on the one machine from outside: a deployment, and a job.

Systems Manager runs both, so that nobody needs a way in. A job's schedule
starts it there as it would start a task elsewhere.
"""

from collections.abc import Mapping
from typing import Any

from seatrial.graph.values import ACCOUNT, PARTITION, REGION, Ref, Value, join
from seatrial.language import Job
from seatrial.lower import jobs
from seatrial.lower.context import Lowering
from seatrial.lower.door_name import MACHINE
from seatrial.lower.metrics import json_text

DEPLOY, RUN = "MachineDeploy", "MachineRun"
ENDS_IN = 1800
"""Seconds until a deployment is given up; a job has its own time."""
UP = "/usr/local/bin/compose-up {{ Jobs }}"
STARTED = "cloud-init status --wait >/dev/null || true"
"""A machine that has just replaced another is asked before its own first start is over.

https://docs.cloud-init.io/en/latest/reference/cli.html
"""


def lower(lowering: Lowering) -> None:
    """Add the commands, and a schedule for each job that has one."""
    text = f"Brings the machine of {lowering.name} to what the stack says"
    _document(
        lowering,
        DEPLOY,
        "deploy",
        text,
        {
            "parameters": {
                "Jobs": {
                    "type": "String",
                    "description": "Run the jobs that the version waits for, or leave them",
                    "default": "run",
                    "allowedValues": ["run", "leave"],
                }
            },
            "mainSteps": [_shell("deploy", [STARTED, UP], ENDS_IN)],
        },
    )
    if not lowering.jobs:
        return
    names = sorted(each.name for each in lowering.jobs)
    longest = max(each.timeout for each in lowering.jobs)
    _document(
        lowering,
        RUN,
        "run",
        f"Runs a job of {lowering.name} on its machine",
        {
            "parameters": {
                "Job": {"type": "String", "description": "The job", "allowedValues": names}
            },
            "mainSteps": [_shell("run", ["/usr/local/bin/compose-run '{{ Job }}'"], longest)],
        },
    )
    for job in lowering.jobs:
        if job.schedule is not None:
            _schedule(lowering, job)


def _document(
    lowering: Lowering,
    id: str,
    word: str,
    text: str,
    content: Mapping[str, Any],
) -> None:
    """Add a command, under a name that stays when it changes."""
    lowering.add(
        None,
        id,
        "AWS::SSM::Document",
        {
            "Name": f"{lowering.name}-{word}",
            "DocumentType": "Command",
            "DocumentFormat": "JSON",
            "TargetType": "/AWS::EC2::Instance",
            "UpdateMethod": "NewVersion",
            "Content": {"schemaVersion": "2.2", "description": text, **content},
        },
    )


def _shell(name: str, commands: list[str], seconds: int) -> dict[str, Any]:
    inputs = {"timeoutSeconds": str(seconds), "runCommand": commands}
    return {"action": "aws:runShellScript", "name": name, "inputs": inputs}


def _schedule(lowering: Lowering, job: Job) -> None:
    """Start the job by EventBridge Scheduler, which calls Systems Manager itself.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
    """
    asked: Value = {
        "DocumentName": Ref(RUN),
        "InstanceIds": [Ref(MACHINE)],
        "Parameters": {"Job": [job.name]},
    }
    account = (REGION, ":", ACCOUNT)
    targets = [
        join("arn:", PARTITION, ":ssm:", *account, ":document/", Ref(RUN)),
        join("arn:", PARTITION, ":ec2:", *account, ":instance/", Ref(MACHINE)),
    ]
    jobs.schedule(
        lowering,
        job,
        [{"Effect": "Allow", "Action": "ssm:SendCommand", "Resource": targets}],
        {
            "Arn": join("arn:", PARTITION, ":scheduler:::aws-sdk:ssm:sendCommand"),
            "Input": json_text(asked),
        },
    )
