"""The graph keeps its order, refuses what clashes, and survives being written and read."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.graph import Graph, Resource
from seatrial.graph.encoding import decode, encode
from seatrial.graph.graph import Origin, ordered
from seatrial.graph.values import Join, Ref, join
from seatrial.mistake import Mistake, Place
from tests.golden.systems import graphs


def made(*edges: tuple[str, str], count: int = 4) -> Graph:
    graph = Graph("shop", "production", "us-east-1")
    for number in range(count):
        id = f"R{number}"
        graph.add(Resource(id, "T", {"x": [Ref(to) for of, to in edges if of == id]}))
    return graph


def test_what_is_needed_comes_first() -> None:
    graph = made(("R0", "R3"), ("R3", "R1"))
    assert [each.id for each in ordered(graph)] == ["R1", "R2", "R3", "R0"]


def test_a_circle_names_its_members() -> None:
    with pytest.raises(Mistake, match="R0, R1"):
        ordered(made(("R0", "R1"), ("R1", "R0")))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20))
def test_any_order_is_right_or_a_circle(edges: list[tuple[int, int]]) -> None:
    graph = made(*[(f"R{a}", f"R{b}") for a, b in edges], count=10)
    try:
        done = [each.id for each in ordered(graph)]
    except Mistake:
        return
    assert sorted(done) == sorted(graph.resources)
    for a, b in edges:
        if a != b:
            assert done.index(f"R{b}") < done.index(f"R{a}")


def test_two_parts_that_become_one_resource() -> None:
    graph = Graph("shop", "production", "us-east-1")
    graph.add(Resource("Api", "T", origin=Origin("a-pi", Place("system.py", 3))))
    with pytest.raises(Mistake, match=r"system\.py:7: 'api' and 'a-pi' both become"):
        graph.add(Resource("Api", "T", origin=Origin("api", Place("system.py", 7))))


def test_encoding_loses_nothing() -> None:
    for graph in graphs("fastapi-app").values():
        written = json.dumps(encode(graph))
        again = decode(json.loads(written))
        assert json.dumps(encode(again)) == written
        assert again.annotations == graph.annotations
        for resource in graph:
            assert again[resource.id].properties == listed(resource.properties)


def listed(value: object) -> object:
    """Give a value with its tuples as the lists that JSON makes of them."""
    if isinstance(value, dict):
        return {key: listed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [listed(each) for each in value]
    return value


@given(st.lists(st.text(max_size=3) | st.sampled_from([Ref("A"), Ref("B")]), max_size=8))
def test_joined_text_is_flat(parts: list[object]) -> None:
    joined = join(*parts)
    if isinstance(joined, Join):
        kinds = [isinstance(each, str) for each in joined.parts]
        assert not any(a and b for a, b in pairwise(kinds))
    assert join(joined) == joined
