"""The one machine: an EC2 instance that runs every program by Docker Compose.

It stands in a public subnet with an address of its own, because a NAT gateway
would cost more than the machine; only CloudFront is let in. The Compose file
and the list of its secrets are parameters of Systems Manager, so that a new
version changes them and not the machine. A person comes in by Session Manager:
there is no key and no open port.
"""

from seatrial.graph import Parameter
from seatrial.graph.annotations import Composed, Note
from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import (
    ACCOUNT,
    PARTITION,
    REGION,
    URL_SUFFIX,
    GetAtt,
    Intrinsic,
    Join,
    Ref,
    Secret,
    Value,
    join,
)
from seatrial.language import Job, Redis, Service
from seatrial.language.machine import swap
from seatrial.language.service import Program
from seatrial.lower import cluster, compose, machine_commands, programs, registry
from seatrial.lower.context import Lowering, tagged
from seatrial.lower.door_name import ADDRESS, MACHINE
from seatrial.lower.load_balancer import EDGE_KEY, edge_key
from seatrial.lower.machine_commands import DEPLOY, RUN
from seatrial.lower.shipped import shipped

FILE, SECRETS = "MachineFile", "MachineSecrets"
MACHINE_IMAGE = (
    "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
)
"""Read by EC2 at each launch (https://docs.aws.amazon.com/linux/al2023/ug/ec2.html)."""
ARCHITECTURES = {"ARM64": ("arm64", "aarch64"), "X86_64": ("x86_64", "x86_64")}
"""What ECS calls a processor -> what AWS's images and Linux call it."""
COMPOSE = "https://github.com/docker/compose/releases/download/v2.40.3/docker-compose-linux-"
COMPOSE_SHA256 = {
    "aarch64": "d26373b19e89160546d15407516cc59f453030d9bc5b43ba7faf16f7b4980137",
    "x86_64": "dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372",
}
LONGEST = 8192
"""Characters (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html)."""
DISK = 30
"""GB: what Amazon Linux's own image has is 8, and two versions of each image want room."""


def lower(lowering: Lowering) -> None:
    """Add the machine, what it may do, and what it is told to run."""
    lowering.parameter(
        Parameter(
            "ImageTag",
            "String",
            "Tag of the images to run, the same in every repository",
            default="initial",
            allowed_pattern="[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
        )
    )
    cluster.logs(lowering, f"/ec2/{lowering.name}")
    if lowering.web:
        edge_key(lowering, "the machine")
    told = _told(lowering)
    _role(lowering)
    _instance(lowering, told)
    machine_commands.lower(lowering)
    _annotate(lowering)


def _told(lowering: Lowering) -> tuple[str, ...]:
    """Add the two parameters that say what runs."""
    for id, word, text, value in (
        (FILE, "file", "The Compose file", compose.file(lowering)),
        (SECRETS, "secrets", "Which secrets the containers read", compose.secrets(lowering)),
    ):
        _hold(lowering, text, value)
        lowering.add(
            None,
            id,
            "AWS::SSM::Parameter",
            {
                "Name": f"/{lowering.name}/compose/{word}",
                "Type": "String",
                # 4 KiB are free; up to 8 the parameter costs $0.05 a month.
                "Tier": "Intelligent-Tiering",
                "Description": f"{text} of {lowering.name}",
                "Value": value,
            },
        )
    return FILE, SECRETS


def _hold(lowering: Lowering, text: str, value: Value) -> None:
    """Refuse what no parameter takes; what AWS puts in for a symbol comes on top."""
    pieces = value.parts if isinstance(value, Join) else (value,)
    written = "".join(each for each in pieces if isinstance(each, str))
    wrong = lowering.system.wrong
    if len(written) > LONGEST:
        raise wrong(
            f"{text[0].lower()}{text[1:]} of {lowering.name} has {len(written)} characters and "
            f"more, and a parameter of Systems Manager takes {LONGEST}.",
            "Run fewer programs on one machine.",
            lowering.environment.place,
        )
    if "{{" in written:
        raise wrong(
            "a command or variable holds '{{', which no parameter of Systems Manager takes.",
            place=lowering.environment.place,
        )


def _read(lowering: Lowering) -> list[str]:
    """Give the ids of the secrets that the machine reads."""
    found = dict.fromkeys(
        each.id
        for program in lowering.programs
        for each in compose.given(lowering, program).secrets.values()
        if isinstance(each, Secret)
    )
    found |= dict.fromkeys(lowering.id(each, "Password") for each in lowering.of(Redis))
    return [*found, *([EDGE_KEY.id] if lowering.web else [])]


def _role(lowering: Lowering) -> None:
    """Add the machine's role: what every program may do, for there is one role a machine."""
    images = [
        GetAtt(lowering.id(registry.owner(lowering, each), "Repository"), "Arn")
        for each in lowering.by_source.values()
    ]
    statements: list[Value] = [
        programs.allow("ecr:GetAuthorizationToken", "*"),
        programs.allow(programs.PULL, images),
        programs.allow(programs.WRITE, GetAtt("Logs", "Arn")),
        programs.allow("ssm:GetParameter", [_parameter_arn(each) for each in (FILE, SECRETS)]),
    ]
    read = _read(lowering)
    if read:
        arns = [Ref(each) for each in read]
        statements.append(programs.allow("secretsmanager:GetSecretValue", arns))
    uses: list[Value] = []
    for program in lowering.programs:
        theirs = compose.given(lowering, program).statements
        uses += [each for each in theirs if each not in uses]
    core = join("arn:", PARTITION, ":iam::aws:policy/AmazonSSMManagedInstanceCore")
    role = lowering.add(
        None,
        f"{MACHINE}Role",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("ec2.amazonaws.com"),
            "ManagedPolicyArns": [core],
            "Policies": [
                programs.policy("start", statements),
                *([programs.policy("uses", uses)] if uses else []),
            ],
        },
    )
    lowering.add(None, f"{MACHINE}Profile", "AWS::IAM::InstanceProfile", {"Roles": [role.ref]})


