"""What the description promises of the network, held: `system.never(...)`."""

from collections.abc import Iterator

from seatrial.graph.annotations import Never
from seatrial.policy.plan import Plan
from seatrial.policy.rule import Fault, rule


@rule(
    "ST901",
    "never-reached",
    "error",
    "promises",
    why="The description says that this must never be, and the resources allow it.",
)
def never_reached(plan: Plan) -> Iterator[Fault]:
    """Hold what `system.never(source, target, port)` says.

    A way is open when routes, security groups, network ACLs and load balancers let a
    packet through, whether or not anybody uses it. `seatrial reach` shows every hop.

    Bad:
        Reaches: [[internet, db, 5432]]
        Metadata:
          Seatrial:
            Parts: {Db: db}
            Annotations: [{Kind: Never, source: internet, target: db}]
        Resources:
          Db:
            Type: AWS::RDS::DBInstance

    Good:
        Reaches: []
        Metadata:
          Seatrial:
            Parts: {Db: db}
            Annotations: [{Kind: Never, source: internet, target: db}]
        Resources:
          Db:
            Type: AWS::RDS::DBInstance
    """
    for never in plan.graph.annotated(Never):
        way = plan.reaches(never.source, never.target, never.port)
        if not way:
            continue
        resources = plan.parts.get(never.target) or plan.parts.get(never.source) or []
        yield Fault(
            resources[0].id if resources else "",
            "",
            f"{way}, and the description says never.",
            "Close one of the hops that `seatrial reach` shows.",
            f"Take the use of {never.target} out that opens the way, or the promise.",
            part=never.target,
        )
