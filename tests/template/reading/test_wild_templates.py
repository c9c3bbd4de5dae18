"""Whatever a file holds, it is a graph or one clear message, never a frame of ours."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.mistake import Mistake, Mistakes
from seatrial.template.reading import read_template
from seatrial.template.reading.functions import FUNCTIONS
from tests.golden.systems import FOLDER

NAMES = st.sampled_from(["A", "B", "P", "C", "A.Arn", "AWS::NoValue", "AWS::Region", "", "Fn::If"])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | NAMES
)
CALLS = st.sampled_from([*FUNCTIONS, "Condition", "Fn::Equals", "Fn::Not", "Fn::And", "Fn::Other"])


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=3)
        | st.builds(lambda name, value: {name: value}, CALLS, inner)
    )


VALUES = st.recursive(LEAVES, _grown, max_leaves=8)
TYPES = st.sampled_from(
    [
        *("AWS::EC2::VPC", "AWS::CloudFormation::Stack", "AWS::ECS::TaskDefinition"),
        *(
            "AWS::SecretsManager::Secret",
            "AWS::SecretsManager::SecretTargetAttachment",
            "Custom::X",
        ),
    ]
)
KINDS = st.sampled_from(
    [
        *("String", "Number", "CommaDelimitedList", "List<Number>", "AWS::EC2::VPC::Id"),
        *("AWS::EC2::AvailabilityZone::Name", "AWS::SSM::Parameter::Value<String>"),
    ]
)
PROPERTIES = st.dictionaries(
    st.sampled_from(
        ["CidrBlock", "TemplateURL", "Parameters", "ContainerDefinitions", "SecretId", "Other"]
    ),
    VALUES,
    max_size=3,
)
RESOURCE = st.fixed_dictionaries(
    {"Type": TYPES},
    optional={
        "Properties": PROPERTIES | VALUES,
        "Condition": NAMES,
        "DependsOn": VALUES,
        "DeletionPolicy": VALUES,
        "Metadata": VALUES,
    },
)
TEMPLATES = st.fixed_dictionaries(
    {"Resources": st.dictionaries(st.sampled_from("ABD"), RESOURCE, min_size=1) | VALUES},
    optional={
        "Parameters": st.dictionaries(
            st.sampled_from("PQ"),
            st.fixed_dictionaries(
                {"Type": KINDS}, optional={"Default": VALUES, "AllowedValues": VALUES}
            ),
        ),
        "Conditions": st.dictionaries(st.sampled_from("CE"), VALUES),
        "Mappings": VALUES,
        "Outputs": st.dictionaries(NAMES, st.fixed_dictionaries({"Value": VALUES})) | VALUES,
        "Metadata": st.fixed_dictionaries({"Seatrial": VALUES}) | VALUES,
        "Transform": VALUES,
        "Description": VALUES,
    },
)
FEW = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def attempt(content: bytes, name: str) -> None:
    """Read a file; a mistake must name it and be one line."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        try:
            read_template(file)
        except Mistake as mistake:
            for each in mistake.found if isinstance(mistake, Mistakes) else [mistake]:
                told = str(each)
                assert name in told
                assert "\n" not in told
                told.encode()


@FEW
@given(TEMPLATES)
def test_any_sections(template: dict[str, Any]) -> None:
    attempt(json.dumps(template).encode(), "wild.json")
    attempt(yaml.safe_dump(template).encode(), "wild.yaml")


@FEW
@given(st.binary(max_size=200), st.sampled_from(["wild.json", "wild.yaml", "wild.template"]))
def test_any_bytes(content: bytes, name: str) -> None:
    attempt(content, name)


@FEW
@given(st.text(alphabet="{}[]\"':,!&*-?|>#% \n\tab01<\\", max_size=60))
def test_any_text(text: str) -> None:
    attempt(text.encode(), "wild.yaml")
    attempt(b"{" + text.encode(), "wild.json")


TEXT = (FOLDER / "fastapi-app.development.json").read_text()
YAML = (FOLDER / "fastapi-app.development.yaml").read_text()


@settings(FEW, max_examples=100)
@given(st.integers(0, len(YAML)), st.integers(0, 40), st.text(max_size=3))
def test_any_damage_to_a_good_template(at: int, length: int, instead: str) -> None:
    for text, name in ((TEXT, "wild.json"), (YAML, "wild.yaml")):
        attempt((text[:at] + instead + text[at + length :]).encode("utf-8", "replace"), name)
