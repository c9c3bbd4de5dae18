"""A large language model, wherever it answers: an argument says where."""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from seatrial.language.access import Access, Reference
from seatrial.language.names import check_name
from seatrial.language.part import Part, part
from seatrial.language.scale import Scale
from seatrial.language.secret import Secret

ENDED: Mapping[str, str] = {
    "anthropic.claude-3-haiku-20240307-v1:0": "2026-09-10",
    "anthropic.claude-3-5-haiku-20241022-v1:0": "2026-06-19",
}
"""Models that Bedrock no longer answers for, and since when (their model cards)."""

GPU_MEMORY: Mapping[str, int] = {
    "g4dn.xlarge": 16,
    "g5.xlarge": 24,
    "g5.2xlarge": 24,
    "g6.xlarge": 24,
    "g6e.xlarge": 48,
    "g5.12xlarge": 96,
    "g6.12xlarge": 96,
    "g5.48xlarge": 192,
    "g6.48xlarge": 192,
    "g6e.12xlarge": 192,
    "g6e.48xlarge": 384,
}
"""GPU memory of an EC2 instance type in GB (https://aws.amazon.com/ec2/instance-types/)."""

GPUS: Mapping[str, int] = {"12xlarge": 4, "24xlarge": 4, "48xlarge": 8}
"""How many GPUs a size of these families has; the others have one (same page)."""

GEOGRAPHIES = ("us", "us-gov", "eu", "apac", "jp", "au", "ca", "global")
"""What a Bedrock inference profile's id begins with."""

_BILLIONS = re.compile(r"(?<![0-9.])(\d+(?:\.\d+)?)[bB](?![a-zA-Z0-9])")
_PROFILES = re.compile(r"anthropic\.claude-(haiku|sonnet|opus)-")
_BEDROCK = re.compile(r"[a-z0-9-]+\.[A-Za-z0-9.:-]+")
_HUB = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_S3 = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S+/")


