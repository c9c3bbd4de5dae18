"""What only CloudFormation needs: it goes, with a reason, and what it did is done otherwise."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from seatrial.graph import GetAtt, Graph, Output, Ref, Resource
from seatrial.mistake import Mistake
from seatrial.terraform import folder
from seatrial.terraform.folded import CONDITION, HANDLE, NOWHERE, folded
from tests.lower.systems import graph_of
from tests.terraform.test_folder import account

KAFKA = (
    'kafka = Kafka("kafka", size="kafka.m5.large", brokers=3, storage_gb=100, login={!r})\n'
    'clicks = kafka.topic("clicks")\n'
    'ingest = Service("ingest", "i", ["run"], uses=[clicks.write])\n'
    'system = System("shop", ingest, zones=3, alerts=Alerts())\n'
    'system.environment("production")\n'
)
REDIS = (
    'redis = RedisCluster("redis")\n'
    'chat = Service("chat", "c", ["run"], uses=[redis])\n'
    'system = System("chat-app", chat, zones=3, alerts=Alerts())\n'
    'system.environment("production")\n'
)
SYSTEMS = {"brokers": KAFKA.format("none"), "by role": KAFKA.format("iam"), "cluster": REDIS}
MACHINERY = ["KafkaBootstrapLogs", "KafkaBootstrapRole", "KafkaBootstrapFunction"]

CURL = shutil.which("curl")
needs_curl = pytest.mark.skipif(CURL is None, reason="needs the program curl")


def brokers(login: str = "none") -> Graph:
    return graph_of(KAFKA.format(login))


def block(text: str, head: str) -> str:
    return text[text.index(head) :].split("\n}\n", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("login", "attribute"),
    [("none", "bootstrap_brokers_tls"), ("iam", "bootstrap_brokers_sasl_iam")],
)
def test_brokers_are_read_and_the_function_goes(login: str, attribute: str) -> None:
    made = folder(brokers(login))
    assert list(made.folded) == MACHINERY
    assert made.addresses["KafkaBootstrap"] == (
        "module.data.data.aws_msk_bootstrap_brokers.kafka_bootstrap",
    )
    read = block(made.files["modules/data/main.tf"], 'data "aws_msk_bootstrap_brokers"')
    assert "cluster_arn = awscc_msk_cluster.kafka_cluster.arn" in read
    assert "depends_on = [awscc_msk_cluster.kafka_cluster]" in read
    shared = f"data.aws_msk_bootstrap_brokers.kafka_bootstrap.{attribute}\n"
    assert shared in made.files["modules/data/outputs.tf"]
    assert (
        f'KAFKA_BOOTSTRAP_SERVERS", value = var.kafka_{attribute} '
        in (made.files["modules/services/main.tf"])
    )


def test_only_the_functions_own_role_and_log_go() -> None:
    graph = brokers()
    graph.outputs["Log"] = Output("Log", Ref("KafkaBootstrapLogs"), "The log")
    assert list(folded(graph)) == ["KafkaBootstrapRole", "KafkaBootstrapFunction"]
    graph.outputs["Function"] = Output("Function", Ref("KafkaBootstrapFunction"), "The function")
    assert not folded(graph)
    account(graph, folder(graph))


def test_an_answer_that_terraform_does_not_read_is_told() -> None:
    graph = brokers()
    graph["KafkaBootstrap"].properties["Answer"] = "BootstrapBrokerStringSecret"
    with pytest.raises(Mistake, match="aws_msk_bootstrap_brokers does not tell Servers"):
        folder(graph)


def test_what_waited_for_a_signal_comes_after_what_was_before_it() -> None:
    made = folder(graph_of(REDIS))
    assert list(made.folded) == ["RedisReady", "RedisFormed"]
    names = [f"redis_name_{number}" for number in range(1, 7)]
    service = block(made.files["modules/services/main.tf"], 'resource "awscc_ecs_service"')
    needed = service[service.index("depends_on") :]
    assert re.findall(r"var\.(redis_name_\d)_id", needed) == names
    page = made.files["README.md"]
    for name in names:
        assert f"-target=module.edge.awscc_route53_record_set.{name}" in page
    assert "CloudFormation begins `ChatService` when\n`RedisFormed` has its signal" in page
    assert "terraform apply -var redis_image=..." in page.split("apply twice")[1]


@needs_curl
def test_a_signal_goes_nowhere_and_curl_is_content(tmp_path: Path) -> None:
    made = folder(graph_of(REDIS))
    assert f"READY='{NOWHERE}'\n" in made.files["modules/services/main.tf"]
    assert CURL is not None
    done = subprocess.run(
        # As the node's start script sends it.
        [CURL, "-sf", "-X", "PUT", "-H", "Content-Type:", NOWHERE, "--data-binary", '{"a": 1}'],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_conditions_that_wait_for_each_other_are_followed_to_their_end() -> None:
    graph = Graph("shop", "test", "us-east-1")
    graph.add(Resource("Bus", "AWS::Events::EventBus", {"Name": "bus"}))
    graph.add(Resource("Told", HANDLE))
    first = {"Handle": Ref("Told"), "Timeout": "60"}
    graph.add(Resource("First", CONDITION, first, depends_on=("Bus",)))
    graph.add(Resource("Second", CONDITION, first, depends_on=("First", "Told")))
    graph.add(Resource("Last", "AWS::EC2::VPC", depends_on=("Second", "Bus", "First")))
    made = folder(graph)
    account(graph, made)
    assert "depends_on = [var.bus_id]" in made.files["modules/network/main.tf"]
    graph["Last"].properties["Tags"] = [{"Key": "a", "Value": GetAtt("First", "Data")}]
    with pytest.raises(Mistake, match=r"Last .* First is not there: Terraform waits for no"):
        folder(graph)
