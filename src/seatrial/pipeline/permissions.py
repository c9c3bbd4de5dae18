"""What CloudFormation may do to one system's stack, derived from the system's own graph.

Takes a graph, gives the statements of a policy: the actions that AWS's schemas
name for the types in the graph (`actions.tsv`) and no others, on resources
that carry the stack's name wherever AWS lets an action be held to a name. What
can only be described, and services whose names AWS makes up, get every
resource of the one region. It never looks at an account.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from seatrial.graph import Graph
from seatrial.graph.values import ACCOUNT, PARTITION, REGION, Symbol, Value, join, render

LARGEST = 5_500
"""Characters of a managed policy; AWS takes 6,144 without white space."""
LEFT = 24
"""Characters of a stack's name that are left in the longest names made up."""

CUSTOM = "AWS::CloudFormation::CustomResource"

# What has no handler in AWS's schemas, as the services' own documents name the calls.
_RDS = ("rds:AddTagsToResource", "rds:ListTagsForResource", "rds:RemoveTagsFromResource")
_OWN = {
    CUSTOM: ("lambda:InvokeFunction",),
    "AWS::CloudWatch::AnomalyDetector": (
        "cloudwatch:DeleteAnomalyDetector",
        "cloudwatch:DescribeAnomalyDetectors",
        "cloudwatch:PutAnomalyDetector",
    ),
    "AWS::DocDB::DBCluster": (
        *_RDS,
        "rds:CreateDBCluster",
        "rds:DeleteDBCluster",
        "rds:DescribeDBClusters",
        "rds:ModifyDBCluster",
        "rds:RestoreDBClusterFromSnapshot",
        "rds:RestoreDBClusterToPointInTime",
    ),
    "AWS::DocDB::DBInstance": (
        *_RDS,
        "rds:CreateDBInstance",
        "rds:DeleteDBInstance",
        "rds:DescribeDBInstances",
        "rds:ModifyDBInstance",
        "rds:RebootDBInstance",
    ),
    "AWS::EC2::ClientVpnEndpoint": (
        "ec2:CreateClientVpnEndpoint",
        "ec2:CreateTags",
        "ec2:DeleteClientVpnEndpoint",
        "ec2:DescribeClientVpnEndpoints",
        "ec2:ModifyClientVpnEndpoint",
    ),
    "AWS::EC2::ClientVpnTargetNetworkAssociation": (
        "ec2:AssociateClientVpnTargetNetwork",
        "ec2:DescribeClientVpnTargetNetworks",
        "ec2:DisassociateClientVpnTargetNetwork",
    ),
    "AWS::ElasticLoadBalancingV2::ListenerCertificate": (
        "elasticloadbalancing:AddListenerCertificates",
        "elasticloadbalancing:DescribeListenerCertificates",
        "elasticloadbalancing:RemoveListenerCertificates",
    ),
    "AWS::Route53::RecordSetGroup": (
        "route53:ChangeResourceRecordSets",
        "route53:GetChange",
        "route53:GetHostedZone",
        "route53:ListResourceRecordSets",
    ),
}
# A stack that holds one of these types names nothing by itself.
NOTHING_TO_CALL = frozenset(
    {"AWS::CloudFormation::WaitCondition", "AWS::CloudFormation::WaitConditionHandle"}
)
# Services whose resources carry the stack's name: `{}` stands for it or for a name of the graph.
# docs.aws.amazon.com/service-authorization/latest/reference/
_HERE = "{region}:{account}:"
_NAMED: dict[str, tuple[str, ...]] = {
    "autoscaling": (f"autoscaling:{_HERE}autoScalingGroup:*:autoScalingGroupName/{{}}",),
    # A plan's id is made up by AWS.
    "backup": (f"backup:{_HERE}backup-vault:{{}}", f"backup:{_HERE}backup-plan:*"),
    "cloudtrail": (f"cloudtrail:{_HERE}trail/{{}}",),
    "cloudwatch": (f"cloudwatch:{_HERE}alarm:{{}}", "cloudwatch::{account}:dashboard/{}"),
    "ecr": (f"ecr:{_HERE}repository/{{}}",),
    "ecs": (
        f"ecs:{_HERE}cluster/{{}}",
        f"ecs:{_HERE}service/{{}}/*",
        f"ecs:{_HERE}task-definition/{{}}:*",
    ),
    "elasticache": (f"elasticache:{_HERE}*:{{}}",),
    "es": (f"es:{_HERE}domain/{{}}",),
    "events": (f"events:{_HERE}rule/{{}}",),
    "kafka": (f"kafka:{_HERE}*/{{}}/*",),
    "kafka-cluster": (f"kafka:{_HERE}*/{{}}/*",),
    "lambda": (f"lambda:{_HERE}function:{{}}",),
    "logs": (f"logs:{_HERE}log-group:{{}}", f"logs:{_HERE}log-group:{{}}:*"),
    "rds": (f"rds:{_HERE}*:{{}}",),
    "s3": ("s3:::{}", "s3:::{}/*"),
    "sagemaker": (f"sagemaker:{_HERE}*/{{}}",),
    "secretsmanager": (f"secretsmanager:{_HERE}secret:{{}}",),
    "sns": (f"sns:{_HERE}{{}}",),
    "sqs": (f"sqs:{_HERE}{{}}",),
    "ssm": (f"ssm:{_HERE}parameter/{{}}",),
    # AWS's own sets of rules, and the load balancer that the list is put before.
    "wafv2": (
        f"wafv2:{_HERE}*/webacl/{{}}/*",
        f"wafv2:{_HERE}*/managedruleset/*",
        f"elasticloadbalancing:{_HERE}loadbalancer/app/{{}}/*",
    ),
}
_BESIDE = {
    "AWS::RDS::GlobalCluster": "rds::{account}:global-cluster:{}",
    "AWS::SSM::Document": f"ssm:{_HERE}document/{{}}",
}
"""Types whose ARNs are formed otherwise than their service's; their names begin as the stack's."""
_NAMES = re.compile(
    r"(?:Alarm|BackupVault|Bucket|Cluster|Dashboard|Domain|Function|LogGroup|Queue|Repository|Topic|Trail)?Name"
    r"|Family|ReplicationGroupId|DB\w+(?:Identifier|GroupName)"
)
_LOWER = frozenset({"elasticache", "rds", "s3"})
"""Services that write every name in lower case."""
_WITHOUT_STACK = frozenset({"AWS::SecretsManager::Secret"})
"""Types whose names CloudFormation makes up without the stack's."""
_UNUSED = re.compile(
    r"ssm:\w*Association|ec2:Get\*|ec2:\w*(?:VerifiedAccess|VpnGateway|AddressTransfer)\w*"
    r"|cloudfront:\w*(?:ConnectionGroup|VpcOrigin)|ec2:CreateVpcEncryptionControl"
)
"""What handlers call for properties that no part of the language sets; `ec2:Get*` would also read
a machine's console and password."""
_PUBLIC_PARAMETER = "resolve:ssm:/aws/service/"
_DATA = re.compile(r"kms:(Decrypt|Encrypt|GenerateDataKey|ReEncrypt)")
_LOOK = re.compile(r"(?!s3:)[\w-]+:(Describe|List)")
_PASS, _SERVICE_LINKED = "iam:PassRole", "iam:CreateServiceLinkedRole"
_COMPANIONS = frozenset({"backup-storage", "iam", "kms"})
_OF_ACCOUNT = {"cloudfront": "cloudfront::{account}:*", "route53": "route53:::*"}
"""Where worldwide services keep what an account has."""
_GLOBAL = frozenset({"cloudfront", "iam", "organizations", "route53", "wafv2", "budgets"})


