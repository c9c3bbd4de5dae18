"""How a new version of a service takes the old one's place."""

from seatrial.language.part import Setting, setting


@setting
class Rollout(Setting):
    """A rolling deployment, as ECS does it.

    At least `min_healthy` percent of the desired tasks stay healthy and at
    most `max` percent run at once. With `circuit_breaker` a version whose
    tasks keep failing ends the deployment; with `rollback` the last version
    that completed comes back by itself.
    """

    min_healthy: int = 100
    max: int = 200
    circuit_breaker: bool = True
    rollback: bool = True

    def check(self) -> None:
        """Hold the percentages: a rollout needs room to start or to stop a task."""
        if not 0 <= self.min_healthy <= 100:
            raise self.wrong(f"min_healthy={self.min_healthy} is not between 0 and 100 percent.")
        if not 100 <= self.max <= 200:
            raise self.wrong(f"max={self.max} is not between 100 and 200 percent.")
        if self.min_healthy == self.max == 100:
            raise self.wrong(
                "with min_healthy=100 and max=100 no task can ever be replaced.",
                "Raise max to 200, or lower min_healthy.",
            )
        if self.rollback and not self.circuit_breaker:
            raise self.wrong("rollback=True needs circuit_breaker=True.")
