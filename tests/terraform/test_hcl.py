"""HCL is laid out as `terraform fmt` would, and says what it was given."""

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from seatrial.terraform.hcl import Block, Call, Index, Raw, Text, quote, write_block, write_file
from tests.terraform.offline import TERRAFORM, needs_terraform

WORD = "${word}\n"
LETTERS = 'ab \n\t"\\${}%é~'


def wild(chance: random.Random, depth: int = 3) -> Any:
    """Give a value of any shape that a document may have."""
    kind = chance.choice(("text", "text", "number", "flag", "list", "map") if depth else ("text",))
    if kind == "list":
        return [wild(chance, depth - 1) for _ in range(chance.randrange(4))]
    if kind == "map":
        names = ("".join(chance.choices("ab-1_.", k=chance.randrange(1, 9))) for _ in range(3))
        return {name: wild(chance, depth - 1) for name in names}
    if kind == "text" and depth == 2:
        parts = ("".join(chance.choices(LETTERS, k=9)) for _ in range(3))
        return Text(tuple(piece for each in parts for piece in (each or "-", Raw("local.word"))))
    if kind == "text":
        return "".join(chance.choices(LETTERS, k=chance.randrange(20)))
    return chance.randrange(-9, 9999) if kind == "number" else chance.choice((True, False, None))


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
def test_terraform_would_not_change_a_space(tmp_path: Path) -> None:
    chance = random.Random(7)
    blocks = []
    for _ in range(300):
        block = Block("locals")
        for name in dict.fromkeys("".join(chance.choices("abc_", k=6)) for _ in range(6)):
            value = wild(chance)
            block.set(f"n{name}", chance.choice((value, Call("jsonencode", (value,)))))
        blocks.append(block)
    (tmp_path / "main.tf").write_text(write_file(blocks, "A comment"))
    assert run(tmp_path, "fmt", "-check", "-diff") == ""


@needs_terraform
@pytest.mark.engine
def test_terraform_reads_what_was_meant(tmp_path: Path) -> None:
    chance = random.Random(11)
    values = [wild(chance) for _ in range(300)]
    output = Block("output", ("all",), [("value", Call("jsonencode", (values,)))])
    word = Block("locals", (), [("word", WORD)])
    (tmp_path / "main.tf").write_text(write_file([word, output]))
    run(tmp_path, "apply", "-auto-approve", "-no-color")
    assert json.loads(json.loads(run(tmp_path, "output", "-json", "all"))) == plain(values)


def plain(value: Any) -> Any:
    """Give a value as Terraform should read it."""
    if isinstance(value, Text):
        return "".join(each if isinstance(each, str) else WORD for each in value.parts)
    if isinstance(value, list):
        return [plain(each) for each in value]
    return {n: plain(v) for n, v in value.items()} if isinstance(value, dict) else value


def run(home: Path, *arguments: str) -> str:
    assert TERRAFORM is not None
    done = subprocess.run(
        [TERRAFORM, *arguments],
        cwd=home,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TF_CLI_CONFIG_FILE": os.devnull,
            "CHECKPOINT_DISABLE": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
