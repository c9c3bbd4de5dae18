"""How requests are followed from service to service."""

from seatrial.language.part import Setting, setting


@setting
class Tracing(Setting):
    """Traces by OpenTelemetry, sent to AWS X-Ray by a collector beside each task.

    `sampling` is the percentage of requests that are followed. A service that
    is instrumented with OpenTelemetry finds the collector through the usual
    `OTEL_*` variables; one that is not runs as before. The collector takes
    `memory` MiB of the task's own.
    """

    sampling: float = 5
    memory: int = 128

    def check(self) -> None:
        """Hold the percentage and the memory."""
        if not 0 < self.sampling <= 100:
            raise self.wrong(f"sampling={self.sampling:g} is not a percentage over 0.")
        if not 64 <= self.memory <= 4096:
            raise self.wrong(f"memory={self.memory} is not between 64 and 4096 MiB.")
