"""What a delivery has to do, read from the graphs of the environments.

Takes the checked graph of each environment that is delivered to, in their
order, gives the images to build, the jobs that run before a service, the
services whose number of tasks is kept, the website and the smoke test. It
reads a graph and nothing else, and never asks AWS.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seatrial.graph import Graph, Ref, Resource
from seatrial.graph.annotations import RunsBefore, Source
from seatrial.graph.values import GetAtt, Value, symbols
from seatrial.mistake import Mistake
from seatrial.pipeline.repository import Repository

TASK = "AWS::ECS::TaskDefinition"
ORDER = ("test", "staging", "production")
"""The environments that a delivery passes, those that a system has of them."""


class NotDeliverable(Mistake):
    """The graph holds something that a pipeline cannot deliver."""


@dataclass(frozen=True, slots=True)
class Image:
    """One image: built once from `folder` for `part`, copied into each environment's repository."""

    part: str
    folder: str
    architecture: str


@dataclass(frozen=True, slots=True)
class Job:
    """A task that must have succeeded before new code serves; logical ids of the stack."""

    task: str
    group: str
    subnets: tuple[str, ...]
    cluster: str


@dataclass(frozen=True, slots=True)
class Count:
    """A service's number of tasks: its parameter, and what a first deployment starts with."""

    parameter: str
    service: str
    cluster: str
    first: int


@dataclass(frozen=True, slots=True)
class Site:
    """A website: the folder that is uploaded, the bucket and the distribution before it."""

    folder: str
    bucket: str
    distribution: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One environment: its stack and everything that is done to it."""

    environment: str
    graph: Graph
    repositories: dict[str, str]
    jobs: tuple[Job, ...]
    counts: tuple[Count, ...]
    parameters: tuple[str, ...]
    site: Site | None
    smoke: str | None

    @property
    def stack(self) -> str:
        """The name of the CloudFormation stack."""
        return f"{self.graph.system}-{self.environment}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A system on its way: from which branch of which repository, through which stages.

    `path` is the folder of the system's file, relative to the repository's root.
    """

    system: str
    region: str
    repository: Repository
    branch: str
    path: str
    images: tuple[Image, ...]
    stages: tuple[Stage, ...]

    def folder(self, name: str) -> str:
        """Give a source folder relative to the repository's root."""
        return name if self.path == "." else f"{self.path}/{name}"

    def build_repository(self, part: str) -> str:
        """Give the name of the repository that the one build of an image is pushed to."""
        return f"{self.system}-builds/{part}"


def delivery(
    graphs: Sequence[Graph], repository: Repository, branch: str = "main", path: str = "."
) -> Delivery:
    """Read what is to be delivered; the graphs come in the order of the stages.

    Raises `NotDeliverable` for a system without programs.
    """
    stages = tuple(_stage(each) for each in graphs)
    last = graphs[-1]
    images = tuple(_images(last).values())
    if not images:
        raise NotDeliverable(
            f"{last.system}: nothing is built, because no task definition has a source folder",
            right="A pipeline delivers services and jobs.",
        )
    return Delivery(last.system, last.region, repository, branch, path, images, stages)


def _stage(graph: Graph) -> Stage:
    return Stage(
        environment=graph.environment,
        graph=graph,
        repositories={
            image.part: _text(graph[id].properties["RepositoryName"])
            for id, image in _images(graph).items()
        },
        jobs=tuple(_jobs(graph)),
        counts=tuple(_counts(graph)),
        parameters=tuple(each.id for each in graph.parameters.values() if each.default is None),
        site=_site(graph),
        smoke=_smoke(graph),
    )


def _images(graph: Graph) -> dict[str, Image]:
    """Give the image of each repository, by the repository's logical id."""
    folders = {each.task_definition: each.folder for each in graph.annotated(Source)}
    found: dict[str, Image] = {}
    for task in graph.of(TASK):
        folder = folders.get(task.id)
        repository = _repository(graph, task)
        if folder is None or repository is None or repository.id in found:
            continue
        platform = task.properties.get("RuntimePlatform", {})
        architecture = platform.get("CpuArchitecture", "X86_64")
        found[repository.id] = Image(_part(repository), folder, architecture)
    return found


def _repository(graph: Graph, task: Resource) -> Resource | None:
    for container in task.properties["ContainerDefinitions"]:
        for symbol in symbols(container.get("Image")):
            if isinstance(symbol, GetAtt) and graph[symbol.id].type == "AWS::ECR::Repository":
                return graph[symbol.id]
    return None


def _part(resource: Resource) -> str:
    return resource.origin.part if resource.origin else resource.id.lower()


def _jobs(graph: Graph) -> list[Job]:
    jobs = []
    for each in graph.annotated(RunsBefore):
        task, service = graph[each.task_definition], graph[each.service]
        groups = [g for g in graph.of("AWS::EC2::SecurityGroup") if _part(g) == _part(task)]
        if not groups:
            raise NotDeliverable(f"the job {_part(task)!r} has no security group to run in")
        network = service.properties["NetworkConfiguration"]["AwsvpcConfiguration"]
        subnets = tuple(_id(each) for each in network["Subnets"])
        jobs.append(Job(task.id, groups[0].id, subnets, _id(service.properties["Cluster"])))
    return list(dict.fromkeys(jobs))


def _counts(graph: Graph) -> list[Count]:
    counts = []
    for service in graph.of("AWS::ECS::Service"):
        wanted = service.properties.get("DesiredCount")
        if isinstance(wanted, Ref) and wanted.id in graph.parameters:
            first = int(graph.parameters[wanted.id].default or 0)
            counts.append(Count(wanted.id, service.id, _id(service.properties["Cluster"]), first))
    return counts


def _site(graph: Graph) -> Site | None:
    folders = {each.task_definition: each.folder for each in graph.annotated(Source)}
    for distribution in graph.of("AWS::CloudFront::Distribution"):
        for origin in distribution.properties["DistributionConfig"].get("Origins", []):
            for symbol in symbols(origin.get("DomainName")):
                if isinstance(symbol, GetAtt) and symbol.id in folders:
                    return Site(folders[symbol.id], symbol.id, distribution.id)
    return None


def _smoke(graph: Graph) -> str | None:
    """Give the path that must answer, if the system tells an address."""
    if "Address" not in graph.outputs:
        return None
    for target in graph.of("AWS::ElasticLoadBalancingV2::TargetGroup"):
        return _text(target.properties.get("HealthCheckPath", "/"))
    return "/"


def _id(value: Value) -> str:
    """Give the logical id that a property refers to."""
    for symbol in symbols(value):
        if isinstance(symbol, Ref | GetAtt):
            return symbol.id
    raise NotDeliverable(f"{value!r} refers to no resource of the stack")


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise NotDeliverable(f"{value!r} is known only to AWS, and a pipeline has to name it")
    return value
