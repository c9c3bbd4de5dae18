"""What the decisions assume where AWS's documentation is silent.

Takes nothing; gives the list that the documentation prints. Every entry is named where it is
used as "assumption `id`", and a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assumption:
    """One thing that AWS does not say: what is assumed, why, and the module that relies on it."""

    id: str
    assumed: str
    why: str
    where: str


ASSUMPTIONS: tuple[Assumption, ...] = (
    Assumption(
        "alb.initial-failures",
        "A target that has never been healthy becomes unhealthy after the unhealthy threshold.",
        "Only the one passed check that makes it healthy is documented.",
        "health",
    ),
    Assumption(
        "alb.fail-open-initial",
        "With no healthy target, targets whose first checks are still under way get requests too.",
        "Fail-open is documented for all targets regardless of their health status.",
        "health",
    ),
    Assumption(
        "ecs.zone-ties",
        "Among zones with equally few tasks the one listed first gets the next.",
        "Any of them is documented as optimal; a fixed order makes runs repeatable.",
        "placement",
    ),
    Assumption(
        "ecs.lost-zone-first",
        "Tasks that are still seen in a lost zone are stopped before any other.",
        "They serve nobody; the documentation does not treat a lost zone at scale-in.",
        "placement",
    ),
    Assumption(
        "ecs.throttle-growth",
        "Two failed starts are free, then the wait is 10 seconds and doubles each time.",
        "Only the growth and its maximum of 27 minutes are documented.",
        "backoff",
    ),
    Assumption(
        "ecs.leaving-not-counted",
        "Tasks that drain or stop count neither as healthy nor towards the maximum percent.",
        "The maximum is documented for RUNNING and PENDING tasks; stopping ones are neither.",
        "service",
    ),
    Assumption(
        "ecs.oldest-first",
        "Among equal tasks of a zone the oldest is stopped first.",
        "AWS says at random; a fixed order makes runs repeatable.",
        "service",
    ),
    Assumption(
        "ecs.rebalance-when-steady",
        "Zones are rebalanced only when no deployment, replacement or scaling is under way.",
        "The order of these is not documented; two at once could undo each other.",
        "service",
    ),
    Assumption(
        "ecs.stop-to-minimum",
        "A deployment stops outdated tasks down to the minimum healthy percent at once.",
        "The documentation says that the scheduler may; the harder case is assumed.",
        "service",
    ),
    Assumption(
        "ecs.threshold-at-least-one",
        "A circuit breaker whose percentage gives zero still needs one failure.",
        "UNBOUNDED_PERCENT of a small count rounds to zero, which would fail every deployment.",
        "deployment",
    ),
    Assumption(
        "ecs.both-stages-count",
        "Failed starts and failed health checks add up in one count, in both stages.",
        "The stages are documented apart, the count as one number.",
        "deployment",
    ),
    Assumption(
        "ecs.steady",
        "A deployment completes without waiting for outdated tasks to finish draining.",
        "Steady state is documented by running counts, which draining tasks have left.",
        "deployment",
    ),
    Assumption(
        "aas.alarms",
        "Target tracking scales out after 3 high datapoints and in after 15 below 90 % of target.",
        "These are the alarms seen in accounts; AWS reserves the right to choose others.",
        "tracking",
    ),
    Assumption(
        "aas.missing-delays-out",
        "A missing datapoint also restarts the count of high datapoints.",
        "Documented is that nothing scales on insufficient data.",
        "tracking",
    ),
    Assumption(
        "aas.shared-cooldown",
        "A scaling by one policy starts the cool-down of every policy of the target.",
        "Cool-downs are documented per policy; what several do to each other is not.",
        "tracking",
    ),
    Assumption(
        "aas.scale-in-highest",
        "Scale-in keeps what the highest of the low datapoints needs, in one step.",
        "AWS scales in more gradually than out and rounds so as not to remove too much.",
        "tracking",
    ),
    Assumption(
        "aas.daylight-saving",
        "A local time that is skipped does not fire, one that is repeated fires once.",
        "EventBridge Scheduler documents this of itself, scheduled scaling does not.",
        "schedule",
    ),
    Assumption(
        "cloudwatch.evaluation-range",
        "An alarm looks back two periods more than it evaluates.",
        "The documented example looks at 5 for 3; the rule behind it is not given.",
        "alarm",
    ),
    Assumption(
        "cloudwatch.percentile",
        "A percentile is the nearest rank.",
        "How CloudWatch interpolates is not documented.",
        "alarm",
    ),
    Assumption(
        "cloudwatch.premature",
        "Too few datapoints that all breach and are too recent keep the alarm's state.",
        "Documented is only that the alarm does not go into ALARM at once.",
        "alarm",
    ),
    Assumption(
        "rds.failover-delay",
        "The published 60 to 120 seconds are a delay before fencing plus what is measured.",
        "AWS does not say how they divide into detection, fencing and promotion.",
        "database",
    ),
    Assumption(
        "rds.standby-patience",
        "A stalled standby that does not come back is killed and rebuilt after 30 seconds.",
        "AWS replaces a standby by itself and does not say when.",
        "database",
    ),
    Assumption(
        "elasticache.failover-delay",
        "A failover begins 15 seconds after the primary was found to have failed.",
        "AWS says that the downtime is minimal and publishes no figure.",
        "replication",
    ),
    Assumption(
        "elasticache.replica-patience",
        "A replica that does not answer for 30 seconds is replaced.",
        "AWS replaces failed nodes by itself and does not say when.",
        "replication",
    ),
)
