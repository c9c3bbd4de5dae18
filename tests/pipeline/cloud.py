"""AWS, docker, curl and seatrial as `delivery.sh` meets them: programs on a PATH of their own.

Each call is kept, and answered from what the calls before it did. A call that
is not known is an error, so that nothing passes unseen.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seatrial.pipeline.delivery import Delivery, Stage
from seatrial.pipeline.names import stack_role
from seatrial.pipeline.script import build_variables, script, steps, unbuilt, variables

ACCOUNT = "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
PROGRAMS = ("aws", "docker", "curl", "seatrial")


@dataclass
class Cloud:
    """What a delivery meets, in a folder of its own."""

    folder: Path
    state: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        programs = self.folder / "bin"
        programs.mkdir()
        for name in PROGRAMS:
            (programs / name).write_text(
                f"#!{sys.executable} -IS\nimport sys\nsys.argv[0] = {name!r}\n"
                f"HOME = {str(self.folder)!r}\n" + _PROGRAM
            )
            (programs / name).chmod(0o755)
        (self.folder / "delivery.sh").write_text(script())
        self.keep(
            {
                "images": {},
                "stack": None,
                "live": {},
                "exit": 0,
                "deploy": True,
                "curl": 0,
                "served": "200 uvicorn",
                "weights": {},
                "breaks": "",
                "known": 0,
                "commands": {},
            }
        )

    def keep(self, changes: Mapping[str, Any]) -> None:
        self.state = {**self.read(), **changes}
        (self.folder / "state.json").write_text(json.dumps(self.state))

    def read(self) -> dict[str, Any]:
        file = self.folder / "state.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def calls(self, start: str = "") -> list[list[str]]:
        """Give the calls whose words start like this, in their order."""
        file = self.folder / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        every = [json.loads(line) for line in lines]
        return [each for each in every if " ".join(each).startswith(start)]

    def forget(self) -> None:
        (self.folder / "calls").unlink(missing_ok=True)

    def run(self, *words: str, **told: str) -> subprocess.CompletedProcess[str]:
        """Run a step of the script."""
        plain = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "AWS_REGION": "us-east-1",
            "IMAGE_TAG": "c0ffee1",
            "PAUSE": "0",
        }
        (self.folder / "temp").mkdir(exist_ok=True)
        return subprocess.run(
            ["bash", str(self.folder / "delivery.sh"), *words],
            env=plain | told,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def build(self, delivery: Delivery, part: str, **more: str) -> subprocess.CompletedProcess[str]:
        image = next(each for each in delivery.images if each.part == part)
        return self.run("build", part, **{**build_variables(delivery, image), **more})

    def step(
        self, name: str, delivery: Delivery, stage: Stage, **more: str
    ) -> subprocess.CompletedProcess[str]:
        sites = {each.part: unbuilt(delivery, each) for each in stage.sites}
        told = variables(delivery, stage, sites) | {
            "TEMPLATES": "templates",
            "STACK_ROLE": f"arn:aws:iam::{ACCOUNT}:role/{stack_role(stage)}",
        }
        return self.run(name, **{**told, **more})

    def deliver(self, delivery: Delivery, stage: Stage, **more: str) -> str:
        """Run all steps as the workflow does; give the step that failed, or nothing."""
        change, after = steps(stage)
        for each in ["template", *change, *after]:
            done = self.step(each, delivery, stage, **more)
            if done.returncode:
                undone = self.step("rollback", delivery, stage, **more)
                assert undone.returncode == 0, undone.stderr
                return f"{each}: {done.stderr}{undone.stderr}"
        return ""


_PROGRAM = """
import glob, json, os


def read(file):
    with open(file) as opened:
        return opened.read()


def keep(file, text):
    os.makedirs(os.path.dirname(file), exist_ok=True)
    with open(file, "w") as opened:
        opened.write(text)


state = json.loads(read(HOME + "/state.json"))
words = sys.argv[1:]
with open(HOME + "/calls", "a") as calls:
    calls.write(json.dumps([sys.argv[0], *words]) + "\\n")


def end(text="", code=0, **changes):
    if changes:
        keep(HOME + "/state.json", json.dumps(state | changes))
    print(text, file=sys.stderr if code else sys.stdout)
    raise SystemExit(code)


def given(name):
    return words[words.index(name) + 1] if name in words else None


def after(name):
    rest = words[words.index(name) + 1:]
    stop = next((i for i, each in enumerate(rest) if each.startswith("--")), len(rest))
    return rest[:stop]


def file_of(place):
    inside = place.startswith("s3://")
    return HOME + "/s3/" + place[5:] if inside else place


stack, images = state["stack"], state["images"]
call = " ".join(words[:2])
if sys.argv[0] == "curl":
    path = words[-1].removeprefix("http://shop.example")
    if "--write-out" in words:
        end(state["served"])
    page = glob.glob(HOME + "/s3/its-*Bucket/index.html")
    if path == "/" and "/dev/null" not in words and page:
        sys.stdout.write(read(page[0]))
        raise SystemExit(0)
    end(code=state["curl"])
if sys.argv[0] == "seatrial":
    made = read(HOME + "/template.json") if words[0] == "template" else "FROM x"
    keep(os.path.abspath(given("--out")), made)
    end()
