"""HCL is laid out as `terraform fmt` would, and says what it was given."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.terraform.hcl import Block, Call, Index, Raw, Text, quote, write_block, write_file
from tests.terraform.offline import TERRAFORM, needs_terraform

WORDS = st.text(st.sampled_from("ab-1_."), min_size=1, max_size=8)
NAMES = st.from_regex(r"[a-z][a-z_]{0,12}", fullmatch=True)
TEXTS = st.text(st.sampled_from('ab \n\t"\\${}%é~'), max_size=20)
PLAIN = TEXTS | st.integers(-9, 9999) | st.booleans() | st.none()
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(NAMES, VALUES | VALUES.map(lambda each: Call("jsonencode", (each,))))


def test_equals_signs_are_aligned_until_a_value_takes_several_lines() -> None:
    block = Block("resource", ("a", "b"))
    block.set("name", "x")
    block.set("enabled", True)
    block.set("tags", {"Name": Raw("var.name"), "cost:centre": "7"})
    block.set("port", 80)
    block.items.append(Block("lifecycle", (), [("prevent_destroy", True)]))
    assert write_block(block) == (
        'resource "a" "b" {\n'
        '  name    = "x"\n'
        "  enabled = true\n"
        "  tags = {\n"
        "    Name          = var.name\n"
        '    "cost:centre" = "7"\n'
        "  }\n"
        "  port = 80\n"
        "\n"
        "  lifecycle {\n"
        "    prevent_destroy = true\n"
        "  }\n"
        "}\n"
    )


def test_nothing_in_a_literal_is_read_as_a_template() -> None:
    assert quote('${a} %{b} "c"\n') == '"$${a} %%{b} \\"c\\"\\n"'


def test_a_text_holds_expressions_and_a_single_one_stands_alone() -> None:
    block = Block("locals", (), [("a", Text(("x-", Raw("var.y")))), ("b", Text((Raw("var.y"),)))])
    assert '"x-${var.y}"' in write_block(block)
    assert "b = var.y" in write_block(block)
    key = Index(Call("jsondecode", (Raw("x.y"),)), "password")
    assert 'jsondecode(x.y)["password"]' in write_block(Block("locals", (), [("a", key)]))


def test_a_script_stays_readable() -> None:
    script = "#!/bin/sh\necho ${HOME}\nexit 0\n"
    written = write_block(Block("locals", (), [("a", Call("base64encode", (script,)))]))
    assert "#!/bin/sh\necho $${HOME}\nexit 0\nEOT\n" in written


@needs_terraform
@pytest.mark.engine
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(bodies=st.lists(BODIES, min_size=40, max_size=40))
def test_terraform_would_not_change_a_space(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[dict[str, Any]]
) -> None:
    home = tmp_path_factory.mktemp("fmt")
    text = write_file([Block("locals", (), list(body.items())) for body in bodies], "A comment")
    (home / "main.tf").write_text(text)
    assert TERRAFORM is not None
    done = run(home, "fmt", "-check", "-diff")
    assert done == ""


@needs_terraform
@pytest.mark.engine
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(VALUES, min_size=60, max_size=60))
def test_terraform_reads_what_was_meant(
    tmp_path_factory: pytest.TempPathFactory, values: list[Any]
) -> None:
    home = tmp_path_factory.mktemp("read")
    output = Block("output", ("all",), [("value", Call("jsonencode", (values,)))])
    (home / "main.tf").write_text(write_file([output]))
    run(home, "apply", "-auto-approve", "-no-color")
    read = json.loads(json.loads(run(home, "output", "-json", "all")))
    assert read == values


def run(home: Path, *arguments: str) -> str:
    assert TERRAFORM is not None
    done = subprocess.run(
        [TERRAFORM, *arguments],
        cwd=home,
        env={"HOME": str(home), "TF_CLI_CONFIG_FILE": "/dev/null", "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
