"""Terraform without a network: the real program, with providers that only know schemas."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from seatrial.graph import Graph, Parameter
from seatrial.graph.schema.types import DATA
from seatrial.terraform import Folder
from seatrial.terraform.naming import variable_name
from tests.terraform.provider import (
    Provider,
    aws_resources,
    aws_sources,
    awscc_resources,
    serve,
)

TERRAFORM = shutil.which("terraform")
OVERRIDE = 'terraform {\n  backend "local" {}\n}\n'
"""Stands for the S3 backend: https://developer.hashicorp.com/terraform/language/files/override"""

ARN = "arn:aws:{}:us-east-1:123456789012:{}"
OF_TYPE = {
    "AWS::EC2::Image::Id": "ami-0123456789abcdef0",
    "AWS::Route53::HostedZone::Id": "Z0123456789",
    "CommaDelimitedList": '["subnet-1", "subnet-2"]',
}
OF_PATTERN = (
    ARN.format("secretsmanager", "secret:a"),
    ARN.format("acm", "certificate/a"),
    ARN.format("kafka", "cluster/analytics-production-kafka/a-1"),
    ARN.format("kafka", "cluster/shop-production-kafka/a-1"),
    "E0123456789ABC",
    "https://pager.example.com",
)
"""What a person says before a plan: by the parameter's type, or the first its pattern takes."""

needs_terraform = pytest.mark.skipif(
    TERRAFORM is None, reason="needs the program terraform 1.11 or newer on PATH"
)
needs_grpc = pytest.mark.skipif(
    importlib.util.find_spec("grpc") is None,
    reason="needs the package grpcio, over which Terraform speaks to the offline providers",
)


def packed_types() -> list[str]:
    """Give every type whose CloudFormation schema is packed."""
    return sorted(file.stem.replace("-", "::") for file in (DATA / "types").glob("*.tsv"))


@contextmanager
def providers() -> Iterator[dict[str, str]]:
    """Serve both providers; give the environment in which Terraform finds them and nothing else."""
    served = {
        "awscc": serve(Provider(awscc_resources(packed_types()), {})),
        "aws": serve(Provider(aws_resources(), aws_sources())),
    }
    attached = {
        f"registry.terraform.io/hashicorp/{name}": {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": os.getpid(),
            "Test": True,
            "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
        }
        for name, (_, port) in served.items()
    }
    try:
        with tempfile.TemporaryDirectory() as installed:
            yield {
                "PATH": os.environ["PATH"],
                "TF_REATTACH_PROVIDERS": json.dumps(attached),
                "TF_CLI_CONFIG_FILE": os.devnull,
                "TF_DATA_DIR": installed,
                "TF_IN_AUTOMATION": "1",
                "CHECKPOINT_DISABLE": "1",
                "GRPC_ENABLE_FORK_SUPPORT": "0",
                # Runs are short: a quarter of their time went to collecting garbage.
                "GOGC": "400",
            }
    finally:
        for server, _ in served.values():
            server.stop(None).wait()


def write(home: Path, files: Mapping[str, str]) -> None:
    """Write a folder."""
    for path, text in files.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text)


def terraform(home: Path, environment: Mapping[str, str], *arguments: str) -> str:
    """Run Terraform in a folder; what it said where it failed."""
    assert TERRAFORM is not None
    done = subprocess.run(
        [TERRAFORM, *arguments],
        cwd=home,
        env={**environment, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"terraform {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout


def managed(made: Folder) -> set[str]:
    """Give the addresses of everything that Terraform creates; data sources are only read."""
    every = {address for each in made.addresses.values() for address in each}
    return {each for each in every if each.split(".")[2] != "data"}


def given(graph: Graph) -> list[str]:
    """Give a value for each parameter that has no default, as `-var` takes it."""
    return [
        f"{variable_name(each.id)}={_value(each)}"
        for each in graph.parameters.values()
        if each.default is None
    ]


def _value(parameter: Parameter) -> str:
    if parameter.allowed_pattern is None:
        return OF_TYPE[parameter.type]
    return next(each for each in OF_PATTERN if re.fullmatch(parameter.allowed_pattern, each))


def installed(home: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Have a folder's modules and backend known to Terraform; give the environment that knows them.

    What `init` makes is the same for all folders with modules of the same names: one of them does.
    """
    modules = sorted(each.name for each in (home / "modules").iterdir())
    data = Path(environment["TF_DATA_DIR"], "-".join(modules))
    knows = {**environment, "TF_DATA_DIR": str(data)}
    (home / "backend_override.tf").write_text(OVERRIDE)
    if not (data / "terraform.tfstate").exists():
        terraform(home, knows, "init", "-no-color", "-input=false")
    return knows


def created(home: Path, environment: Mapping[str, str], variables: list[str]) -> set[str]:
    """Have an installed folder planned, which validates it first; give what it would create.

    The plan is left in the folder as `plan`; what is given are addresses.
    """
    said = [argument for each in variables for argument in ("-var", each)]
    options = ("-json", "-out=plan", "-input=false", "-lock=false")
    events = map(json.loads, terraform(home, environment, "plan", *options, *said).splitlines())
    changes = [each["change"] for each in events if each["type"] == "planned_change"]
    return {each["resource"]["addr"] for each in changes if each["action"] == "create"}
