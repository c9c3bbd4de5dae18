"""Programs that run and end: a task definition each, started by a deployment or a schedule.

A schedule's role may run just this task in this cluster, hand over just its two
roles, and put a start that keeps failing into the job's own dead-letter queue.
On one machine the schedule calls Systems Manager instead.
"""

from collections.abc import Mapping, Sequence

from seatrial.graph import Resource
from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import GetAtt, Value
from seatrial.language import Job
from seatrial.lower import programs
from seatrial.lower.context import GOES_WITH_THE_STACK, Lowering
from seatrial.lower.metrics import alarm

FORTNIGHT = 14 * 24 * 3600
HOUR = 3600


def lower(lowering: Lowering) -> None:
    """Add the task definition of every job, and the schedule where it has one."""
    for job in lowering.jobs:
        programs.task_definition(lowering, job)
        if job.schedule is not None:
            schedule(lowering, job, _may_start(lowering, job), _start(lowering, job))


def watch(lowering: Lowering) -> None:
    """Add an alarm on starts that failed for good, for each scheduled job."""
    for job in lowering.jobs:
        if job.schedule is not None:
            alarm(
                lowering,
                job,
                "NotStarted",
                f"{job.name}: a start by its schedule failed for good",
                ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
                "Maximum",
                0,
                {"QueueName": GetAtt(lowering.id(job, "DeadLetters"), "QueueName")},
                1,
            )


def _start(lowering: Lowering, job: Job) -> Value:
    """Give what starts one task of a job."""
    return {
        "Arn": GetAtt("Cluster", "Arn"),
        "EcsParameters": {
            "TaskDefinitionArn": lowering.ref(job, "Task"),
            "TaskCount": 1,
            "LaunchType": "FARGATE",
            "PlatformVersion": "LATEST",
            "EnableECSManagedTags": True,
            "PropagateTags": "TASK_DEFINITION",
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {
                    "AssignPublicIp": "DISABLED",
                    "Subnets": lowering.private_subnets,
                    "SecurityGroups": [GetAtt(lowering.id(job, "Group"), "GroupId")],
                }
            },
        },
    }


def _may_start(lowering: Lowering, job: Job) -> list[Value]:
    """Give what EventBridge Scheduler needs for it.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html
    """
    handed = [GetAtt(lowering.id(job, kind), "Arn") for kind in ("ExecutionRole", "TaskRole")]
    return [
        {
            "Effect": "Allow",
            "Action": "ecs:RunTask",
            "Resource": lowering.ref(job, "Task"),
            "Condition": {"ArnEquals": {"ecs:cluster": GetAtt("Cluster", "Arn")}},
        },
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": handed,
            "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        },
    ]


def schedule(
    lowering: Lowering, job: Job, may_start: Sequence[Value], start: Mapping[str, Value]
) -> None:
    """Add a job's schedule: `start` is the target that it calls, `may_start` what that asks for."""
    letters = lowering.add(
        job,
        "DeadLetters",
        "AWS::SQS::Queue",
        {"MessageRetentionPeriod": FORTNIGHT, "SqsManagedSseEnabled": True},
        **GOES_WITH_THE_STACK,
    )
    sent = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": letters.att("Arn")}
    role = _role(lowering, job, [*may_start, sent])
    lowering.add(
        job,
        "Schedule",
        "AWS::Scheduler::Schedule",
        {
            "Name": f"{lowering.name}-{job.name}",
            "Description": f"Starts {job.name}",
            "ScheduleExpression": job.schedule,
            "ScheduleExpressionTimezone": job.timezone,
            # Two regions that both run a nightly job would do its work twice.
            "State": "DISABLED" if lowering.second else None,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": start["Arn"],
                "RoleArn": role.att("Arn"),
                **start,
                "RetryPolicy": {
                    "MaximumRetryAttempts": job.retries,
                    "MaximumEventAgeInSeconds": HOUR,
                },
                "DeadLetterConfig": {"Arn": letters.att("Arn")},
            },
        },
    )


def _role(lowering: Lowering, job: Job, statements: Sequence[Value]) -> Resource:
    return lowering.add(
        job,
        "ScheduleRole",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("scheduler.amazonaws.com", here=True),
            "Policies": [
                {
                    "PolicyName": "start",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)},
                }
            ],
        },
    )
