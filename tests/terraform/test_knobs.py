"""Which values of an environment become variables."""

from seatrial.graph import Graph, Ref, Resource
from seatrial.terraform.knobs import Knob, knobs


def graph(environment: str, **properties: object) -> Graph:
    made = Graph("shop", environment, "us-east-1")
    made.add(Resource("Db", "AWS::RDS::DBInstance", dict(properties)))
    return made


def test_what_another_environment_has_otherwise_is_one() -> None:
    small = graph("development", MultiAZ=False, DBInstanceClass="db.t3.micro", Engine="postgres")
    large = graph("production", MultiAZ=True, DBInstanceClass="db.r5.large", Engine="postgres")
    found = knobs(small, [small, large])
    assert found.keys() == {("Db", "MultiAZ"), ("Db", "DBInstanceClass")}
    assert found["Db", "MultiAZ"] == Knob("db_multi_az", False, "MultiAZ of Db")
    assert found["Db", "DBInstanceClass"].name == "db_instance_class"


def test_names_of_the_environment_references_and_what_is_missing_are_none() -> None:
    here = graph("a", Name="shop-a-db", Key=Ref("X"), Only=1, Kind=1, Many=[1])
    there = graph("b", Name="shop-b-db", Key=Ref("Y"), Kind="1", Many=[2])
    assert knobs(here, [there]) == {}


def test_a_value_deeper_in_is_found_and_two_never_share_a_name() -> None:
    here = graph("a", Scale={"Min": 1}, ScaleMin=1)
    there = graph("b", Scale={"Min": 2}, ScaleMin=2)
    found = knobs(here, [there])
    assert found["Db", "Scale", "Min"].name == "db_scale_min"
    assert len({each.name for each in found.values()}) == len(found) == 2
