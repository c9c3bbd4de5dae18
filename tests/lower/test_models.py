"""Models and outside services: a name, an address, a key that nobody reads, and just one right."""

import json
from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Outside
from seatrial.graph.check import check
from seatrial.graph.values import Secret
from seatrial.lower.network import NOWHERE
from seatrial.mistake import Mistake
from seatrial.template import render_json
from tests.lower.systems import graph_of
from tests.lower.test_programs import secrets, variables

HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
QWEN = "Qwen/Qwen2.5-7B-Instruct"
KINDS = {
    "profile": f'LLM("llm", "{HAIKU}")',
    "model": 'LLM("llm", "amazon.nova-lite-v1:0", region="eu-west-1")',
    "openai": 'LLM("llm", "gpt-4o-mini", on="openai")',
    "gpu": f'LLM("llm", "{QWEN}", on="gpu", size="g5.xlarge")',
    "spot": (
        'LLM("llm", "meta-llama/Llama-3.1-8B-Instruct", on="gpu", size="g5.xlarge", spot=True, '
        'sizes=["g6.xlarge"], hub_token=Secret("hub-token", generate=False))'
    ),
    "endpoint": f'LLM("llm", "{QWEN}", on="sagemaker", size="ml.g5.xlarge")',
    "scaled": (
        'LLM("llm", "s3://our-models/llama/", on="sagemaker", size="ml.g5.12xlarge", '
        "instances=Scale(min=1, max=3, requests=60))"
    ),
    "outside": 'External("pinecone", "https://api.pinecone.io", price=70)',
    "keyless": 'External("weather", "https://weather.example.com", key=False)',
}


def with_model(kind: str, more: str = "") -> Graph:
    return graph_of(
        f'llm = {KINDS[kind]}\napi = Service("api", "app", ["run"], uses=[llm])\n'
        f'system = System("shop", api, {more})\n'
    )


