"""Every template is created, changed and deleted on a CloudFormation emulator.

In between, the services' own APIs are asked whether what exists has what the
template says; `emulator/known.py` lists what cannot be seen there, and why.
"""
# ruff: noqa: A001, A002 - a resource's type is AWS's own word

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.graph.schema import schema
from seatrial.template import render_json, template
from tests.template.emulator import ground
from tests.template.emulator.cases import CASES, Bootstrap, Case, Pipeline
from tests.template.emulator.cloud import Cloud, Refused, running
from tests.template.emulator.known import (
    KNOWN,
    MENDED,
    SHAPE_ONLY,
    THROUGH_APIS,
    UNASKED,
    UNSNAPPED,
    applying,
    known,
)
from tests.template.emulator.listings import everything
from tests.template.emulator.paths import MISSING
from tests.template.emulator.small import NUMBER, SMALL
from tests.template.emulator.stack import TEMPLATES, NotDone, Stack

KEPT = ("Retain", "RetainExceptOnCreate")
AnyCase = Case | Bootstrap | Pipeline


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One emulator with all that it lacks by itself."""
    with running(tmp_path_factory.mktemp("emulator")) as made:
        yield made


def on_ground(cloud: Cloud, name: str, region: str, *graphs: Graph) -> Stack:
    """Give a stack that is not made yet, in an account with what its graphs are told of."""
    cloud.reset()
    place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    elsewhere = {} if region == "us-east-1" else place
    cloud.ask("s3", region, "CreateBucket", Bucket=TEMPLATES, **elsewhere)
    zone = cloud.ask(
        "route53", region, "CreateHostedZone", Name="example.com", CallerReference=uuid.uuid4().hex
    )
    certificates = ("EdgeCertificateArn", "AdminClientCertificateArn", "AdminServerCertificateArn")
    values = {
        "HostedZoneId": zone["HostedZone"]["Id"].rpartition("/")[2],
        "ProductionHostedZoneId": zone["HostedZone"]["Id"].rpartition("/")[2],
        "GitHubOwnerId": "1234567",
        "GitHubRepositoryId": "7654321",
        "PagerAddress": "https://pager.example.com/key",
        "RedisImage": "ami-0123456789abcdef0",
        **ground.second_region(cloud, region, graphs),
        **{
            each: f"arn:aws:acm:us-east-1:123456789012:certificate/{each.lower()}"
            for each in certificates
        },
    }
    return Stack(cloud, name, region, values)


def hold(stack: Stack) -> None:
    """Hold the stack against what there is: nothing is otherwise but what is known to be."""
    assert set(stack.ids) == set(stack.template["Resources"])
    assert all(stack.ids.values())
    strange, met = [], set()
    for logical, type, name, how in stack.differences():
        key = known(type, f"{name}{how}")
        if key:
            met.add(key)
        else:
            strange.append(f"{logical} ({type}) {name}{how}")
    assert strange == [], "\n".join(strange)
    expected = set()
    for _, type, properties in stack.resources():
        expected |= applying(type, properties)
    assert expected - met == set(), "known.py lists what is as the template says"


def gone(stack: Stack, left: Mapping[str, Any], removed: dict[str, dict[str, Any]]) -> list[str]:
    """Give the logical ids of `removed` that are still there though nobody keeps them."""
    return [
        logical
        for logical, resource in removed.items()
        if resource["Type"] not in UNASKED
        and not resource["Type"].startswith("Custom::")
        and resource.get("DeletionPolicy") not in KEPT
        and stack.record(resource["Type"], left[logical], resource["Properties"]) is not MISSING
    ]


@pytest.mark.engine
@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_created_changed_and_deleted(cloud: Cloud, case: AnyCase) -> None:
    before, after = case.before(), case.after()
    name = f"{before.system}-{before.environment}"
    stack = on_ground(cloud, name, before.region, before, after)
    was = everything(cloud, before.region)

    stack.create(render_json(before))
    hold(stack)
    first = {logical: properties for logical, _, properties in stack.resources()}
    first_template, first_ids = stack.template["Resources"], stack.ids

    stack.change(render_json(after))
    hold(stack)
    resources = stack.resources()
    changed = {
        logical
        for logical, type, properties in resources
        if type not in UNASKED and logical in first and first[logical] != properties
    }
    assert changed, "the change changes nothing"
    dropped = {
        logical: {**resource, "Properties": first[logical]}
        for logical, resource in first_template.items()
        if logical not in stack.ids
    }
    assert gone(stack, first_ids, dropped) == []

    unprotect(stack)
    stack.delete()
    last = {
        logical: {**stack.template["Resources"][logical], "Properties": properties}
        for logical, _, properties in resources
    }
    assert gone(stack, stack.ids, last) == []
    told = {(first_ids[logical], each["Type"]): each for logical, each in first_template.items()}
    told |= {(stack.ids[logical], each["Type"]): each for logical, each in last.items()}
    kept, snapped = set(), set()
    for (id, type), resource in told.items():
        policies = {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")}
        if policies & set(KEPT):
            kept.add(id)
        if "Snapshot" in policies and type not in UNSNAPPED:
            snapped.add(id)
    left = everything(cloud, before.region) - was
    snapshots = {name for _, operation, name in left if operation.endswith("Snapshots")}
    assert {each for each in left if each[2] not in kept | snapshots} == set()
    assert snapshots <= snapped
    names = {name for _, _, name in left}
    final = {id for id in kept if id in {stack.ids[logical] for logical in last}}
    assert final <= names, "what was to be kept is gone"


def test_every_known_difference_is_of_some_template() -> None:
    met = set()
    for case in CASES:
        for resource in template(case.before())["Resources"].values():
            met |= applying(resource["Type"], resource.get("Properties", {}))
    assert met == set(KNOWN)


def test_every_type_that_is_added_or_left_out_is_of_some_template() -> None:
    types = {each.type for case in CASES for each in case.before()}
    assert THROUGH_APIS | SHAPE_ONLY | set(MENDED) | set(UNASKED) | set(UNSNAPPED) <= types


def test_no_change_replaces_what_has_a_name_of_its_own() -> None:
    """AWS refuses such a change, and the emulator does not always."""
    refused = []
    for case in CASES:
        before, after = (template(each)["Resources"] for each in (case.before(), case.after()))
        for logical in before.keys() & after.keys():
            old, new = before[logical], after[logical]
            held = schema(old["Type"])
            if held is None or old["Type"] != new["Type"]:
                continue
            named = [path for path in held.primary_identifier if _at(old, path) is not None]
            kept = named and all(_at(old, path) == _at(new, path) for path in named)
            replaced = [each for each in held.create_only if _at(old, each) != _at(new, each)]
            if kept and replaced:
                refused.append(f"{case.id}: {logical} {replaced}")
    assert refused == []


def _at(resource: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = resource.get("Properties", {})
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The emulator as it comes."""
    with running(tmp_path_factory.mktemp("plain"), plain=True) as made:
        yield made


