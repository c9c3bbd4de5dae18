"""Models: held to what serves them, and to the memory of the GPU that shall."""

import pytest

from seatrial.language import LLM, External, Scale, Secret
from seatrial.mistake import Mistake

TOKEN = Secret("hub-token", generate=False)


@pytest.mark.parametrize(
    ("model", "settings", "told"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", {}, "ended .* on 2026-09-10.*haiku-4-5"),
        ("us.anthropic.claude-3-haiku-20240307-v1:0", {}, "ended"),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", {}, "profile only.*'us.anthropic"),
        ("claude", {}, "not the id of a Bedrock model"),
        ("amazon.nova-lite-v1:0", {"size": "g5.xlarge"}, "size means nothing"),
        ("gpt-4o", {"on": "openai", "url": "http://x"}, "must begin with https://"),
        ("gpt-4o", {"on": "openai", "hub_token": TOKEN}, "hub_token means nothing"),
        ("gpt-4o", {"on": "gpu", "size": "g5.xlarge"}, "not a model of the Hugging Face hub"),
        ("Qwen/Qwen2.5-7B", {"on": "gpu"}, "needs a size"),
        ("Qwen/Qwen2.5-7B", {"on": "gpu", "size": "t3.large"}, "no GPU size"),
        ("Qwen/Qwen2.5-7B", {"on": "gpu", "size": "g5.xlarge", "sizes": ["g6.xlarge"]}, "spot"),
        ("Qwen/Qwen2.5-7B", {"on": "gpu", "size": "g5.xlarge", "instances": 0}, "at least 1"),
        ("Qwen/Qwen2.5-7B", {"on": "sagemaker", "size": "g5.xlarge"}, "no GPU size"),
        ("Qwen/Qwen2.5-7B", {"on": "sagemaker", "size": "ml.g5.xlarge", "spot": True}, "no spot"),
        ("meta-llama/Llama-3.1-8B", {"on": "gpu", "size": "g5.xlarge"}, "gated.*hub_token"),
        ("meta-llama/Llama-3.1-8B", {"on": "sagemaker", "size": "ml.g5.xlarge"}, "gated.*S3"),
    ],
)
def test_a_model_that_nothing_serves_is_told(
    model: str, settings: dict[str, object], told: str
) -> None:
    with pytest.raises(Mistake, match=told):
        LLM("llm", model, **settings)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    ("bits", "size", "fits"),
    [
        (16, "g5.xlarge", False),
        (4, "g5.xlarge", False),
        (4, "g6e.xlarge", True),
        (16, "g5.48xlarge", True),
        (16, "g5.12xlarge", False),
    ],
)
def test_seventy_billion_weights_need_their_memory(bits: int, size: str, fits: bool) -> None:
    def write() -> LLM:
        return LLM(  # type: ignore[call-arg]  # bits is one of three numbers
            "llm", "meta-llama/Llama-2-70b-chat-hf", "gpu", size=size, bits=bits, hub_token=TOKEN
        )

    if fits:
        assert write().weights_gb == 70 * bits / 8
        return
    with pytest.raises(Mistake, match=r"need (35|140) GB at .* has (24|96) GB.*Take e\.g\. g"):
        write()


def test_an_endpoint_follows_requests_alone() -> None:
    with pytest.raises(Mistake, match="requests alone"):
        LLM(
            "llm",
            "Qwen/Qwen2.5-7B",
            "sagemaker",
            size="ml.g5.xlarge",
            instances=Scale(max=2, cpu=70),
        )


@pytest.mark.parametrize(
    ("url", "settings", "told"),
    [
        ("http://api.pinecone.io", {}, "begins with https://"),
        ("https://me:secret@api.pinecone.io", {}, "https://|user or a password"),
        ("https://api.pinecone.io", {"price": -1.0}, "cannot be negative"),
        ("https://api.pinecone.io", {"key": "abc"}, "key must be a Secret or True or False"),
    ],
)
def test_an_outside_service_has_an_address_and_no_password_in_it(
    url: str, settings: dict[str, object], told: str
) -> None:
    with pytest.raises(Mistake, match=told):
        External("pinecone", url, **settings)  # type: ignore[arg-type]  # wrong on purpose
