"""The example systems as they are give exactly their golden lists."""

import pytest

from tests.golden.systems import graphs
from tests.policy.own import FOLDER, home, systems, told


@pytest.mark.parametrize(("example", "name"), systems())
def test_a_system_gives_exactly_its_list(example: str, name: str) -> None:
    assert told(graphs(example)[name]) == home(example, name).read_text()


def test_every_list_has_a_system() -> None:
    assert set(FOLDER.iterdir()) == {home(*each) for each in systems()}
