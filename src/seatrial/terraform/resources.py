"""A resource of the graph as Terraform's `resource` blocks.

Takes a resource with its target and the scope of its module, gives its block
and those beside it. It decides nothing about files.
"""

from collections.abc import Mapping

from seatrial.graph.values import GetAtt, Ref, Value
from seatrial.terraform.hcl import Block, Expression, Raw
from seatrial.terraform.kinds import NUMBER, TEXT, Attribute, Many, Object
from seatrial.terraform.naming import snake
from seatrial.terraform.pieces import COMPANIONS
from seatrial.terraform.reshape import reshape
from seatrial.terraform.scope import Scope
from seatrial.terraform.secrets import needs_version
from seatrial.terraform.specs import HOIST
from seatrial.terraform.target import Target, mistake
from seatrial.terraform.translate import Translation

# What CloudFormation's own word does for a resource, and Terraform's word for it.
KEPT = ("Retain", "RetainExceptOnCreate")
WRITE_ONLY = "_wo"
SNAPSHOT = "skip_final_snapshot"
NAMES = ("instance_id", "name")


def write_resource(scope: Scope, target: Target, needed: list[Target]) -> list[Block]:
    """Give a resource's blocks, its own first; `needed` must exist before it."""
    resource = target.of
    beside: list[Block] = []
    properties = {k: v for k, v in resource.properties.items() if v is not None}
    translation = Translation(scope, resource)
    if needs_version(scope.house.graph, resource):
        beside.append(_version(target, translation, properties.pop("SecretString")))
    if region := target.spec and properties.pop("AutomaticBackupReplicationRegion", None):
        beside.append(_backups(target, translation, properties, region))
    block = Block(target.word, (target.type, target.label))
    if provider := scope.house.elsewhere(resource.id):
        block.items += [("provider", provider), None]
    if target.spec:
        writer = AwsBody(target, translation)
        block.items += writer.body(
            target.schema, reshape(resource.type, properties), (), whole=True
        )
    else:
        written = translation.express(properties, target.schema)
        assert isinstance(written, Mapping)
        block.items += list(written.items())
    if needed:
        block.items.append(None)
        block.set("depends_on", [_dependency(scope, each) for each in needed])
    if target.word == "resource":
        _lifecycle(block, target, scope)
    return [block, *beside]


def _dependency(scope: Scope, target: Target) -> Raw:
    """Give what `depends_on` names: a resource here, a variable for one in another module."""
    if scope.house.homes[target.of.id] == scope.module:
        return Raw(target.referred)
    return scope.attribute(target.of.id, "id", TEXT)


def _lifecycle(block: Block, target: Target, scope: Scope) -> None:
    resource = target.of
    settings: list[tuple[str, Expression] | Block | None] = []
    takes_snapshot = SNAPSHOT in target.schema.attributes
    if resource.deletion_policy in KEPT or (
        # `awscc` takes no last snapshot: then nothing is destroyed by accident.
        resource.deletion_policy == "Snapshot" and not takes_snapshot
    ):
        settings.append(("prevent_destroy", True))
    count = resource.properties.get("DesiredCount")
    if isinstance(count, Ref) and count.id in scope.house.graph.parameters:
        # The parameter is what runs today; autoscaling decides from then on.
        settings.append(("ignore_changes", [Raw("desired_count")]))
    if settings:
        block.items.append(Block("lifecycle", (), settings))


def _version(target: Target, translation: Translation, text: Value) -> Block:
    """Write a secret's text to a write-only argument: it stands in no plan and no state."""
    kind, _ = COMPANIONS[target.of.type]
    return Block(
        "resource",
        (kind, target.label),
        [
            ("secret_id", Raw(f"{target.address}.secret_id")),
            (
                "secret_string_wo",
                translation.into_write_only().express(text, TEXT, ("SecretString",)),
            ),
            ("secret_string_wo_version", 1),
        ],
    )


def _backups(
    target: Target,
    translation: Translation,
    properties: dict[str, Value],
    region: Value,
) -> Block:
    kind, _ = COMPANIONS[target.of.type]
    block = Block("resource", (kind, target.label))
    block.set("region", translation.express(region, TEXT, ("AutomaticBackupReplicationRegion",)))
    block.set("source_db_instance_arn", translation.symbol(GetAtt(target.of.id, "DBInstanceArn")))
    key = properties.pop("AutomaticBackupReplicationKmsKeyId", None)
    if key is not None:
        name = "AutomaticBackupReplicationKmsKeyId"
        block.set("kms_key_id", translation.express(key, TEXT, (name,)))
    days = properties.pop("AutomaticBackupReplicationRetentionPeriod", None)
    name = "AutomaticBackupReplicationRetentionPeriod"
    if days is None:
        name = "BackupRetentionPeriod"  # as long as the backups themselves
        days = properties.get(name)
    if days is not None:
        block.set("retention_period", translation.express(days, NUMBER, (name,)))
    return block


