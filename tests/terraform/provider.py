"""A provider that knows schemas and nothing else, so that Terraform validates and plans offline.

It speaks version 6 of the plugin protocol over gRPC on loopback, serves the schemas of `awscc` or
`aws` as Seatrial has them, and plans that whatever is not set is known after apply. It creates
nothing: applying is not among its calls. A write-only argument is null in every plan, as the real
providers have it.
https://github.com/hashicorp/terraform/blob/main/docs/plugin-protocol/tfplugin6.proto
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from seatrial.graph.schema import schema
from seatrial.terraform.aws import aws_schema
from seatrial.terraform.aws import pack as aws_pack
from seatrial.terraform.awscc import awscc_schema
from seatrial.terraform.folded import GONE
from seatrial.terraform.kinds import TEXT, Attribute, Kind, Many, Object, Scalar
from seatrial.terraform.naming import awscc_name
from seatrial.terraform.specs import REFUSED, SPECS
from tests.terraform.wire import UNKNOWN, message, pack, read_message, unpack

SINGLE, LIST, SET, MAP = 1, 2, 3, 4
NESTING = {"list": LIST, "set": SET, "map": MAP}
EPHEMERAL = "aws_secretsmanager_secret_version"
ZONES = [f"us-east-1{letter}" for letter in "abcdef"]
FACTS: dict[str, dict[str, Any]] = {
    "aws_availability_zones": {"names": ZONES},
    "aws_caller_identity": {"account_id": "123456789012"},
    "aws_partition": {"partition": "aws", "dns_suffix": "amazonaws.com"},
    "aws_region": {"region": "us-east-1"},
    EPHEMERAL: {"secret_string": json.dumps({"username": "a", "password": "b", "host": "c"})},
    "aws_ssm_parameter": {"value": "ami-0123456789abcdef0"},
}
# Both providers' own argument.
CONFIGURATION = Object({"region": Attribute("region", TEXT, "optional")})


def is_write_only(name: str) -> bool:
    return name.endswith("_wo")


def type_json(kind: Kind) -> Any:
    """Give a kind in Terraform's notation of types."""
    if isinstance(kind, Scalar):
        return "string" if kind.name in ("json", "dynamic") else kind.name
    if isinstance(kind, Many):
        return [kind.nesting, type_json(kind.of)]
    return ["object", {name: type_json(each.kind) for name, each in kind.attributes.items()}]


def attribute_message(attribute: Attribute, *, computed: bool) -> bytes:
    """Write an attribute; `computed`: one that is optional may be filled by AWS."""
    kind = attribute.kind
    nested: list[tuple[int, bytes]] = []
    inner = kind.of if isinstance(kind, Many) else kind
    if isinstance(inner, Object):
        attributes = [
            (1, attribute_message(a, computed=computed)) for a in inner.attributes.values()
        ]
        nesting = NESTING[kind.nesting] if isinstance(kind, Many) else SINGLE
        nested = [(10, message(*attributes, (3, nesting)))]
    else:
        nested = [(2, json.dumps(type_json(kind)).encode())]
    write_only = is_write_only(attribute.name)
    fills = attribute.mode == "computed" or (
        computed and attribute.mode == "optional" and not write_only
    )
    return message(
        (1, attribute.name),
        *nested,
        (4, attribute.mode == "required"),
        (5, attribute.mode == "optional"),
        (6, fills),
        (11, write_only),
    )


def block_message(schema: Object, *, computed: bool) -> bytes:
    """Write a block with its attributes and the blocks in it."""
    fields: list[tuple[int, bytes]] = []
    for each in schema.attributes.values():
        if not each.is_block:
            fields.append((2, attribute_message(each, computed=computed)))
            continue
        inner = each.kind.of if isinstance(each.kind, Many) else each.kind
        assert isinstance(inner, Object)
        nesting = NESTING[each.kind.nesting] if isinstance(each.kind, Many) else SINGLE
        # A single-nested block cannot be counted.
        counted = nesting != SINGLE
        fields.append(
            (
                3,
                message(
                    (1, each.name),
                    (2, block_message(inner, computed=computed)),
                    (3, nesting),
                    (4, counted and each.mode == "required"),
                    (5, counted and not each.many),
                ),
            )
        )
    return message(*fields)