def statements(graph: Graph, role: str) -> list[dict[str, Any]]:
    return [
        each
        for policy in graph[role].properties.get("Policies", ())
        for each in policy["PolicyDocument"]["Statement"]
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_aws_would_take_it(kind: str) -> None:
    assert check(with_model(kind)) == []


def test_a_bedrock_model_is_the_one_that_may_be_invoked() -> None:
    graph = with_model("model")
    assert variables(graph) == {
        "BEDROCK_MODEL_ID": "amazon.nova-lite-v1:0",
        "BEDROCK_REGION": "eu-west-1",
    }
    (only,) = json.loads(render_json(graph))["Resources"]["ApiTaskRole"]["Properties"]["Policies"][
        0
    ]["PolicyDocument"]["Statement"]
    assert only["Action"] == ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    assert only["Resource"]["Fn::Sub"].endswith(
        ":bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"
    )


def test_a_profile_s_model_is_invoked_through_the_profile_alone() -> None:
    profile, model = statements(with_model("profile"), "ApiTaskRole")
    assert model["Condition"] == {
        "StringEquals": {"bedrock:InferenceProfileArn": profile["Resource"]}
    }
    assert str(model["Resource"]).count("anthropic.claude-haiku-4-5") == 1
    assert "us.anthropic" not in str(model["Resource"])


def test_a_key_that_a_person_puts_in_is_no_plain_variable() -> None:
    graph = with_model("openai")
    assert secrets(graph) == {"OPENAI_API_KEY": Secret("LlmKey")}
    assert variables(graph) == {
        "OPENAI_BASE_URL": "https://api.openai.com/v1",
        "OPENAI_MODEL": "gpt-4o-mini",
    }
    assert "GenerateSecretString" not in graph["LlmKey"].properties


def test_a_model_on_gpus_is_reached_from_inside_alone() -> None:
    graph = with_model("spot")
    assert graph["LlmBalancer"].properties["Scheme"] == "internal"
    assert graph["LlmGroup"].properties.keys().isdisjoint({"SecurityGroupIngress"})
    sources = {
        each.id: each.properties["SourceSecurityGroupId"].id
        for each in graph.of("AWS::EC2::SecurityGroupIngress")
        if each.properties["GroupId"].id == "LlmGroup"
    }
    assert sources == {"LlmFromApi": "ApiGroup", "LlmFromItself": "LlmGroup"}
    data = graph["LlmTemplate"].properties["LaunchTemplateData"]
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    assert data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    mixed = graph["LlmInstances"].properties["MixedInstancesPolicy"]
    sizes = [each["InstanceType"] for each in mixed["LaunchTemplate"]["Overrides"]]
    assert sizes == ["g5.xlarge", "g6.xlarge"]
    assert mixed["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"] == 0
    read, _ = statements(graph, "LlmRole")
    assert [each.id for each in read["Resource"]] == ["LlmKey", "HubTokenSecret"]


def test_the_start_script_names_secrets_and_holds_none() -> None:
    script = json.loads(render_json(with_model("spot")))["Resources"]["LlmTemplate"]["Properties"]
    text = script["LaunchTemplateData"]["UserData"]["Fn::Base64"]["Fn::Sub"]
    assert "--secret-id ${LlmKey} " in text
    assert "HF_TOKEN=$(aws " in text
    assert "resolve:" not in text
    assert text.endswith("--tensor-parallel-size 1\n")


def test_an_endpoint_s_instances_follow_requests() -> None:
    graph = with_model("scaled")
    policy = graph["LlmScaleByRequests"].properties["TargetTrackingScalingPolicyConfiguration"]
    assert policy["TargetValue"] == 60
    container = graph["LlmModel"].properties["PrimaryContainer"]
    assert container["Environment"]["OPTION_TENSOR_PARALLEL_DEGREE"] == "4"
    assert container["ModelDataSource"]["S3DataSource"]["S3Uri"] == "s3://our-models/llama/"
    assert {each["Action"] for each in statements(graph, "ApiTaskRole")} == {
        "sagemaker:InvokeEndpoint",
        "sagemaker:InvokeEndpointWithResponseStream",
    }


def test_an_outside_service_is_an_address_a_key_and_an_arrow() -> None:
    graph = with_model("outside")
    assert variables(graph) == {"PINECONE_URL": "https://api.pinecone.io"}
    assert secrets(graph) == {"PINECONE_API_KEY": Secret("PineconeKey")}
    assert graph.annotated(Outside) == [Outside("pinecone", "https://api.pinecone.io", 70)]
    assert secrets(with_model("keyless")) == {}


@pytest.mark.parametrize("kind", ["profile", "outside", "gpu"])
def test_what_lies_outside_needs_a_way_there(kind: str) -> None:
    with pytest.raises(Mistake, match="nothing leads there"):
        with_model(kind, 'nat="none"')


def test_an_environment_may_have_its_model_elsewhere() -> None:
    text = (
        f'llm = {KINDS["profile"]}\napi = Service("api", "app", ["run"], uses=[llm])\n'
        'system = System("shop", api)\nsystem.environment("production")\n'
        f'system.environment("own", change={{llm: dict(on="gpu", model="{QWEN}", '
        'size="g5.xlarge")})\n'
        f'system.environment("bought", change={{llm: {KINDS["openai"]}}})\n'
    )
    found = {name: variables(graph_of(text, name)) for name in ("production", "own", "bought")}
    assert found["production"]["BEDROCK_MODEL_ID"] == HAIKU
    assert found["own"]["OPENAI_MODEL"] == QWEN
    assert found["bought"]["OPENAI_MODEL"] == "gpt-4o-mini"
    assert "LlmTemplate" in graph_of(text, "own").resources


def test_a_model_may_move_between_instances_and_sagemaker() -> None:
    """One rule under one id: written in the group too, a change would delete it at its end."""
    rules = []
    for kind in ("gpu", "endpoint"):
        graph = with_model(kind)
        assert graph["LlmGroup"].properties["SecurityGroupEgress"] == [NOWHERE]
        rules.append(graph["LlmOut"].properties)
    assert rules[0] == rules[1]
