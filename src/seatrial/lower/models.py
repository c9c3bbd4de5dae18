"""Language models: what asks them gets a name, an address and just that right.

`gpu_models.py` and `endpoints.py` describe the two that run on machines of our own.
"""

from seatrial.graph.annotations import Outside
from seatrial.graph.values import ACCOUNT, PARTITION, REGION, GetAtt, Value, join
from seatrial.language import LLM, Access
from seatrial.language.llm import GEOGRAPHIES
from seatrial.lower import endpoints, gpu_models, keys
from seatrial.lower.context import Lowering
from seatrial.lower.externals import check_way_out
from seatrial.lower.kind import Given, Kind


def _lower(lowering: Lowering, llm: LLM) -> None:
    check_way_out(lowering, llm, own=llm.on in ("gpu", "sagemaker"))
    if llm.on == "openai":
        keys.lower(lowering, llm, llm.key)
        lowering.annotate(Outside(llm.name, llm.url))
    elif llm.on == "gpu":
        keys.lower(lowering, llm, llm.key, generate=True)
        gpu_models.lower(lowering, llm)
    elif llm.on == "sagemaker":
        endpoints.lower(lowering, llm)


def _given(lowering: Lowering, llm: LLM, _: Access) -> Given:
    if llm.on == "bedrock":
        return Given(
            {"BEDROCK_MODEL_ID": llm.model, "BEDROCK_REGION": llm.region or REGION},
            statements=_may_invoke(llm),
        )
    if llm.on == "sagemaker":
        endpoint = lowering.ref(llm, "Endpoint")
        name = GetAtt(lowering.id(llm, "Endpoint"), "EndpointName")
        invoke = {"Effect": "Allow", "Action": "sagemaker:InvokeEndpoint", "Resource": endpoint}
        stream = invoke | {"Action": "sagemaker:InvokeEndpointWithResponseStream"}
        return Given({"SAGEMAKER_ENDPOINT": name}, statements=[invoke, stream])
    return Given(
        {"OPENAI_BASE_URL": _url(lowering, llm), "OPENAI_MODEL": llm.model},
        {"OPENAI_API_KEY": keys.value(lowering, llm, llm.key)},
    )


def _url(lowering: Lowering, llm: LLM) -> Value:
    return gpu_models.url(lowering, llm) if llm.on == "gpu" else llm.url


def _may_invoke(llm: LLM) -> list[Value]:
    """Allow one model, or one inference profile and its model wherever the profile sends it.

    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    """
    actions = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    region = llm.region or REGION
    geography, _, bare = llm.model.partition(".")
    if geography not in GEOGRAPHIES:
        model = join("arn:", PARTITION, ":bedrock:", region, f"::foundation-model/{llm.model}")
        return [{"Effect": "Allow", "Action": actions, "Resource": model}]
    profile = join(
        "arn:", PARTITION, ":bedrock:", region, ":", ACCOUNT, f":inference-profile/{llm.model}"
    )
    model = join("arn:", PARTITION, f":bedrock:*::foundation-model/{bare}")
    through = {"StringEquals": {"bedrock:InferenceProfileArn": profile}}
    return [
        {"Effect": "Allow", "Action": actions, "Resource": profile},
        {"Effect": "Allow", "Action": actions, "Resource": model, "Condition": through},
    ]


def _value(_lowering: Lowering, llm: LLM, _field: str) -> Value:
    return llm.model


def _ready(lowering: Lowering, llm: LLM) -> list[str]:
    return [lowering.id(llm, "Listener")] if llm.on == "gpu" else []


KIND = Kind(
    LLM,
    "model",
    lower=_lower,
    ports=lambda llm: (LLM.PORT,) if llm.on == "gpu" else (),
    given=_given,
    value=_value,
    ready=_ready,
)
