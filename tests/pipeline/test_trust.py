"""The trust of GitHub's roles, walked as IAM would, claim by claim."""

import fnmatch
import re
from functools import cache
from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.graph.values import Ref, Symbol, render
from seatrial.pipeline import trust
from seatrial.pipeline.bootstrap import bootstrap
from seatrial.pipeline.names import camel
from tests.pipeline.systems import DELIVERIES

OWNER_ID, REPOSITORY_ID = "84790634", "1304267049"
CLASSIC = "repo:acme/shop:"
WITH_IDS = f"repo:acme@{OWNER_ID}/shop@{REPOSITORY_ID}:"
FORMS = [CLASSIC, WITH_IDS]
MAIN = "refs/heads/main"


def filled(symbol: Symbol) -> Any:
    """Give what CloudFormation would put in a symbol's place."""
    known = {"GitHubOwnerId": OWNER_ID, "GitHubRepositoryId": REPOSITORY_ID}
    if isinstance(symbol, Ref):
        return known[symbol.id]
    if hasattr(symbol, "parts"):
        return "".join(render(each, filled) for each in symbol.parts)
    return {"AWS::Partition": "aws", "AWS::AccountId": "123456789012"}[symbol.name]


def matches(operator: str, wanted: Any, told: str | None) -> bool:
    """Decide one condition: any value of the policy may match; an absent claim never does."""
    values = wanted if isinstance(wanted, list) else [wanted]
    if told is None:
        return False
    if operator == "StringEquals":
        return told in values
    if operator == "StringLike":
        # IAM knows `*` and `?` only; fnmatch would also read brackets.
        return any(fnmatch.fnmatchcase(told, re.sub(r"([\[\]])", r"[\1]", each)) for each in values)
    raise AssertionError(f"an operator that this test does not know: {operator}")


def may_take(policy: Any, claims: dict[str, str]) -> bool:
    """Decide whether a token with these claims takes the role."""
    host = "token.actions.githubusercontent.com"
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        provider = statement["Principal"]["Federated"]
        assert provider == f"arn:aws:iam::123456789012:oidc-provider/{host}"
        if all(
            matches(operator, wanted, claims.get(key.removeprefix(f"{host}:")))
            for operator, keys in statement["Condition"].items()
            for key, wanted in keys.items()
        ):
            return True
    return False


@cache
def stack(system: str) -> Graph:
    """Give a system's bootstrap stack."""
    return bootstrap(DELIVERIES[system]())


def policy(role: str, system: str = "fastapi-app") -> Any:
    """Give a role's trust as it stands in a system's bootstrap stack, filled in."""
    made = stack(system)[role].properties["AssumeRolePolicyDocument"]
    return render(made, filled)


def token(sub: str, ref: str = MAIN, aud: str = "sts.amazonaws.com") -> dict[str, str]:
    return {"sub": sub, "ref": ref, "aud": aud}


ROLES = [
    pytest.param(system, role, context, id=f"{system}-{role}")
    for system, made in DELIVERIES.items()
    for role, context in [
        ("BuildRole", "ref:refs/heads/main"),
        *(
            (f"{camel(each.environment)}DeployRole", f"environment:{each.environment}")
            for each in made().stages
        ),
    ]
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("system", "role", "context"), ROLES)
def test_the_branch_takes_its_role_in_both_forms(
    system: str, role: str, context: str, form: str
) -> None:
    assert may_take(policy(role, system), token(form + context))


OTHERS = [
    "repo:acme/shop2:",
    "repo:acme/other:",
    "repo:evil/shop:",
    "repo:acme2/shop:",
    "repo:ACME/shop:",
    f"repo:acme@{OWNER_ID}/shop@1:",
    f"repo:acme@1/shop@{REPOSITORY_ID}:",
    f"repo:acme@{OWNER_ID}1/shop@{REPOSITORY_ID}:",
    f"repo:evil@{OWNER_ID}/shop@{REPOSITORY_ID}:",
    f"repo:acme@{OWNER_ID}/shop:",
    f"repo:acme/shop@{REPOSITORY_ID}:",
    f"repo:acme@{OWNER_ID}/x:ref:refs/heads/acme/shop@{REPOSITORY_ID}:",
    "",
]


