"""Whatever the language takes, of all its parts, compiles; what it does not take, it says."""

from hypothesis import HealthCheck, event, given, settings

from seatrial.graph import Graph
from seatrial.graph.check import check
from seatrial.lower import lower
from seatrial.lower.kinds import KINDS
from seatrial.mistake import Mistake
from seatrial.template import render_json
from seatrial.terraform import folder
from tests.lower.systems import FILE, Described, describe
from tests.lower.wide import KNOWN, wide_systems
from tests.terraform.test_folder import account


def graphs(described: Described) -> list[Graph]:
    """Give the graphs of an environment and of its second region. Mistake."""
    environment = describe(described.text).in_environment(described.environment)
    second = environment.second
    return [lower(each) for each in (environment, *([second] if second else []))]


def is_placed(mistake: Mistake) -> bool:
    """Tell whether a mistake names a line of the description."""
    return mistake.where is not None and mistake.where.file == FILE and mistake.where.line > 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wide_systems())
def test_what_the_language_takes_aws_takes(described: Described) -> None:
    try:
        made = graphs(described)
    except Mistake as told:
        event("told what is wrong")
        mistake = told
    else:
        event("compiled")
        mistake = None
    if mistake:
        assert is_placed(mistake), mistake
        return
    for graph in made:
        assert [str(each) for each in check(graph)] == []
        assert render_json(graph)
        account(graph, folder(graph))


def test_every_kind_of_part_is_among_what_is_written() -> None:
    around = {"Service", "Secret", "Topic", "Website", "Vpn"}
    assert {each.part.__name__ for each in KINDS} <= KNOWN | around
