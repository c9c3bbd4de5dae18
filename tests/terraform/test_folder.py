"""The folder: every resource accounted for one to one, no secret, golden."""

import re
from pathlib import Path

import pytest

from seatrial.graph import Graph, Ref, Resource
from seatrial.graph.graph import Policy
from seatrial.mistake import Mistake, Mistakes
from seatrial.terraform import HEADER, Folder, folder
from seatrial.terraform.naming import label
from seatrial.terraform.pieces import COMPANIONS, SPLIT
from tests.golden.systems import (
    EXAMPLES,
    TERRAFORM,
    graphs,
    siblings,
    terraform_files,
    terraform_home,
)

ENVIRONMENTS = [(example, name) for example in EXAMPLES for name in graphs(example)]
DATA = "modules/data/main.tf"
RESOURCE = re.compile(r'^resource "(\w+)" "(\w+)" \{$', re.MULTILINE)
READ = re.compile(r'^data "(\w+)" "(\w+)" \{$', re.MULTILINE)
NO_WRITE_ONLY = (
    "AuthToken",  # ElastiCache's
    "AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword",  # OpenSearch's
    "DistributionConfig.Origins.OriginCustomHeaders",  # by which the load balancer knows
    "Conditions.HttpHeaderConfig",  # its distribution
)
"""Secrets for which the providers have no write-only argument, so that the state holds them."""
SECRET = r"\s+(master_)?(password|secret_string|auth_token)(_wo)? +="
GOLDEN = list(terraform_files())


def account(graph: Graph, made: Folder) -> None:
    """Hold every resource of a graph against the folder, both ways."""
    there = [
        f"module.{Path(path).parent.name}.{word}{kind}.{name}"
        for path, text in made.files.items()
        for word, pattern in (("", RESOURCE), ("data.", READ))
        for kind, name in pattern.findall(text)
        if not word or path.endswith("main.tf")
    ]
    told = [address for each in made.addresses.values() for address in each]
    assert sorted(there) == sorted(told)
    assert len(set(told)) == len(told)
    assert made.addresses.keys() | made.folded.keys() == graph.resources.keys()
    assert not made.addresses.keys() & made.folded.keys()
    for id, reason in made.folded.items():
        assert f"| `{id}` | {reason} |" in made.files["README.md"]
        assert f'"{label(id)}"' not in "".join(made.files.values())
    for id, addresses in made.addresses.items():
        assert addresses
        type_ = graph[id].type
        if len(addresses) > 1 and type_ not in SPLIT:
            # Its own and the one beside it that the table names.
            assert [each.split(".")[2] for each in addresses[1:]] == [COMPANIONS[type_][0]]


@pytest.mark.parametrize(("example", "name"), ENVIRONMENTS)
def test_every_resource_of_the_template_is_accounted_for_one_to_one(
    example: str, name: str
) -> None:
    graph = graphs(example)[name]
    made = folder(graph, siblings(example, name))
    account(graph, made)
    assert not made.folded or graph.of("Custom::MskBootstrapBrokers")


@pytest.mark.parametrize(("example", "name"), ENVIRONMENTS)
def test_no_word_of_cloudformation_and_no_secret_is_in_it(example: str, name: str) -> None:
    made = folder(graphs(example)[name], siblings(example, name))
    kept = []
    for path, text in made.files.items():
        assert HEADER in text.splitlines()[0 if path != "README.md" else 2]
        assert "{{resolve:" not in text  # EC2 itself knows resolve:ssm:
        assert "Fn::" not in text
        for line in text.splitlines():
            if re.match(SECRET, line) and not re.search(r"[({]ephemeral\.", line):
                assert re.match(r"\s+auth_token += data\.", line)
                kept.append(line)
    readme = made.files["README.md"]
    told = readme.partition("the state holds them")[2].partition("\n\n")[2].partition("\n\n")[0]
    assert bool(kept) == ("- AuthToken of " in told)
    for line in told.splitlines():
        path = line.removeprefix("- ").partition(" of ")[0]
        assert path.startswith(NO_WRITE_ONLY), line


@pytest.mark.parametrize(("example", "name"), ENVIRONMENTS)
def test_it_is_the_same_every_time(example: str, name: str) -> None:
    made = [folder(graphs(example)[name], siblings(example, name)) for _ in range(2)]
    assert made[0] == made[1]


def test_what_environments_have_otherwise_is_a_variable() -> None:
    environments = graphs("fastapi-app")
    made = {name: folder(each, environments.values()).files for name, each in environments.items()}
    small = made["development"]["development.auto.tfvars"]
    assert re.search(r'^db_instance_class += "db.t3.micro"$', small, re.MULTILINE)
    assert re.search(r"^db_instance_multi_az += false$", small, re.MULTILINE)
    for files in made.values():
        assert re.search(r" multi_az += var.db_instance_multi_az$", files[DATA], re.MULTILINE)
    alone = folder(environments["staging"]).files
    assert "db_instance_class" not in alone["staging.auto.tfvars"]
    assert re.search(r' instance_class += "db.t3.small"$', alone[DATA], re.MULTILINE)


def test_the_state_is_locked_in_s3_and_providers_are_pinned() -> None:
    files = folder(graphs("fastapi-app")["staging"]).files
    assert re.search(r"use_lockfile += true", files["backend.tf"])
    assert re.search(r"encrypt += true", files["backend.tf"])
    for name in ("aws", "awscc"):
        assert re.search(rf'source  = "hashicorp/{name}"\n +version = "~> \d', files["versions.tf"])


