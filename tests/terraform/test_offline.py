"""Terraform itself reads, validates and plans what we write, without a network."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.template import render_json
from seatrial.terraform import folder
from tests.golden.systems import graphs, siblings
from tests.terraform.offline import (
    created,
    given,
    installed,
    managed,
    needs_grpc,
    needs_terraform,
    packed_types,
    providers,
    terraform,
    write,
)
from tests.terraform.test_folder import ENVIRONMENTS
from tests.terraform.wire import Unknown, message, pack, read_message, unpack
from tests.terraform.zoo import graph_of, tame


@pytest.fixture(scope="module")
def world() -> Iterator[dict[str, str]]:
    with providers() as environment:
        yield environment


def test_what_travels_is_read_as_it_was_written() -> None:
    values = [None, True, 7, -9, 2**40, 1.5, "é", [1, ["a"]], {"a": {"b": None}}, Unknown()]
    assert unpack(pack(values)) == values
    assert read_message(message((1, "a"), (2, 300), (3, False), (1, b"b"))) == {
        1: [b"a", b"b"],
        2: [300],
    }


# chat's test is its staging but for the name.
PLANNED = [each for each in ENVIRONMENTS if each != ("chat", "test")]


def test_what_is_not_planned_is_another_but_for_its_name() -> None:
    one, other = (render_json(graphs("chat")[name]) for name in ("test", "staging"))
    assert one == other.replace("staging", "test")


@needs_terraform
@needs_grpc
@pytest.mark.engine
@pytest.mark.parametrize(("example", "name"), PLANNED)
def test_it_is_formatted_valid_and_planned(
    example: str, name: str, world: dict[str, str], tmp_path: Path
) -> None:
    graph = graphs(example)[name]
    made = folder(graph, siblings(example, name))
    write(tmp_path, made.files)
    terraform(tmp_path, world, "fmt", "-check", "-recursive")
    knows = installed(tmp_path, world)
    assert created(tmp_path, knows, given(graph)) == managed(made)
    if name == "production":  # a plan validates too, and takes both providers' start
        terraform(tmp_path, knows, "validate", "-no-color")
    shown = json.loads(terraform(tmp_path, knows, "show", "-json", "plan"))
    for each in shown["resource_changes"]:
        for argument, value in (each["change"]["after"] or {}).items():
            assert not argument.endswith("_wo") or value is None


@needs_terraform
@needs_grpc
@pytest.mark.engine
def test_every_packed_type_with_every_property_is_valid_and_planned(
    world: dict[str, str], tmp_path: Path
) -> None:
    animals = {}
    for type_ in packed_types():
        properties, _ = tame(type_)
        if properties is not None:
            animals["".join(type_.split("::")[1:])] = (type_, properties)
    made = folder(graph_of(animals))
    write(tmp_path, made.files)
    terraform(tmp_path, world, "fmt", "-check", "-recursive")
    assert created(tmp_path, installed(tmp_path, world), []) == managed(made)


@needs_terraform
@needs_grpc
@pytest.mark.engine
@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("cidr_block ", "cidr_blok ", "Unsupported argument"),
        ("= true", '= "perhaps"', "a bool is required"),
        ("awscc_ec2_vpc.vpc.vpc_id", "awscc_ec2_vpc.vpc.id_of_vpc", "Unsupported attribute"),
        ("awscc_ec2_vpc.vpc.vpc_id", "awscc_ec2_vpc.nope.vpc_id", "undeclared resource"),
        ("destination_cidr_block = ", "# ", None),
        ("  route_table_id  ", "# ", "Missing required argument"),
    ],
)
def test_the_offline_providers_see_what_is_wrong(
    good: str, bad: str, says: str | None, world: dict[str, str], tmp_path: Path
) -> None:
    files = dict(folder(graphs("fastapi-app")["development"]).files)
    path = "modules/network/main.tf"
    assert good in files[path]
    write(tmp_path, {**files, path: files[path].replace(good, bad, 1)})
    knows = installed(tmp_path, world)
    if says is None:
        terraform(tmp_path, knows, "validate", "-no-color")
        return
    with pytest.raises(AssertionError, match=says):
        terraform(tmp_path, knows, "validate", "-no-color")


@needs_terraform
@needs_grpc
@pytest.mark.engine
def test_an_ephemeral_value_may_go_nowhere_else(world: dict[str, str], tmp_path: Path) -> None:
    files = dict(folder(graphs("fastapi-app")["development"]).files)
    path = "modules/data/main.tf"
    files[path] = files[path].replace("password_wo  ", "password  ", 1)
    write(tmp_path, files)
    knows = installed(tmp_path, world)
    with pytest.raises(AssertionError, match=r"[Ee]phemeral"):
        terraform(tmp_path, knows, "validate", "-no-color")
