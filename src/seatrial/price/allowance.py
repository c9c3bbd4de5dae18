"""What AWS gives every account free each month, for good, as lines that are taken off.

Takes priced lines, gives lines of less than nothing: as much of each price as is used,
up to what is free. The allowance is the account's, and another system may use it up,
so a bill can also be asked for without it. What ends after a year is never counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from seatrial.price.line import Line
from seatrial.price.quantity import ZERO, Quantity, plain

_FRONT = "https://aws.amazon.com/cloudfront/pricing/"
_WATCH = "https://aws.amazon.com/cloudwatch/pricing/"
_TRANSFER = "https://aws.amazon.com/ec2/pricing/on-demand/"
_KMS = "https://aws.amazon.com/kms/pricing/"
_SNS = "https://aws.amazon.com/sns/pricing/"
_LAMBDA = "https://aws.amazon.com/lambda/pricing/"


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many units a month of these prices together are free, as `source` says."""

    name: str
    keys: tuple[str, ...]
    amount: float
    told: str
    source: str


ALLOWANCES = (
    Allowance("CloudFront data", ("cloudfront.us.gb",), 1024, "1 TB", _FRONT),
    Allowance(
        "CloudFront requests",
        ("cloudfront.us.https_10k", "cloudfront.us.http_10k"),
        1000,
        "10 million requests",
        _FRONT,
    ),
    Allowance("CloudFront functions", ("cloudfront.function_1m",), 2, "2 million runs", _FRONT),
    Allowance("data to the internet", ("egress.gb",), 100, "100 GB", _TRANSFER),
    Allowance("logs", ("cw.logs_gb", "cw.vended_gb"), 5, "5 GB taken in", _WATCH),
    Allowance("metrics", ("cw.metric_mo",), 10, "10 metrics", _WATCH),
    Allowance("alarms", ("cw.alarm_mo",), 10, "10 alarms", _WATCH),
    Allowance("dashboards", ("cw.dashboard_mo",), 3, "3 dashboards", _WATCH),
    Allowance("key calls", ("kms.10k",), 2, "20,000 calls", _KMS),
    Allowance("notifications", ("sns.publish_1m",), 1, "1 million requests", _SNS),
    Allowance("e-mails", ("sns.email_100k",), 0.01, "1,000 e-mails", _SNS),
    Allowance("deliveries", ("sns.https_1m",), 0.1, "100,000 deliveries", _SNS),
    Allowance(
        "queues",
        ("sqs.request_1m",),
        1,
        "1 million requests",
        "https://aws.amazon.com/sqs/pricing/",
    ),
    Allowance("function requests", ("lambda.request_1m",), 1, "1 million requests", _LAMBDA),
    Allowance(
        "function compute", ("lambda.x86.gb_s", "lambda.arm.gb_s"), 400_000, "400,000 GB-s", _LAMBDA
    ),
    Allowance(
        "traces", ("xray.trace_1m",), 0.1, "100,000 traces", "https://aws.amazon.com/xray/pricing/"
    ),
    Allowance(
        "build minutes",
        ("codebuild.linux.small_min", "codebuild.arm.small_min"),
        100,
        "100 minutes",
        "https://aws.amazon.com/codebuild/pricing/",
    ),
    Allowance(
        "pipelines",
        ("codepipeline.pipeline_mo",),
        1,
        "1 pipeline",
        "https://aws.amazon.com/codepipeline/pricing/",
    ),
    Allowance(
        "pipeline minutes",
        ("codepipeline.action_min",),
        100,
        "100 minutes",
        "https://aws.amazon.com/codepipeline/pricing/",
    ),
)
"""Everything that is always free up to an amount, of what the price keys speak of."""

PART = "always free"


def free_lines(lines: Iterable[Line]) -> list[Line]:
    """Give what is taken off, one line a price; a book's own free tier stands instead of ours."""
    used: dict[str, Line] = {}
    amounts: dict[str, Quantity] = {}
    for line in lines:
        if line.known and line.price is not None and line.price.tiers[0].usd:
            used.setdefault(line.key, line)
            amounts[line.key] = amounts.get(line.key, ZERO) + line.quantity
    found = []
    for allowance in ALLOWANCES:
        left = Quantity.of(allowance.amount)
        for key in allowance.keys:
            taken = amounts.get(key, ZERO).at_most(left)
            if not taken:
                continue
            left = left - taken
            price = used[key].price
            assert price is not None
            found.append(
                Line(
                    PART,
                    allowance.name,
                    "",
                    key,
                    price,
                    -taken,
                    f"the first {allowance.told} a month, {plain(allowance.amount)} of the price's"
                    f" unit: {allowance.source}",
                    assumed=("no other system of the account uses what is always free",),
                    usd=price.tiers[0].usd,
                )
            )
    return found