def test_autoscaling_is_not_undone_and_what_is_retained_is_not_destroyed() -> None:
    files = folder(graphs("fastapi-app")["production"]).files
    assert "ignore_changes = [desired_count]" in files["modules/services/main.tf"]
    assert "prevent_destroy = true" in files[DATA]
    assert re.search(r'final_snapshot_identifier += "', files[DATA])


@pytest.mark.parametrize(
    ("type_", "policy", "says"),
    [
        ("AWS::DocDB::DBCluster", "Delete", r"skip_final_snapshot += true"),
        ("AWS::DocDB::DBCluster", "Snapshot", r'identifier += "\${var.name}-store-final"'),
        ("AWS::DocDB::DBCluster", None, r'identifier += "\${var.name}-store-final"'),
        ("AWS::ElastiCache::ReplicationGroup", "Snapshot", r"prevent_destroy = true"),
        ("AWS::ElastiCache::ReplicationGroup", "Retain", r"prevent_destroy = true"),
    ],
)
def test_data_is_never_dropped_without_a_word(type_: str, policy: Policy | None, says: str) -> None:
    graph = Graph("shop", "test", "us-east-1")
    graph.add(Resource("Store", type_, deletion_policy=policy))
    assert re.search(says, folder(graph).files[DATA])


def test_what_terraform_wants_and_cloudformation_does_not_is_made_up_or_told() -> None:
    graph = Graph("shop", "test", "us-east-1")
    namespace = Resource("Inside", "AWS::ServiceDiscovery::PrivateDnsNamespace", {"Vpc": "vpc-1"})
    graph.add(namespace)
    assert re.search(
        r'name += "\${var.name}-inside"', folder(graph).files["modules/services/main.tf"]
    )
    del namespace.properties["Vpc"]
    with pytest.raises(Mistake, match=r"Inside .* wants vpc; nothing says it"):
        folder(graph)


def test_what_the_firewall_searches_for_is_plain() -> None:
    graph = Graph("shop", "test", "us-east-1")
    match = {"ByteMatchStatement": {"SearchStringBase64": "YmFkIGJvdA=="}}
    wall = {
        "Name": "wall",
        "Scope": "REGIONAL",
        "DefaultAction": {"Allow": {}},
        "VisibilityConfig": {
            "CloudWatchMetricsEnabled": True,
            "MetricName": "wall",
            "SampledRequestsEnabled": True,
        },
        "Rules": [{"Name": "bots", "Priority": 0, "Statement": match, "Action": {"Block": {}}}],
    }
    graph.add(Resource("Wall", "AWS::WAFv2::WebACL", wall))
    text = folder(graph).files["modules/edge/main.tf"]
    assert 'SearchString = "bad bot"' in text
    assert "  default_action {\n    allow {}\n  }\n" in text
    assert "cloudwatch_metrics_enabled = true" in text


def test_a_resource_that_is_split_keeps_every_piece() -> None:
    graph = Graph("shop", "test", "us-east-1")
    graph.add(Resource("Zone", "AWS::Route53::HostedZone", {"Name": "example.com"}))
    record = {"Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"]}
    graph.add(
        Resource(
            "Records",
            "AWS::Route53::RecordSetGroup",
            {
                "HostedZoneId": Ref("Zone"),
                "RecordSets": [{"Name": name, **record} for name in ("a.b.", "c.b.")],
            },
        )
    )
    graph.add(Resource("Bus", "AWS::Events::EventBus", {"Name": "bus"}, depends_on=("Records",)))
    made = folder(graph)
    assert made.addresses["Records"] == (
        "module.edge.awscc_route53_record_set.records_1",
        "module.edge.awscc_route53_record_set.records_2",
    )
    assert (
        "depends_on = [var.records_1_id, var.records_2_id]"
        in (made.files["modules/services/main.tf"])
    )


def test_every_mistake_is_told_in_one_pass() -> None:
    graph = Graph("shop", "test", "us-east-1")
    graph.add(Resource("A", "AWS::CloudFormation::CustomResource"))
    graph.add(Resource("B", "Custom::Thing"))
    with pytest.raises(Mistakes) as told:
        folder(graph)
    assert [str(each).split()[0] for each in told.value.found] == ["A", "B"]


def test_two_names_that_become_one_label_are_a_mistake() -> None:
    graph = Graph("shop", "test", "us-east-1")
    for id in ("ApiUrl", "ApiURL"):
        graph.add(Resource(id, "AWS::EC2::VPC"))
    with pytest.raises(Mistake, match=r"ApiURL .* it and ApiUrl are both awscc_ec2_vpc.api_url"):
        folder(graph)


def test_resources_that_need_each_other_in_a_circle_are_a_mistake() -> None:
    graph = Graph("shop", "test", "us-east-1")
    for id, other in (("A", "B"), ("B", "A")):
        graph.add(Resource(id, "AWS::EC2::VPC", depends_on=(other,)))
    with pytest.raises(Mistake, match="circle: A, B"):
        folder(graph)


@pytest.mark.parametrize(
    ("file", "text"), GOLDEN, ids=[str(file.relative_to(file.parents[3])) for file, _ in GOLDEN]
)
def test_terraform_is_golden(file: Path, text: str) -> None:
    assert file.exists(), "run: make golden"
    assert file.read_text() == text, "read the difference, then run: make golden"


def test_no_golden_file_is_left_over() -> None:
    kept = {
        file for each in TERRAFORM for file in terraform_home(*each).rglob("*") if file.is_file()
    }
    assert kept == {file for file, _ in GOLDEN}
