"""Tracing: an OpenTelemetry collector beside each service's container, which writes to X-Ray.

The program speaks OpenTelemetry's own protocol to its own task and knows
nothing of AWS; X-Ray's daemon and SDKs are in maintenance since February 2026.
"""

from seatrial.graph.values import REGION, Ref, Value
from seatrial.language import Tracing
from seatrial.language.service import Program

IMAGE = "public.ecr.aws/aws-observability/aws-otel-collector:v0.48.0"
ENDPOINT = "http://localhost:4317"
STATEMENT: Value = {
    "Effect": "Allow",
    "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
    "Resource": "*",  # X-Ray has no resource to name here
}


def variables(tracing: Tracing, program: Program) -> dict[str, Value]:
    """Give what OpenTelemetry's SDKs read, by its specification of environment variables."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT,
        "OTEL_PROPAGATORS": "xray,tracecontext,baggage",
        "OTEL_SERVICE_NAME": program.name,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": f"{tracing.sampling / 100:g}",
    }


def configuration(memory: int, host: str = "127.0.0.1") -> str:
    """Give what the collector does: it hears on `host`, and nobody outside of the task."""
    return f"""\
extensions:
  health_check:
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: {host}:4317
      http:
        endpoint: {host}:4318
processors:
  memory_limiter:
    check_interval: 1s
    limit_mib: {memory * 3 // 4}
  batch:
    timeout: 1s
exporters:
  awsxray:
service:
  extensions: [health_check]
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter, batch]
      exporters: [awsxray]
"""


def collector(tracing: Tracing, program: Program) -> Value:
    """Give the collector's container: what it does is lost without harm, so it is not essential."""
    return {
        "Name": "collector",
        "Image": IMAGE,
        "Essential": False,
        "User": "10001:10001",
        "Memory": tracing.memory,
        "Environment": [
            {"Name": "AOT_CONFIG_CONTENT", "Value": configuration(tracing.memory)},
            {"Name": "AWS_REGION", "Value": REGION},
        ],
        "ReadonlyRootFilesystem": True,
        "LogConfiguration": {
            "LogDriver": "awslogs",
            "Options": {
                "awslogs-group": Ref("Logs"),
                "awslogs-region": REGION,
                "awslogs-stream-prefix": f"{program.name}-collector",
            },
        },
    }
