"""What AWS, docker, curl and seatrial answer to `delivery.sh`.

Takes one call and the state that those before it left; changes the state and
gives what the program prints. A call that is not known is refused, so that
nothing passes unseen.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ACCOUNT = "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
PASSWORD = "a password"
ADDRESS = "http://shop.example"
PROGRAMS = ("aws", "docker", "curl", "seatrial")


@dataclass
class State:
    """What there is, and what of it does not work."""

    home: Path
    """Where the template to deliver is, and the buckets are."""
    images: dict[str, str] = field(default_factory=dict)
    """Digests by the images' names."""
    stack: dict[str, Any] | None = None
    template: dict[str, Any] = field(default_factory=dict)
    deploy: bool = True
    """Whether a stack can be changed."""
    live: dict[str, int] = field(default_factory=dict)
    """Numbers of tasks by service."""
    weights: dict[str, int] = field(default_factory=dict)
    """Shares of the traffic by target group."""
    registered: Any = None
    """The last task definition."""
    ran: Any = None
    """The network of the last task."""
    exit: int | None = 0
    """How every task ends."""
    known: int = 0
    """How many commands find a machine that Systems Manager does not know yet."""
    commands: dict[str, str] = field(default_factory=dict)
    """How commands end, where they do not succeed."""
    asked: int = 0
    """How often the last command's end was asked for."""
    curl: int = 0
    """How curl ends."""
    served: str = "200 uvicorn"
    """The status and the server of every answer."""
    breaks: str = ""
    """What the words of an upload hold that fails."""


@dataclass(frozen=True)
class Call:
    """The words of a call, the program first; where it is called and what is typed into it."""

    words: list[str]
    folder: Path
    typed: str = ""

    def value(self, option: str) -> str:
        return self.words[self.words.index(option) + 1]

    def values(self, option: str) -> list[str]:
        found = []
        for each in self.words[self.words.index(option) + 1 :]:
            if each.startswith("--"):
                break
            found.append(each)
        return found

    def file(self, option: str) -> Path:
        return self.folder / self.value(option).removeprefix("file://")


class Refused(Exception):
    """The program fails with this code and says why."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(text)
        self.code = code


def answer(state: State, call: Call) -> str | bytes:
    """Give the line, or a file's own bytes, that a program prints."""
    for size in (4, 3, 2, 1):
        known = _ANSWERS.get(" ".join(call.words[:size]))
        if known:
            return known(state, call)
    raise Refused(99, f"unknown: {call.words}")


def _put(file: Path, text: str) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return ""


def _said(text: str) -> Callable[[State, Call], str]:
    return lambda _state, _call: text


def _curl(state: State, call: Call) -> str | bytes:
    path = call.words[-1].removeprefix(ADDRESS)
    if "--write-out" in call.words:
        return state.served
    page = [*state.home.glob("s3/its-*Bucket/index.html")]
    if path == "/" and "/dev/null" not in call.words and page:
        return page[0].read_bytes()
    if state.curl:
        raise Refused(state.curl)
    return ""


def _template(state: State, call: Call) -> str:
    return _put(call.file("--out"), (state.home / "template.json").read_text())


def _dockerfile(state: State, call: Call) -> str:
    return _put(call.file("--out"), "FROM x")


def _login(state: State, call: Call) -> str:
    assert call.typed == f"{PASSWORD}\n"
    return ""


def _build(state: State, call: Call) -> str:
    assert call.file("--file").is_file()
    return ""


def _push(state: State, call: Call) -> str:
    image = call.words[2]
    state.images[image] = f"sha256:{image}"
    return ""


def _copy_image(state: State, call: Call) -> str:
    _, digest = call.words[-1].split("@")
    assert digest in state.images.values(), call.words
    state.images[call.value("--tag")] = digest
    return ""


def _describe_images(state: State, call: Call) -> str:
    tag = call.value("--image-ids").removeprefix("imageTag=")
    name = f"{REGISTRY}/{call.value('--repository-name')}:{tag}"
    if name not in state.images:
        raise Refused(254, "An error occurred (ImageNotFoundException) when calling DescribeImages")
    return state.images[name]


def _describe_stacks(state: State, call: Call) -> str:
    if state.stack is None:
        raise Refused(254, "An error occurred (ValidationError): Stack with id x does not exist")
    return ADDRESS if "--query" in call.words else json.dumps({"Stacks": [state.stack]})


def _get_template(state: State, call: Call) -> str:
    return json.dumps(state.template)


def _list_resources(state: State, call: Call) -> str:
    made = [
        {"LogicalResourceId": id, "PhysicalResourceId": f"its-{id}"}
        for id in state.template["Resources"]
    ]
    return json.dumps({"StackResourceSummaries": made})


