"""What commands share: a graph that AWS would take, or every mistake at once."""

from pathlib import Path

import pytest

from seatrial.cli.options import graph_of
from seatrial.mistake import Mistakes
from tests.cli.command import SYSTEM, described


def test_each_environment_has_its_own_graph(tmp_path: Path) -> None:
    folder = described(tmp_path)
    production, development = (graph_of(folder, n) for n in ("production", "development"))
    assert (production.environment, development.environment) == ("production", "development")
    assert len(production.of("AWS::EC2::NatGateway")) == 2
    assert len(development.of("AWS::EC2::NatGateway")) == 1


def test_all_that_aws_would_refuse_is_told_at_once(tmp_path: Path) -> None:
    long = SYSTEM.replace('"shop"', f'"{"s" * 20}"').replace('"db"', f'"{"d" * 32}"')
    with pytest.raises(Mistakes) as told:
        graph_of(described(tmp_path, long), "development")
    assert told.value.found
    assert all(each.where for each in told.value.found)