if sys.argv[0] == "docker":
    if words[0] == "login":
        assert sys.stdin.read() == "a password\\n"
        end()
    if words[0] == "push":
        end(images=images | {words[1]: "sha256:" + words[1]})
    if words[:2] == ["buildx", "build"]:
        assert os.path.isfile(given("--file"))
        end()
    if words[:3] == ["buildx", "imagetools", "create"]:
        source, digest = words[-1].split("@")
        assert digest in images.values(), words
        end(images=images | {given("--tag"): digest})
if call == "sts get-caller-identity":
    end("123456789012")
if call == "ecr get-login-password":
    end("a password")
if call == "ecr describe-images":
    tag = given("--image-ids").removeprefix("imageTag=")
    name = "123456789012.dkr.ecr.us-east-1.amazonaws.com/" + given("--repository-name") + ":" + tag
    if name not in images:
        end("An error occurred (ImageNotFoundException) when calling DescribeImages", 254)
    end(images[name])
if call == "cloudformation describe-stacks":
    if stack is None:
        end("An error occurred (ValidationError): Stack with id x does not exist", 254)
    end("http://shop.example" if given("--query") else json.dumps({"Stacks": [stack]}))
if call == "cloudformation get-template":
    end(json.dumps(state["template"]))
if call == "cloudformation list-stack-resources":
    end(json.dumps({"StackResourceSummaries": [
        {"LogicalResourceId": id, "PhysicalResourceId": "its-" + id}
        for id in state["template"]["Resources"]]}))
if call == "cloudformation deploy":
    wanted = json.loads(read(given("--template-file")))
    told = dict(each.split("=", 1) for each in after("--parameter-overrides"))
    assert told.keys() <= wanted["Parameters"].keys(), told
    if not state["deploy"]:
        end("Failed to create/update the stack", 255)
    before = {each["ParameterKey"]: each["ParameterValue"]
              for each in (stack or {"Parameters": []})["Parameters"]}
    values = {}
    for name, parameter in wanted["Parameters"].items():
        value = told.get(name, before.get(name, parameter.get("Default")))
        assert value is not None, name
        values[name] = str(value)
    live = {"its-" + id: int(values[resource["Properties"]["DesiredCount"]["Ref"]])
            for id, resource in wanted["Resources"].items()
            if resource["Type"] == "AWS::ECS::Service"}
    end(live=live, template=wanted, stack={"StackStatus": "UPDATE_COMPLETE", "Parameters": [
        {"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]})
if call == "ecs describe-services":
    end(state["live"].get(given("--services"), "None"))
if call == "ecs describe-task-definition":
    end(json.dumps({"family": "f", "revision": 3, "status": "ACTIVE", "registeredAt": "now",
        "taskDefinitionArn": "arn:aws:ecs:task-definition/f:3", "networkMode": "awsvpc",
        "containerDefinitions": [
            {"name": "job", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/x/y:old"},
            {"name": "sidecar", "image": "public.ecr.aws/z/otel:1.2"}]}))
if call == "ecs register-task-definition":
    made = json.loads(read(given("--cli-input-json").removeprefix("file://")))
    end("arn:aws:ecs:task-definition/f:4", registered=made)
if call == "ecs run-task":
    end("arn:aws:ecs:task/1", ran=json.loads(given("--network-configuration")))
if call == "ecs wait":
    end()
if call == "ecs describe-tasks":
    end(json.dumps({"stoppedReason": "it ended", "containers": [
        {"name": "job", "exitCode": state["exit"]}]}))
if call == "ssm send-command":
    # A machine that has just started is unknown for as many questions.
    if state["known"]:
        end("An error occurred (InvalidInstanceId) when calling SendCommand",
            254, known=state["known"] - 1)
    end("its-command-" + given("--document-name") + "-" + given("--parameters"), asked=0)
if call == "ssm get-command-invocation":
    if not state["asked"]:
        end("An error occurred (InvocationDoesNotExist) when calling GetCommandInvocation",
            254, asked=1)
    said = state["commands"].get(given("--command-id").removeprefix("its-command-its-"), "Success")
    status = said if state["asked"] > 1 else "InProgress"
    end(json.dumps({"Status": status, "StatusDetails": status, "StandardErrorContent": "",
        "StandardOutputContent": "the new version is not well"}), asked=2)
if call == "elbv2 describe-rules":
    end(json.dumps([{"TargetGroupArn": arn, "Weight": weight}
                    for arn, weight in state["weights"].items()]))
if call in ("s3 cp", "s3 sync"):
    places = [each for each in words[2:] if not each.startswith("--")]
    source, target = map(file_of, places[:2])
    if state["breaks"] and state["breaks"] in " ".join(words):
        end("upload failed: connection reset", 1)
    if "--recursive" in words or call == "s3 sync":
        for folder, _, files in os.walk(source):
            for name in files:
                inside = os.path.relpath(os.path.join(folder, name), source)
                keep(os.path.abspath(os.path.join(target, inside)), read(source + "/" + inside))
        end()
    if not os.path.exists(source):
        end("fatal error: An error occurred (404) when calling HeadObject: Not Found", 1)
    keep(os.path.abspath(target), read(source))
    end()
if call == "s3 rm":
    os.unlink(file_of(words[-1]))
    end()
if call == "cloudfront create-invalidation":
    end("I1")
if call == "cloudfront wait":
    end()
end(f"unknown: {sys.argv}", 99)
"""
