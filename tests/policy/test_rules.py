"""Every rule against the samples in its docstring and the cases in `cases/`.

A case file is named as its rule and holds a list; each case has a `name`, a `template` (as
`tests.policy.sample` reads one), the ways that are open (`reaches`: source, target and,
where it matters, port) and what the rule `finds`: `Resource.property`, with `part: ` before
it where the case is about the part.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.policy import Plan, Rule
from seatrial.policy.findings import every_rule, look
from tests.policy.reaching import Ways
from tests.policy.sample import load_yaml, read

CASES = Path(__file__).parent / "cases"
OURS = [each for each in every_rule() if each.id not in ("ST001", "ST002")]


def found(rule: Rule, sample: Any, ways: Any = ()) -> list[str]:
    plan = Plan(read(sample), Ways(ways))
    return [each.where for each in look(plan, [rule])]


def cases() -> Iterator[Any]:
    for file in sorted(CASES.glob("*.yaml")):
        for case in load_yaml(file.read_text()):
            yield pytest.param(file.stem, case, id=f"{file.stem}: {case['name']}")


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.name)
def test_the_bad_sample_is_found_and_the_good_one_is_not(rule: Rule) -> None:
    bad, good = (load_yaml(each) for each in rule.samples)
    assert found(rule, bad, bad.pop("Reaches", ())), "the bad sample is found good"
    assert not found(rule, good, good.pop("Reaches", ())), "the good sample is found bad"


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.name)
def test_a_rule_tells_why_and_has_cases(rule: Rule) -> None:
    assert rule.explanation
    assert rule.why.endswith(".")
    file = CASES / f"{rule.name}.yaml"
    assert file.exists(), f"no {file.name}"
    finds = [bool(case["finds"]) for case in load_yaml(file.read_text())]
    assert True in finds, "no case that is bad"
    assert False in finds, "no case that is good"


def test_every_case_file_has_a_rule() -> None:
    assert {each.stem for each in CASES.glob("*.yaml")} <= {each.name for each in OURS}


@pytest.mark.parametrize(("name", "case"), [*cases()])
def test_case(name: str, case: Any) -> None:
    (rule,) = (each for each in OURS if each.name == name)
    graph = read(case["template"], region=case.get("region", "us-east-1"))
    plan = Plan(graph, Ways(case.get("reaches", ())))
    told = look(plan, [rule])
    wanted = case["finds"] or []
    named = [f"{each.part}: {each.where}" if ": " in str(wanted) else each.where for each in told]
    assert sorted(named) == sorted(wanted)
    for each in told:
        assert each.what
        assert each.template
