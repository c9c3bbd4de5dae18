"""Who is heard: a file before the description, a logical id before its part."""

from seatrial.graph.annotations import Expected
from seatrial.price.quantity import Quantity
from seatrial.price.usage import Usage
from tests.price.graphs import usage


def test_the_description_is_read() -> None:
    said = Usage.expected([Expected("api", "requests", 1, 2, 3), Expected("api", "tasks", 4, 4, 4)])
    found = said.get("requests", "ApiService", "api")
    assert found is not None
    assert (found.quantity, found.by) == (Quantity(1, 2, 3), "system.expects")
    assert said.get("requests", "db") is None


def test_a_logical_id_is_heard_before_its_part() -> None:
    said = usage(api={"tasks": 5}, ApiService={"tasks": 7})
    found = said.get("tasks", "ApiService", "api")
    assert found is not None
    assert found.quantity == Quantity.of(7)


def test_one_usage_goes_before_another_measure_by_measure() -> None:
    both = usage(api={"tasks": 1}).over(usage(api={"tasks": 9, "requests": 4}, db={"io": 2}))
    assert {
        name: {m: s.quantity.expected for m, s in both.of(name).items()} for name in both.names
    } == {
        "api": {"tasks": 1, "requests": 4},
        "db": {"io": 2},
    }