@cache
def _table() -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """Give the actions by type, and those that AWS holds to no resource: marked with a `-`."""
    text = (files("seatrial.pipeline") / "actions.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    loose = {each[1:] for _, called in rows for each in called.split() if each.startswith("-")}
    return {
        name: tuple(each.removeprefix("-") for each in called.split()) for name, called in rows
    }, frozenset(loose)


def held(action: str) -> bool:
    """Say whether a statement can hold an action to the stack's name."""
    service = action.partition(":")[0]
    named = service in _NAMED or service == "iam"
    return named and action not in _table()[1] and not _LOOK.match(action)


def actions(kind: str) -> tuple[str, ...]:
    """Give the actions that a type's creation, change, reading and deletion call."""
    # A custom resource of any name is one call of the function that it belongs to.
    named = CUSTOM if kind.startswith("Custom::") else kind
    return _OWN.get(named) or _table()[0].get(named, ())


def shared(graphs: Sequence[Graph]) -> list[Value]:
    """Give what CloudFormation may do in every environment, held to the region and no name."""
    wanted = sorted({each for graph in graphs for each in _wanted(graph)})
    looks = [each for each in wanted if _LOOK.match(each)]
    keys = [each for each in wanted if _DATA.match(each)]
    everywhere: list[str] = []
    worldwide: list[str] = []
    for each in wanted:
        if each not in looks and each not in keys and not held(each):
            (worldwide if each.partition(":")[0] in _GLOBAL else everywhere).append(each)
    made: list[Value] = [allow(looks, "*")] if looks else []
    for service in dict.fromkeys(each.partition(":")[0] for each in worldwide):
        here = [each for each in worldwide if each.startswith(f"{service}:")]
        # Their names are made up by AWS; what is not the account's own stays out of reach.
        whole = _OF_ACCOUNT.get(service)
        own = [each for each in here if whole and each not in _table()[1]]
        if own:
            made.append(allow(own, join("arn:", PARTITION, ":", *_filled(whole or "", ""))))
        if rest := [each for each in here if each not in own]:
            made.append(allow(rest, "*"))
    if everywhere:
        condition = {"StringEquals": {"aws:RequestedRegion": REGION}}
        made.append(allow(everywhere, "*", condition))
    if keys:
        # A service that encrypts may use a key on the stack's behalf; nobody reads with it alone.
        through = {"kms:ViaService": join("*.", REGION, ".amazonaws.com")}
        made.append(allow(keys, "*", {"StringLike": through}))
    if _SERVICE_LINKED in wanted:
        linked = join("arn:", PARTITION, ":iam::", ACCOUNT, ":role/aws-service-role/*")
        made.append(allow(_SERVICE_LINKED, linked))
    return made


def own(graph: Graph, stack: str) -> list[Value]:
    """Give what CloudFormation may do to the resources that carry the stack's name."""
    wanted = [each for each in _wanted(graph) if held(each)]
    made: list[Value] = []
    for service in dict.fromkeys(each.partition(":")[0] for each in wanted):
        here = [each for each in wanted if each.startswith(f"{service}:")]
        if service == "iam":
            made += _identities(graph, stack, here)
        else:
            made.append(allow(here, list(_arns(service, graph, stack))))
    if any(_PUBLIC_PARAMETER in str(each.properties) for each in graph):
        # A machine image that AWS publishes is looked up on behalf of who makes the machine.
        public = join("arn:", PARTITION, ":ssm:", REGION, "::parameter/aws/service/*")
        made.append(allow("ssm:GetParameters", public))
    return made


def _wanted(graph: Graph) -> list[str]:
    types = {resource.type for resource in graph}
    services = {_service(each) for each in types} | _COMPANIONS
    every = {each for kind in types for each in actions(kind) if not _UNUSED.match(each)}
    # A handler also names the calls of what no property here asks for, in services not used here.
    return sorted(each for each in every if each.partition(":")[0] in services)


@cache
def _services(kind: str) -> Counter[str]:
    """Count a type's actions by the service that they belong to."""
    return Counter(each.partition(":")[0] for each in actions(kind))


def _service(kind: str) -> str:
    """Give the service that most of a type's actions belong to."""
    named = _services(kind)
    return max(named, key=lambda each: named[each], default="")


def allow(what: str | list[str], where: Value, condition: Value = None) -> Value:
    """Give one statement that allows something."""
    statement = {"Effect": "Allow", "Action": what, "Resource": where}
    return statement | ({"Condition": condition} if condition else {})


def made_up(stack: str) -> str:
    """Give the pattern of the names that CloudFormation makes up for the stack's resources.

    A long name of a stack may lose its end in them, never its start.
    """
    return f"{stack}-*" if len(stack) <= LEFT else f"{stack[:LEFT]}*"


def _identities(graph: Graph, stack: str, wanted: list[str]) -> Iterator[Value]:
    """Hold roles to the stack's own, and each to the services that the graph gives it to."""
    account = join("arn:", PARTITION, ":iam::", ACCOUNT, ":")
    kinds = ("role", "policy", "instance-profile", "user")
    names = [join(account, f"{kind}/{made_up(stack)}") for kind in kinds]
    if plain := [each for each in wanted if each not in {_PASS, _SERVICE_LINKED}]:
        yield allow(plain, names)
    if services := sorted(set(_passed_to(graph))):
        condition = {"StringEquals": {"iam:PassedToService": services}}
        yield allow(_PASS, names[0], condition)


def _passed_to(graph: Graph) -> Iterator[str]:
    for role in graph.of("AWS::IAM::Role"):
        for statement in role.properties["AssumeRolePolicyDocument"]["Statement"]:
            service = statement.get("Principal", {}).get("Service", [])
            yield from [service] if isinstance(service, str) else service


def _arns(service: str, graph: Graph, stack: str) -> Iterator[Value]:
    names = _names(service, graph, stack)
    for pattern in _NAMED[service]:
        for name in names:
            yield join("arn:", PARTITION, ":", *_filled(pattern, name))
    for kind, pattern in _BESIDE.items():
        if pattern.startswith(f"{service}:") and graph.of(kind):
            yield join("arn:", PARTITION, ":", *_filled(pattern, made_up(stack)))


def _filled(pattern: str, name: str) -> Iterator[Value]:
    symbols = {"{region}": REGION, "{account}": ACCOUNT, "{}": name}
    for piece in re.split(r"(\{\w*\})", pattern):
        yield symbols.get(piece, piece)


def _names(service: str, graph: Graph, stack: str) -> list[str]:
    """Give patterns of the names that the stack's resources of a service have."""
    pattern = made_up(stack.lower() if service in _LOWER else stack)
    names = set()
    for resource in graph:
        if service not in _services(resource.type):
            continue
        if resource.type in _WITHOUT_STACK:
            names.add(f"{resource.id}-*")
        if service == "sagemaker":
            # Its ARNs are in lower case, and the name is one or the other.
            names |= {f"{resource.id.lower()}-*", made_up(stack.lower())}
        for key, value in resource.properties.items():
            if _NAMES.fullmatch(key) and isinstance(value, str):
                # AWS adds six characters of its own to a secret's name.
                named = f"{value}-??????" if service == "secretsmanager" else value.lstrip("/")
                names.add(named.lower() if service in _LOWER else named)
    return [pattern, *sorted(each for each in names if not fnmatchcase(each, pattern))]


def policies(parts: list[Value]) -> list[list[Value]]:
    """Share statements out over as few policies as AWS's limit of size allows."""
    shared: list[list[Value]] = [[]]
    for statement in (piece for part in parts for piece in _pieces(part)):
        if shared[-1] and _size([*shared[-1], statement]) > LARGEST:
            shared.append([])
        shared[-1].append(statement)
    return shared


def _pieces(statement: Value) -> Iterator[Value]:
    """Halve the actions of a statement that is too long for a policy of its own."""
    if _size([statement]) <= LARGEST:
        yield statement
        return
    middle = len(statement["Action"]) // 2
    for half in (statement["Action"][:middle], statement["Action"][middle:]):
        yield from _pieces(statement | {"Action": half})


def _size(parts: list[Value]) -> int:
    """Count characters as AWS does, once account and region stand where their symbols are."""

    def longest(symbol: Symbol) -> str:
        pieces = getattr(symbol, "parts", ())
        return "".join(render(each, longest) for each in pieces) if pieces else "x" * 14

    return len(json.dumps(render(parts, longest), separators=(",", ":")))