@pytest.mark.engine
def test_the_emulator_lacks_every_type_that_is_added(plain: Cloud) -> None:
    stack = on_ground(plain, "lacking", "us-east-1")
    added = THROUGH_APIS | SHAPE_ONLY
    resources = {f"R{number}": {"Type": type} for number, type in enumerate(sorted(added))}
    with pytest.raises(Refused) as refused:
        stack.create(json.dumps({"Resources": resources}))
    told = str(refused.value).rpartition("Unrecognized resource types: [")[2].rstrip("]")
    assert set(told.split(", ")) == added


@pytest.mark.engine
@pytest.mark.parametrize("type", sorted(MENDED))
def test_the_emulator_has_every_type_that_is_mended_otherwise(
    plain: Cloud, cloud: Cloud, type: str
) -> None:
    assert otherwise(plain, type)
    assert not otherwise(cloud, type)


def otherwise(cloud: Cloud, type: str) -> bool:
    """Tell whether the emulator does otherwise than a small template of the type says."""
    stack = on_ground(cloud, "mended", "us-east-1")
    resources, then = SMALL[type]
    try:
        stack.create(json.dumps({"Parameters": NUMBER, "Resources": resources}))
        if then:
            stack.change(json.dumps({"Parameters": NUMBER, "Resources": then}))
    except NotDone:
        return True
    strange = [how for _, type, name, how in stack.differences() if not known(type, f"{name}{how}")]
    return bool(strange) or set(stack.ids) != set(stack.template["Resources"])


def unprotect(stack: Stack) -> None:
    """Allow the deletion of databases, as a person must on AWS before it."""
    for logical, resource in stack.template["Resources"].items():
        if not resource.get("Properties", {}).get("DeletionProtection"):
            continue
        service = "docdb" if "DocDB" in resource["Type"] else "rds"
        what = resource["Type"].rpartition("::")[2]
        stack.cloud.ask(
            service,
            stack.region,
            f"Modify{what}",
            **{f"{what}Identifier": stack.ids[logical]},
            DeletionProtection=False,
            ApplyImmediately=True,
        )
