"""Search as it is written: only what OpenSearch takes."""

import pytest

from seatrial.language import Search
from seatrial.mistake import Mistake

SIZE = "t3.small.search"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"version": "OpenSearch_2.19"}, "not an OpenSearch version"),
        ({"size": "t3.small"}, "'t3.small' is not an OpenSearch instance type"),
        ({"masters": "t3.smal.search"}, "'t3.smal.search' is not an OpenSearch instance type"),
        ({"nodes": 0}, "not between 1 and 80"),
        ({"storage_gb": 9}, "not between 10 and 24576"),
        ({"shards": 0}, "must be at least 1"),
        ({"replicas": 1}, "replicas=1 need 2 nodes, and there are 1"),
        ({"replicas": -1}, "replicas=-1"),
    ],
)
def test_what_opensearch_would_refuse_is_told_before_it_does(
    settings: dict[str, object], told: str
) -> None:
    with pytest.raises(Mistake, match=told):
        Search("search", **{"size": SIZE, **settings})


def test_a_copy_needs_a_second_node() -> None:
    assert [Search("search", SIZE, nodes).copies for nodes in (1, 2, 3)] == [0, 1, 1]
    assert Search("search", SIZE, 3, replicas=2).copies == 2