class AwsBody:
    """The body of an `aws` resource: attributes, and blocks where the provider has blocks."""

    def __init__(self, target: Target, translation: Translation) -> None:
        assert target.spec is not None
        self.target = target
        self.spec = target.spec
        self.translation = translation

    def body(
        self,
        schema: Object,
        properties: Mapping[str, Value],
        path: tuple[str, ...],
        *,
        whole: bool = False,
    ) -> list[tuple[str, Expression] | Block | None]:
        """Give what stands in a resource or block, attributes before blocks."""
        attributes: list[tuple[str, Expression]] = []
        blocks: list[Block] = []
        self._fill(schema, properties, path, attributes, blocks)
        if whole:
            self._complete(schema, attributes, blocks)
        return [*attributes, *blocks]

    def _fill(
        self,
        schema: Object,
        properties: Mapping[str, Value],
        path: tuple[str, ...],
        attributes: list[tuple[str, Expression]],
        blocks: list[Block],
    ) -> None:
        for name, value in properties.items():
            here = (*path, name)
            if value is None:
                continue
            written = self._name(here)
            if written == HOIST:
                inner = value[0] if isinstance(value, list) and len(value) == 1 else value
                self._fill(schema, inner, here, attributes, blocks)
                continue
            there = schema.attributes.get(written)
            if there is None:
                raise mistake(
                    self.target.of, f"{'.'.join(here)}: {self.target.type} does not have it"
                )
            if there.is_block:
                blocks += self._blocks(there, value, here)
            else:
                self._attribute(there, value, here, attributes)

    def _attribute(
        self,
        there: Attribute,
        value: Value,
        path: tuple[str, ...],
        attributes: list[tuple[str, Expression]],
    ) -> None:
        if there.name in dict(attributes):
            raise mistake(self.target.of, f"{'.'.join(path)}: {there.name} is set twice")
        if not there.name.endswith(WRITE_ONLY):
            attributes.append((there.name, self.translation.express(value, there.kind, path)))
            return
        translation = self.translation.into_write_only()
        attributes.append((there.name, translation.express(value, there.kind, path)))
        attributes.append((f"{there.name}_version", 1))

    def _name(self, path: tuple[str, ...]) -> str:
        names = self.spec.names
        whole = ".".join(path)
        if whole in names:
            return names[whole]
        for length in range(len(path), 0, -1):
            ending = f"*.{'.'.join(path[-length:])}"
            if ending in names:
                return names[ending]
        return snake(path[-1])

    def _blocks(self, there: Attribute, value: Value, path: tuple[str, ...]) -> list[Block]:
        schema = there.kind.of if isinstance(there.kind, Many) else there.kind
        assert isinstance(schema, Object)
        several = value if isinstance(value, list | tuple) else [value]
        if not all(isinstance(each, Mapping) for each in several):
            raise mistake(
                self.target.of, f"{'.'.join(path)}: it must be written out, not referred to"
            )
        return [Block(there.name, (), self.body(schema, each, path)) for each in several]

    def _complete(
        self, schema: Object, attributes: list[tuple[str, Expression]], blocks: list[Block]
    ) -> None:
        """Add what Terraform's resource wants and CloudFormation does not say."""
        named = {each.kind for each in blocks}
        for name, content in self.spec.fallback.items():
            if name not in named:
                blocks.append(_block(name, content))
        self._name_it(schema, attributes, {each.kind for each in blocks})
        if SNAPSHOT not in schema.attributes:
            return
        if self.target.of.deletion_policy == "Delete":
            attributes.append((SNAPSHOT, True))
            return
        # What CloudFormation does for a database too when nobody says otherwise.
        identifier = dict(attributes).get(self.spec.ref, self._own_name())
        last = self.translation.text_after(identifier, "-final")
        attributes.append(("final_snapshot_identifier", last))

    def _name_it(
        self, schema: Object, attributes: list[tuple[str, Expression]], blocks: set[str]
    ) -> None:
        """Give a name where Terraform wants one; anything else that it wants is a mistake."""
        there = {name for name, _ in attributes} | blocks
        for name, wanted in schema.attributes.items():
            if wanted.mode != "required" or name in there:
                continue
            if name not in NAMES:
                raise mistake(self.target.of, f"{self.target.type} wants {name}; nothing says it")
            attributes.insert(0, (name, self._own_name()))

    def _own_name(self) -> Expression:
        """Give the name that CloudFormation would have made up."""
        return self.translation.text_after(
            self.translation.scope.prefix(), f"-{self.target.label.replace('_', '-')}"
        )


def _block(name: str, content: Mapping[str, Expression]) -> Block:
    block = Block(name)
    for key, value in content.items():
        if isinstance(value, Mapping):
            block.items.append(_block(key, value))
        else:
            block.set(key, value)
    return block