def _deploy(state: State, call: Call) -> str:
    wanted = json.loads(call.file("--template-file").read_text())
    told = dict(each.split("=", 1) for each in call.values("--parameter-overrides"))
    assert told.keys() <= wanted["Parameters"].keys(), told
    if not state.deploy:
        raise Refused(255, "Failed to create/update the stack")
    had = state.stack["Parameters"] if state.stack else []
    before = {each["ParameterKey"]: each["ParameterValue"] for each in had}
    values = {}
    for name, parameter in wanted["Parameters"].items():
        value = told.get(name, before.get(name, parameter.get("Default")))
        assert value is not None, name
        values[name] = str(value)
    state.template = wanted
    state.live = {
        f"its-{id}": int(values[resource["Properties"]["DesiredCount"]["Ref"]])
        for id, resource in wanted["Resources"].items()
        if resource["Type"] == "AWS::ECS::Service"
    }
    state.stack = {
        "StackStatus": "UPDATE_COMPLETE",
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value} for name, value in values.items()
        ],
    }
    return ""


def _describe_services(state: State, call: Call) -> str:
    return str(state.live.get(call.value("--services")))


def _describe_task_definition(state: State, call: Call) -> str:
    return json.dumps(
        {
            "family": "f",
            "revision": 3,
            "status": "ACTIVE",
            "registeredAt": "now",
            "taskDefinitionArn": "arn:aws:ecs:task-definition/f:3",
            "networkMode": "awsvpc",
            "containerDefinitions": [
                {"name": "job", "image": f"{REGISTRY}/x/y:old"},
                {"name": "sidecar", "image": "public.ecr.aws/z/otel:1.2"},
            ],
        }
    )


def _register_task_definition(state: State, call: Call) -> str:
    state.registered = json.loads(call.file("--cli-input-json").read_text())
    return "arn:aws:ecs:task-definition/f:4"


def _run_task(state: State, call: Call) -> str:
    state.ran = json.loads(call.value("--network-configuration"))
    return "arn:aws:ecs:task/1"


def _describe_tasks(state: State, call: Call) -> str:
    containers = [{"name": "job", "exitCode": state.exit}]
    return json.dumps({"stoppedReason": "it ended", "containers": containers})


def _send_command(state: State, call: Call) -> str:
    if state.known:
        state.known -= 1
        raise Refused(254, "An error occurred (InvalidInstanceId) when calling SendCommand")
    state.asked = 0
    return f"its-command-{call.value('--document-name')}-{call.value('--parameters')}"


def _get_command_invocation(state: State, call: Call) -> str:
    state.asked += 1
    if state.asked == 1:
        raise Refused(
            254, "An error occurred (InvocationDoesNotExist) when calling GetCommandInvocation"
        )
    command = call.value("--command-id").removeprefix("its-command-its-")
    status = state.commands.get(command, "Success") if state.asked > 2 else "InProgress"
    return json.dumps(
        {
            "Status": status,
            "StatusDetails": status,
            "StandardErrorContent": "",
            "StandardOutputContent": "the new version is not well",
        }
    )


def _describe_rules(state: State, call: Call) -> str:
    return json.dumps(
        [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in state.weights.items()]
    )


def _place(state: State, call: Call, name: str) -> Path:
    inside = name.startswith("s3://")
    return state.home / "s3" / name[5:] if inside else call.folder / name


def _copy(state: State, call: Call) -> str:
    names = [each for each in call.words[3:] if not each.startswith("--")]
    source, target = (_place(state, call, each) for each in names[:2])
    if state.breaks and state.breaks in " ".join(call.words):
        raise Refused(1, "upload failed: connection reset")
    if "--recursive" in call.words or "sync" in call.words:
        shutil.copytree(source, target, dirs_exist_ok=True)
        return ""
    if not source.exists():
        raise Refused(1, "fatal error: An error occurred (404) when calling HeadObject: Not Found")
    return _put(target, source.read_text())


def _remove(state: State, call: Call) -> str:
    _place(state, call, call.words[-1]).unlink()
    return ""


_ANSWERS: dict[str, Callable[[State, Call], str | bytes]] = {
    "curl": _curl,
    "seatrial template": _template,
    "seatrial dockerfile": _dockerfile,
    "docker login": _login,
    "docker push": _push,
    "docker buildx build": _build,
    "docker buildx imagetools create": _copy_image,
    "aws sts get-caller-identity": _said(ACCOUNT),
    "aws ecr get-login-password": _said(PASSWORD),
    "aws ecr describe-images": _describe_images,
    "aws cloudformation describe-stacks": _describe_stacks,
    "aws cloudformation get-template": _get_template,
    "aws cloudformation list-stack-resources": _list_resources,
    "aws cloudformation deploy": _deploy,
    "aws ecs describe-services": _describe_services,
    "aws ecs describe-task-definition": _describe_task_definition,
    "aws ecs register-task-definition": _register_task_definition,
    "aws ecs run-task": _run_task,
    "aws ecs wait": _said(""),
    "aws ecs describe-tasks": _describe_tasks,
    "aws ssm send-command": _send_command,
    "aws ssm get-command-invocation": _get_command_invocation,
    "aws elbv2 describe-rules": _describe_rules,
    "aws s3 cp": _copy,
    "aws s3 sync": _copy,
    "aws s3 rm": _remove,
    "aws cloudfront create-invalidation": _said("I1"),
    "aws cloudfront wait": _said(""),
}