@part
class LLM(Part):
    """A language model; `on` says where it answers.

    `bedrock`: `model` is a Bedrock model or inference profile; users get
    `BEDROCK_MODEL_ID` and `BEDROCK_REGION` and may invoke just that model.
    `openai`: any API that speaks OpenAI's; users get `OPENAI_BASE_URL` (`url`),
    `OPENAI_MODEL` and `OPENAI_API_KEY`, a secret into which a person puts the
    value. `gpu`: `model` is one of the Hugging Face hub, served by vLLM on EC2
    instances of a GPU `size` in the private subnets; users get the same three
    variables, with a generated key. `sagemaker`: a real-time endpoint on `size`
    (`ml.`...); `model` is one of the hub or `s3://bucket/folder/`; users get
    `SAGEMAKER_ENDPOINT`.

    `bits` are those of a weight (16, or 8 or 4 where the model's files are
    quantised): a model that cannot fit `size` is refused. `spot` runs the GPUs
    on spare capacity, over `size` and `sizes`, so that the loss of one pool
    does not end it. `instances` is how many, or for `sagemaker` a `Scale`
    whose `requests` are a minute and instance. `storage_gb` holds the weights.
    `image` is the server's container image. `key` names another secret
    for the API key; `hub_token` the secret with the hub's token, which gated
    models (Meta's) need. `region` is Bedrock's, unsaid the system's.
    """

    PORT: ClassVar[int] = 8000

    name: str
    model: str
    on: Literal["bedrock", "openai", "gpu", "sagemaker"] = "bedrock"
    url: str = "https://api.openai.com/v1"
    size: str | None = None
    sizes: Sequence[str] = ()
    spot: bool = False
    instances: Scale | int = 1
    bits: Literal[4, 8, 16] = 16
    storage_gb: int = 200
    image: str | None = None
    key: Secret | None = None
    hub_token: Secret | None = None
    region: str | None = None

    @property
    def call(self) -> Access:
        """Ask it."""
        return Access(self, "write")

    @property
    def model_id(self) -> Reference:
        """The model's name, for a variable of another name."""
        return Reference(self, "model_id")

    @property
    def scale(self) -> Scale:
        """The bounds, also where only a number was written."""
        if isinstance(self.instances, Scale):
            return self.instances
        return Scale(min=self.instances, max=self.instances)

    @property
    def gpus(self) -> int:
        """How many GPUs one instance has."""
        return GPUS.get((self.size or "").rpartition(".")[2], 1)

    @property
    def weights_gb(self) -> float | None:
        """How much memory the weights take, in GB; None where the name does not tell."""
        found = _BILLIONS.findall(self.model)
        return float(found[-1]) * self.bits / 8 if found else None

    def uses_parts(self) -> list[Part]:
        """Give the secrets that it shares with others."""
        return [each for each in (self.key, self.hub_token) if each is not None]

    def check(self) -> None:
        """Hold the model to what serves it, and its weights to the GPU's memory."""
        check_name(self, self.name)
        {
            "bedrock": self._check_bedrock,
            "openai": self._check_openai,
            "gpu": self._check_gpu,
            "sagemaker": self._check_sagemaker,
        }[self.on]()
        if self.on in ("bedrock", "openai"):
            for name in ("size", "sizes", "spot", "image", "hub_token"):
                if getattr(self, name):
                    raise self.wrong(
                        f"{name} means nothing with on={self.on!r}: someone else runs the model."
                    )
        if not 30 <= self.storage_gb <= 16384:
            raise self.wrong(f"storage_gb={self.storage_gb} is not between 30 and 16384.")

    def _check_bedrock(self) -> None:
        if not _BEDROCK.fullmatch(self.model):
            raise self.wrong(
                f"model={self.model!r} is not the id of a Bedrock model.",
                "Write e.g. 'us.anthropic.claude-haiku-4-5-20251001-v1:0'.",
            )
        prefix, _, plain = self.model.partition(".")
        bare = plain if prefix in GEOGRAPHIES else self.model
        if bare in ENDED:
            raise self.wrong(
                f"Bedrock ended {bare} on {ENDED[bare]}.",
                "Its next is 'us.anthropic.claude-haiku-4-5-20251001-v1:0'.",
            )
        if bare == self.model and _PROFILES.match(bare):
            raise self.wrong(
                f"{bare} answers through an inference profile only.",
                f"Write 'us.{bare}', or 'global.{bare}'.",
            )

    def _check_openai(self) -> None:
        if not self.url.startswith("https://") or "@" in self.url:
            raise self.wrong(
                f"url={self.url!r} must begin with https:// and hold no user or password."
            )

    def _check_gpu(self) -> None:
        if not _HUB.fullmatch(self.model):
            raise self.wrong(
                f"model={self.model!r} is not a model of the Hugging Face hub.",
                "Write e.g. 'Qwen/Qwen2.5-7B-Instruct'.",
            )
        self._check_size("g6e.xlarge", "")
        if isinstance(self.instances, Scale):
            raise self.wrong(
                "nothing measures requests on GPU instances; instances must be a whole number."
            )
        if self.instances < 1:
            raise self.wrong(f"instances={self.instances} must be at least 1.")
        if self.sizes and not self.spot:
            raise self.wrong("sizes are other sizes to take spare capacity of.", "Set spot=True.")

    def _check_sagemaker(self) -> None:
        if not (_HUB.fullmatch(self.model) or _S3.fullmatch(self.model)):
            raise self.wrong(
                f"model={self.model!r} is neither a model of the Hugging Face hub "
                "nor a folder 's3://bucket/folder/'."
            )
        if self.hub_token:
            raise self.wrong(
                "SageMaker shows a model's variables to everyone who may describe it.",
                "Copy the gated model to S3 and write model='s3://bucket/folder/'.",
            )
        if self.spot or self.sizes or self.key:
            raise self.wrong("an endpoint has no spot, no sizes and no key: IAM lets callers in.")
        self._check_size("ml.g6e.xlarge", "ml.")
        scale = self.scale
        if scale.min < 1:
            raise self.wrong("an endpoint has at least 1 instance.")
        if not scale.fixed and scale.requests is None:
            raise self.wrong("instances follow requests alone.", "Write Scale(..., requests=60).")

    def _check_size(self, example: str, prefix: str) -> None:
        if self.size is None:
            raise self.wrong(f"on={self.on!r} needs a size.", f"Write size={example!r}.")
        if _gated(self.model) and not self.hub_token and self.on == "gpu":
            raise self.wrong(
                f"{self.model} is gated: the hub gives it only to a token that may have it.",
                'Write hub_token=Secret("hub-token", generate=False).',
            )
        if _gated(self.model) and self.on == "sagemaker":
            raise self.wrong(
                f"{self.model} is gated, and SageMaker has no place for a secret token.",
                "Copy it to S3 and write model='s3://bucket/folder/'.",
            )
        for size in (self.size, *self.sizes):
            memory = GPU_MEMORY.get(size.removeprefix(prefix))
            if memory is None or not size.startswith(prefix):
                known = ", ".join(prefix + each for each in GPU_MEMORY)
                raise self.wrong(f"{size!r} is no GPU size known here.", f"Known: {known}.")
            needed = self.weights_gb
            if needed is not None and needed * 1.1 > memory:  # a tenth for the cache, at least
                fits = [each for each, gb in GPU_MEMORY.items() if needed * 1.1 <= gb]
                right = f"Take e.g. {prefix}{fits[0]}" if fits else "Take a smaller model"
                raise self.wrong(
                    f"the weights of {self.model} need {needed:g} GB at {self.bits} bits; "
                    f"{size} has {memory} GB of GPU memory.",
                    right + (" or files of 4 bits with bits=4." if self.bits > 4 else "."),
                )


def _gated(model: str) -> bool:
    return model.startswith("meta-llama/")