def _parameter_arn(id: str) -> Value:
    return join("arn:", PARTITION, ":ssm:", REGION, ":", ACCOUNT, ":parameter", Ref(id))


def user_data(lowering: Lowering) -> Value:
    """Give the machine's first start: settings, its programs, then the start itself."""
    assert lowering.machine
    linux = ARCHITECTURES[lowering.machine.architecture][1]
    settings: dict[str, Value] = {
        "ROOT": "",
        "PATIENCE": "5",
        "REGION": REGION,
        "NAME": lowering.name,
        "FILE": Ref(FILE),
        "SECRETS": Ref(SECRETS),
        "LOGS": Ref("Logs"),
        "REGISTRY": join(ACCOUNT, ".dkr.ecr.", REGION, ".", URL_SUFFIX),
        "SWAP": str(swap(lowering.environment)),
        "COMPOSE_URL": COMPOSE + linux,
        "COMPOSE_SHA256": COMPOSE_SHA256[linux],
    }
    pieces: list[Value] = ["#!/bin/bash\n"]
    for key, value in settings.items():
        pieces += [f"{key}='", value, "'\n"]
    for name, file in (
        ("compose-up", "compose_up.sh"),
        ("compose-run", "compose_run.sh"),
        ("compose-secrets", "compose_secrets.py"),
    ):
        path = f'"$ROOT/usr/local/bin/{name}"'
        pieces.append(
            f"cat >{path} <<'END OF FILE'\n{shipped(file)}END OF FILE\nchmod 755 {path}\n"
        )
    pieces.append(shipped("compose_machine.sh"))
    return join(*pieces)


def _instance(lowering: Lowering, told: tuple[str, ...]) -> None:
    assert lowering.machine
    architecture = ARCHITECTURES[lowering.machine.architecture][0]
    calls_aws = any(compose.given(lowering, each).statements for each in lowering.programs)
    template = lowering.add(
        None,
        f"{MACHINE}Template",
        "AWS::EC2::LaunchTemplate",
        {
            "LaunchTemplateData": {
                "ImageId": MACHINE_IMAGE.format(architecture=architecture),
                "InstanceType": lowering.machine.type,
                "IamInstanceProfile": {"Arn": GetAtt(f"{MACHINE}Profile", "Arn")},
                # Beyond its own credits such a machine would cost by the hour, unasked.
                "CreditSpecification": {"CpuCredits": "standard"},
                "MetadataOptions": {
                    "HttpTokens": "required",
                    "HttpEndpoint": "enabled",
                    # A container that calls AWS is one step further away than the machine.
                    "HttpPutResponseHopLimit": 2 if calls_aws else 1,
                },
                "NetworkInterfaces": [
                    {
                        "DeviceIndex": 0,
                        "SubnetId": Ref("PublicSubnet1"),
                        "Groups": [GetAtt(f"{MACHINE}Group", "GroupId")],
                        # Its address is the one below, which stays when the machine is replaced.
                        "AssociatePublicIpAddress": False,
                    }
                ],
                "BlockDeviceMappings": [
                    {
                        "DeviceName": "/dev/xvda",
                        "Ebs": {
                            "VolumeSize": DISK,
                            "VolumeType": "gp3",
                            "Encrypted": True,
                            "DeleteOnTermination": True,
                        },
                    }
                ],
                "UserData": Intrinsic("Fn::Base64", user_data(lowering)),
            }
        },
    )
    machine = lowering.add(
        None,
        MACHINE,
        "AWS::EC2::Instance",
        {
            "LaunchTemplate": {
                "LaunchTemplateId": template.ref,
                "Version": template.att("LatestVersionNumber"),
            },
            "PropagateTagsToVolumeOnCreation": True,
            "Tags": tagged(lowering.name),
        },
        depends_on=("PublicDefaultRoute", "PublicSubnet1Routes", *told),
    )
    lowering.add(
        None,
        ADDRESS,
        "AWS::EC2::EIP",
        {"Domain": "vpc", "InstanceId": machine.ref, "Tags": tagged(lowering.name)},
        depends_on=("InternetGatewayAttachment",),
    )


def _annotate(lowering: Lowering) -> None:
    for program in lowering.programs:
        lowering.annotate(_composed(lowering, program))
    lowering.annotate(
        Note(
            "deployment",
            "A new version reaches the machine in two steps.",
            (
                "Update the stack with the version's ImageTag: the Compose file names it then.",
                f"Run the document {lowering.name}-deploy on the machine; wait until it succeeded.",
            ),
        )
    )


def _composed(lowering: Lowering, program: Program) -> Composed:
    """Say of a program where its image is, who starts it and what may be asked of it."""
    assert lowering.machine
    alone = isinstance(program, Job) and program.schedule is None
    asked = program if isinstance(program, Service) and program in lowering.web else None
    return Composed(
        MACHINE,
        program.name,
        lowering.id(registry.owner(lowering, program), "Repository"),
        program.source,
        lowering.machine.architecture,
        DEPLOY,
        run=RUN if alone and program not in compose.before(lowering) else "",
        health=asked.probe.path if asked else "",
        # At the address of the website no service has a host of its own.
        paths=tuple(lowering.paths(asked)) if asked and not asked.hosts else (),
    )
