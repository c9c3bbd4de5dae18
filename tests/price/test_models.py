"""What no resource stands for: models of Bedrock, traces, services outside."""

from typing import Any

import pytest

from seatrial.graph.annotations import Outside, Uses
from seatrial.graph.values import Join, Pseudo
from seatrial.price.models import short
from tests.price.graphs import billed, cents, graph, resource, usage


@pytest.mark.parametrize(
    ("model", "word"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", "claude3haiku"),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "claudehaiku45"),
        ("amazon.nova-micro-v1:0", "novamicro"),
    ],
)
def test_a_models_word(model: str, word: str) -> None:
    assert short(model) == word


def role(id: str, part: str, action: str, target: Any) -> Any:
    statement = {"Effect": "Allow", "Action": [action], "Resource": target}
    policy = {"PolicyName": "uses", "PolicyDocument": {"Statement": [statement]}}
    return resource(id, "IAM::Role", part, Policies=[policy])


PROFILE = Join(
    (
        "arn:aws:bedrock:us-east-1:",
        Pseudo("AWS::AccountId"),
        ":inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
    )
)


def test_tokens_are_paid_once_whoever_asks() -> None:
    roles = [role(f"R{each}", each, "bedrock:InvokeModel", PROFILE) for each in ("api", "worker")]
    uses = (Uses("api", "llm", "write"), Uses("worker", "llm", "write"), Uses("api", "db", "read"))
    made = graph(*roles, resource("Db", "RDS::DBSubnetGroup", "db"), annotations=uses)
    found = billed(made, usage(llm={"tokens_in": 4e7, "tokens_out": 8e6})).lines
    assert {(line.part, line.component): cents(line) for line in found} == {
        ("llm", "tokens read"): 44.00,
        ("llm", "tokens written"): 44.00,
    }
    assert [line.wants for line in billed(made).lines] == ["tokens_in", "tokens_out"]


def test_a_model_without_a_price_is_unknown() -> None:
    arn = "arn:aws:bedrock:us-east-1::foundation-model/acme.great-v1:0"
    found = billed(
        graph(role("R", "api", "bedrock:InvokeModel", arn)),
        usage(api={"tokens_in": 1, "tokens_out": 1}),
    ).lines
    assert [line.unknown for line in found] == [
        f"no price of bedrock.great.{each}_1k in us-east-1" for each in ("in", "out")
    ]


def test_who_may_write_traces_is_asked_for_them() -> None:
    made = graph(role("R", "api", "xray:PutTraceSegments", "*"))
    (line,) = billed(made).lines
    assert (line.part, line.wants) == ("api", "traces")


def test_a_service_outside_costs_what_its_user_says() -> None:
    made = graph(annotations=(Outside("mail", "https://x", 35.0), Outside("pay", "https://y")))
    mail, pay = billed(made).lines
    assert mail.cost.expected == 35.0
    assert "price=..." in pay.unknown


def test_on_one_machine_any_parts_use_names_the_model() -> None:
    machine = role("R", "shop", "bedrock:InvokeModel", PROFILE)
    made = graph(machine, annotations=(Uses("api", "llm", "write"),))
    assert {line.part for line in billed(made).lines} == {"llm"}
