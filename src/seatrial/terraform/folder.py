"""A graph as a folder of Terraform: the pipeline, from resources to files.

Takes one environment's graph and its siblings, gives each file's path and
text, and where each resource of the graph is found. Nothing is written to the
disk here, no value of a secret is known here, and Terraform is never run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seatrial.graph import Graph, Resource
from seatrial.graph.graph import ordered
from seatrial.graph.values import Ref
from seatrial.mistake import Mistake, Mistakes
from seatrial.terraform.files import module_files, readme, root_files
from seatrial.terraform.folded import folded, prior
from seatrial.terraform.hcl import Block
from seatrial.terraform.knobs import knobs
from seatrial.terraform.naming import label
from seatrial.terraform.pieces import pieces
from seatrial.terraform.regions import abroad
from seatrial.terraform.resources import write_resource
from seatrial.terraform.scope import ROOT, House, Scope
from seatrial.terraform.specs import BROKERS
from seatrial.terraform.target import Target, target_of
from seatrial.terraform.target import mistake as refused
from seatrial.terraform.tiers import TIERS, tier_of
from seatrial.terraform.translate import Translation


@dataclass(frozen=True, slots=True)
class Folder:
    """The files by their paths, and what became of each resource of the graph.

    It has its addresses in the folder, or it is `folded`, with the reason.
    """

    files: Mapping[str, str]
    addresses: Mapping[str, tuple[str, ...]]
    folded: Mapping[str, str]


def folder(graph: Graph, siblings: Iterable[Graph] = ()) -> Folder:
    """Give the whole folder.

    What `siblings`, the same system in its other environments, have otherwise
    becomes a variable. What Terraform has no word for is a `Mistake`.
    """
    ordered(graph)  # a circle is told here, before Terraform meets it
    found: list[Mistake] = []
    split: dict[str, list[Resource]] = {}
    targets: dict[str, Target] = {}
    homes: dict[str, str] = {}
    taken: dict[str, str] = {}
    gone = folded(graph)
    stay = [each for each in graph if each.id not in gone]
    for resource in stay:
        try:
            split[resource.id] = pieces(resource)
            for piece in split[resource.id]:
                target = target_of(graph, piece)
                other = taken.setdefault(target.address, resource.id)
                if other != resource.id or piece.id in targets:
                    raise refused(resource, f"it and {other} are both {target.address}")
                targets[piece.id] = target
                homes[piece.id] = tier_of(resource)
        except Mistake as mistake:
            found.append(mistake)
    _tell(found)
    try:
        regions = abroad(graph)
    except Mistake as mistake:
        raise Mistakes([mistake]) from None
    house = House(graph, targets, homes, gone, knobs(graph, siblings), regions=regions)
    bodies: dict[str, list[Block]] = {}
    addresses: dict[str, tuple[str, ...]] = {}
    for resource in stay:
        try:
            blocks = _blocks(house, resource, split)
        except Mistake as mistake:
            found.append(mistake)
            continue
        home = tier_of(resource)
        bodies.setdefault(home, []).extend(blocks)
        addresses[resource.id] = tuple(f"module.{home}.{_address(each)}" for each in blocks)
    _tell(found)
    outputs = _outputs(house)
    files = root_files(house, [tier for tier in TIERS if tier in bodies], outputs)
    for tier in TIERS:
        if tier in bodies:
            files |= module_files(house, tier, bodies[tier])
    files["README.md"] = readme(house, addresses)
    return Folder(files, addresses, {id: each.reason for id, each in gone.items()})


def _address(block: Block) -> str:
    return ".".join(block.labels if block.kind == "resource" else (block.kind, *block.labels))


def _tell(found: list[Mistake]) -> None:
    if found:
        raise Mistakes(found)


def _blocks(house: House, resource: Resource, split: Mapping[str, list[Resource]]) -> list[Block]:
    """Write everything that stands for one resource of the graph."""
    if resource.condition:
        raise refused(resource, "Terraform has no word for a condition of CloudFormation's")
    needed = [
        house.targets[each.id]
        for id in prior(house.graph, resource, house.folded)
        for each in split[id]
    ]
    if resource.type == BROKERS:
        # Read when the cluster has changed, not as it was before.
        cluster = resource.properties.get("ClusterArn")
        needed += [house.targets[cluster.id]] if isinstance(cluster, Ref) else []
    scope = house.scope(tier_of(resource))
    return [
        block
        for piece in split[resource.id]
        for block in write_resource(scope, house.targets[piece.id], needed)
    ]


def _outputs(house: House) -> list[Block]:
    translation = Translation(Scope(house, ROOT))
    return [
        Block(
            "output",
            (label(output.id),),
            [("description", output.description), ("value", translation.free(output.value))],
        )
        for output in house.graph.outputs.values()
    ]