def schema_message(schema: Object, *, computed: bool = True) -> bytes:
    return message((2, block_message(schema, computed=computed)))


def entries(number: int, schemas: Mapping[str, Object]) -> list[tuple[int, bytes]]:
    return [
        (number, message((1, name), (2, schema_message(each)))) for name, each in schemas.items()
    ]


def awscc_resources(types: list[str]) -> dict[str, Object]:
    """Give the `awscc` resources: every packed type that the provider has."""
    only_aws = {type_ for type_ in SPECS if not type_.startswith("AWS::RDS::")}
    return {
        awscc_name(type_): awscc_schema(type_)
        for type_ in types
        if type_ not in {*only_aws, *REFUSED, *GONE} and schema(type_)
    }


def aws_resources() -> dict[str, Object]:
    return {name: aws_schema(name) for name in aws_pack() if not name.startswith("data.")}


def aws_sources() -> dict[str, Object]:
    names = [name for name in aws_pack() if name.startswith("data.")]
    return {name.removeprefix("data."): aws_schema(name) for name in names}


class Provider:
    """One provider's answers."""

    def __init__(self, resources: Mapping[str, Object], sources: Mapping[str, Object]) -> None:
        self.resources = resources
        self.sources = sources
        ephemeral = {EPHEMERAL: sources[EPHEMERAL]} if EPHEMERAL in sources else {}
        self._schema = message(
            (1, schema_message(CONFIGURATION, computed=False)),
            *entries(2, resources),
            *entries(3, sources),
            (6, message((2, True))),  # one that asks need not ask again
            *entries(8, ephemeral),
        )

    def answers(self) -> dict[str, Callable[[bytes], bytes]]:
        """Give what is answered to each call."""
        return {
            "GetProviderSchema": lambda _: self._schema,
            "ValidateProviderConfig": lambda _: b"",
            "ConfigureProvider": lambda _: b"",
            "ValidateResourceConfig": lambda _: b"",
            "ValidateDataResourceConfig": lambda _: b"",
            "ValidateEphemeralResourceConfig": lambda _: b"",
            "OpenEphemeralResource": self.open,
            "CloseEphemeralResource": lambda _: b"",
            "StopProvider": lambda _: b"",
            "PlanResourceChange": self.plan,
            "ReadDataSource": self.read,
        }

    def plan(self, request: bytes) -> bytes:
        """Plan what is proposed; what nobody set is known after apply."""
        fields = read_message(request)
        schema = self.resources[fields[1][0].decode()]
        proposed = unpack(read_message(fields[3][0])[1][0])
        for name, attribute in (schema.attributes if proposed is not None else {}).items():
            if is_write_only(name):
                proposed[name] = None
            elif proposed[name] is None and not attribute.is_block:
                proposed[name] = UNKNOWN
        return message((1, message((1, pack(proposed)))))

    def read(self, request: bytes) -> bytes:
        """Read a data source: the facts that it has, and a word for every other text."""
        fields = read_message(request)
        name = fields[1][0].decode()
        state = unpack(read_message(fields[2][0])[1][0])
        for each, attribute in self.sources[name].attributes.items():
            if state[each] is None and not attribute.is_block:
                known = FACTS.get(name, {}).get(each)
                state[each] = "known" if known is None and attribute.kind == TEXT else known
        return message((1, message((1, pack(state)))))

    def open(self, request: bytes) -> bytes:
        """Open an ephemeral resource whose arguments are known when it is planned."""
        return message((3, read_message(self.read(request))[1][0]))


def serve(provider: Provider) -> tuple[Any, int]:
    """Serve a provider on loopback; give the server, to be stopped, and its port."""
    import grpc

    def handler(answer: Callable[[bytes], bytes]) -> Any:
        return grpc.unary_unary_rpc_method_handler(lambda request, _: answer(request))

    server = grpc.server(ThreadPoolExecutor(4))
    handlers = {name: handler(answer) for name, answer in provider.answers().items()}
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("tfplugin6.Provider", handlers),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port
