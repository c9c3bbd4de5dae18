"""What CloudFormation has no word for travels as annotations, in seconds."""

from seatrial.graph.annotations import RecoveryObjectives, ServiceObjectives, Uses
from tests.lower.systems import graph_of


def test_objectives_are_in_seconds_and_unsaid_ones_stay_unsaid() -> None:
    text = 'system = System("shop", Service("api", "app", ["run"]), objectives=Objectives({}))'
    graph = graph_of(text.format("rto='15 min', availability=99.9"))
    assert graph.annotated(RecoveryObjectives) == [RecoveryObjectives(900.0, None)]
    assert graph.annotated(ServiceObjectives) == [ServiceObjectives(99.9, None)]
    assert graph_of(text.format("p95='0.3 s'")).annotated(RecoveryObjectives) == []
    assert graph_of(text.format("")).annotations[1:] == []


def test_the_arrows_are_who_calls_reads_and_writes() -> None:
    graph = graph_of(
        'db = Postgres("db", version="15", size="db.t3.micro")\n'
        'job = Job("migrate", "app", ["run"], uses=[db])\n'
        'api = Service("api", "app", ["run"], port=80, env={"H": db.host}, before=job)\n'
        'system = System("shop", api)\n'
    )
    assert graph.annotated(Uses) == [
        Uses("internet", "api", "call"),
        Uses("api", "db", "read"),
        Uses("migrate", "db", "write"),
    ]