@pytest.mark.parametrize(("system", "role", "context"), ROLES)
def test_no_other_repository_does(system: str, role: str, context: str) -> None:
    made = policy(role, system)
    assert not [each for each in OTHERS if may_take(made, token(each + context))]


ELSEWHERE = [
    ("ref:refs/heads/feature", "refs/heads/feature"),
    ("ref:refs/heads/main2", "refs/heads/main2"),
    ("ref:refs/heads/x/main", "refs/heads/x/main"),
    ("ref:refs/tags/v1", "refs/tags/v1"),
    ("ref:refs/tags/main", "refs/tags/main"),
    # A pull request, from a fork or from the repository itself.
    ("pull_request", "refs/pull/7/merge"),
    ("pull_request", MAIN),
    ("environment:elsewhere", MAIN),
    ("environment:production2", MAIN),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("system", "role", "context"), ROLES)
def test_no_other_ref_does(system: str, role: str, context: str, form: str) -> None:
    made = policy(role, system)
    # A job elsewhere that names the environment: the subject alone would let it in.
    named = [
        (context, ref)
        for ref in ("refs/pull/7/merge", "refs/heads/feature", "refs/tags/v1", "refs/tags/main")
    ]
    assert not [
        (context, ref)
        for context, ref in [*ELSEWHERE, *named]
        if may_take(made, token(form + context, ref))
    ]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("system", DELIVERIES)
def test_no_environment_takes_the_role_of_another(system: str, form: str) -> None:
    every = [each.values for each in ROLES if each.values[0] == system]
    for _, role, _ in every:
        for _, other, context in every:
            made = policy(str(role), system)
            assert may_take(made, token(form + str(context))) == (role == other)


@pytest.mark.parametrize("missing", ["sub", "ref", "aud"])
def test_every_claim_must_be_there(missing: str) -> None:
    claims = token(f"{CLASSIC}environment:staging")
    del claims[missing]
    assert not may_take(policy("StagingDeployRole"), claims)


def test_a_token_for_somebody_else_is_refused() -> None:
    claims = token(f"{CLASSIC}environment:staging", aud="https://github.com/acme")
    assert not may_take(policy("StagingDeployRole"), claims)


@pytest.mark.parametrize("system", DELIVERIES)
def test_no_trust_has_a_wildcard_and_ids_must_be_told(system: str) -> None:
    made = stack(system)
    roles = [f"{camel(e.environment)}DeployRole" for e in DELIVERIES[system]().stages]
    for role in ("BuildRole", *roles):
        statement = made[role].properties["AssumeRolePolicyDocument"]["Statement"][0]
        assert statement["Condition"].keys() == {"StringEquals"}
        assert "*" not in str(render(statement["Condition"], filled))
    for parameter in (trust.OWNER_ID, trust.REPOSITORY_ID):
        assert made.parameters[parameter.id].default is None
        for wrong in ("", "0", "*", "12*", "acme"):
            assert not re.fullmatch(parameter.allowed_pattern or "", wrong)


def test_this_walk_would_see_a_trust_that_is_too_wide() -> None:
    wide = policy("StagingDeployRole")
    condition = wide["Statement"][0]["Condition"]
    condition["StringLike"] = {"token.actions.githubusercontent.com:sub": "repo:acme/*"}
    del condition["StringEquals"]["token.actions.githubusercontent.com:sub"]
    assert may_take(wide, token("repo:acme/other:environment:staging"))
    del condition["StringEquals"]["token.actions.githubusercontent.com:ref"]
    assert may_take(wide, token("repo:acme/shop:pull_request", "refs/pull/7/merge"))
