"""What a delivery has to do, read from the graphs of the environments.

Takes the checked graph of each environment that is delivered to, in their
order, gives the images and websites to build, the jobs that run before a
service, the machines that are told of a new version, what of a stack is kept
as it runs, and what is asked afterwards. It
reads graphs and nothing else, and never asks AWS.
"""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from seatrial.graph import Graph, Ref, Resource
from seatrial.graph import annotations as noted
from seatrial.graph.values import GetAtt, Value, referred, symbols
from seatrial.mistake import Mistake
from seatrial.pipeline.machines import Machine, machines
from seatrial.pipeline.questions import Questions, questions
from seatrial.pipeline.repository import Repository

SERVICE = "AWS::ECS::Service"
TASK = "AWS::ECS::TaskDefinition"
ORDER = ("test", "staging", "production")
"""The environments that a delivery passes, those that a system has of them, unless said."""


class NotDeliverable(Mistake):
    """The graph holds something that a pipeline cannot deliver."""


@dataclass(frozen=True, slots=True)
class Image:
    """One image: built once from `folder` for `part`, copied into each environment's repository."""

    part: str
    folder: str
    architecture: str

    @property
    def name(self) -> str:
        """What the image's build is called: an image for ARM is another than the one for x86."""
        return self.part if self.architecture == "X86_64" else f"{self.part}-arm64"


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
class Weight:
    """A rule that shares traffic out: for each parameter the target group whose share it is."""

    rule: str
    shares: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Site:
    """A website: what `build` leaves in `output` inside `folder`, and where that goes.

    `bucket` and `distribution` are logical ids of the stack.
    """

    part: str
    folder: str
    output: str
    build: tuple[str, ...]
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
    weights: tuple[Weight, ...]
    parameters: tuple[str, ...]
    machines: tuple[Machine, ...]
    sites: tuple[Site, ...]
    questions: Questions | None

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
    sites: tuple[Site, ...]
    stages: tuple[Stage, ...]

    def folder(self, name: str) -> str:
        """Give a source folder relative to the repository's root."""
        return posixpath.normpath(posixpath.join(self.path, name))

    @property
    def folders(self) -> list[str]:
        """The source folders, each once, relative to the system's file."""
        images, sites = [e.folder for e in self.images], [e.folder for e in self.sites]
        return list(dict.fromkeys([*images, *sites]))

    def build_repository(self, image: Image) -> str:
        """Give the name of the repository that the one build of an image is pushed to."""
        return f"{self.system}-builds/{image.name}"

    def asks_before(self, stage: Stage) -> bool:
        """Say whether a person is asked first: before production, or else before the last stage."""
        named = [each.environment for each in self.stages]
        if "production" in named:
            return stage.environment == "production"
        return len(named) > 1 and stage.environment == named[-1]


def delivery(
    graphs: Sequence[Graph], repository: Repository, branch: str = "main", path: str = "."
) -> Delivery:
    """Read what is to be delivered; the graphs come in the order of the stages.

    Raises `NotDeliverable` for a system without programs, and for environments that one
    build or one pipeline cannot serve.
    """
    stages = tuple(_stage(each) for each in graphs)
    last = graphs[-1]
    if apart := {each.region for each in graphs} - {last.region}:
        raise NotDeliverable(
            f"{last.system}: one pipeline delivers to one region, and the environments are in "
            f"{', '.join(sorted({last.region, *apart}))}.",
            right="Write one for the environments of each region: --env.",
        )
    # The last stage's order, which is production's, then what only the others have.
    found = [each for graph in reversed(graphs) for each in _images(graph).values()]
    images = tuple(dict.fromkeys(found))
    sites = tuple(dict.fromkeys(each for stage in reversed(stages) for each in stage.sites))
    if not images:
        raise NotDeliverable(
            f"{last.system}: nothing is built, because no program has a source folder",
            right="A pipeline delivers services and jobs.",
        )
    for built in (images, sites):
        every = [getattr(each, "name", each.part) for each in built]
        if twice := {each for each in every if every.count(each) > 1}:
            names = ", ".join(sorted(twice))
            raise NotDeliverable(
                f"{last.system}: {names} is made of another folder or by another command in one "
                "environment than in the next, and what is built once serves all.",
                right="Give it a name of its own there.",
            )
    return Delivery(last.system, last.region, repository, branch, path, images, sites, stages)


def _stage(graph: Graph) -> Stage:
    return Stage(
        environment=graph.environment,
        graph=graph,
        repositories={
            image.name: _text(graph[id].properties["RepositoryName"])
            for id, image in _images(graph).items()
        },
        jobs=tuple(_jobs(graph)),
        counts=tuple(_counts(graph)),
        weights=tuple(_weights(graph)),
        parameters=tuple(each.id for each in graph.parameters.values() if each.default is None),
        machines=tuple(machines(graph)),
        sites=tuple(_sites(graph)),
        questions=questions(graph) if "Address" in graph.outputs else None,
    )


def _images(graph: Graph) -> dict[str, Image]:
    """Give the image of each repository, by the repository's logical id."""
    found = {
        each.repository: Image(_part(graph[each.repository]), each.folder, each.architecture)
        for each in graph.annotated(noted.Composed)
    }
    folders = {each.task_definition: each.folder for each in graph.annotated(noted.Source)}
    for task in graph.of(TASK):
        folder = folders.get(task.id)
        repository = _repository(graph, task)
        if folder is None or repository is None:
            continue
        platform = task.properties.get("RuntimePlatform", {})
        image = Image(_part(repository), folder, platform.get("CpuArchitecture", "X86_64"))
        if found.setdefault(repository.id, image).architecture != image.architecture:
            raise NotDeliverable(
                f"{_part(task)} in {graph.environment} runs on {image.architecture}, and another "
                f"program of the folder {folder!r} does not: they share one image.",
                right="Give both the same architecture.",
            )
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
    """Give the jobs of a delivery: those before a service, then those that no schedule starts."""
    services = {_id(each.properties["TaskDefinition"]): each for each in graph.of(SERVICE)}
    before = {
        each.task_definition: graph[each.service] for each in graph.annotated(noted.RunsBefore)
    }
    started = {
        id
        for schedule in graph.of("AWS::Scheduler::Schedule")
        for id in referred(schedule.properties["Target"])
    }
    alone = [
        each.task_definition
        for each in graph.annotated(noted.Source)
        if each.task_definition not in started | before.keys() | services.keys()
    ]
    jobs = []
    for id in [*before, *alone]:
        task = graph[id]
        beside = before.get(id) or next(iter(services.values()), None)
        groups = [g for g in graph.of("AWS::EC2::SecurityGroup") if _part(g) == _part(task)]
        if beside is None or not groups:
            raise NotDeliverable(
                f"the job {_part(task)!r} has no network to run in: no service is beside it",
                right="Give it a schedule, or a service.",
            )
        network = beside.properties["NetworkConfiguration"]["AwsvpcConfiguration"]
        subnets = tuple(_id(each) for each in network["Subnets"])
        jobs.append(Job(id, groups[0].id, subnets, _id(beside.properties["Cluster"])))
    return jobs


def _counts(graph: Graph) -> list[Count]:
    counts = []
    for service in graph.of(SERVICE):
        wanted = service.properties.get("DesiredCount")
        if isinstance(wanted, Ref) and wanted.id in graph.parameters:
            first = int(graph.parameters[wanted.id].default or 0)
            counts.append(Count(wanted.id, service.id, _id(service.properties["Cluster"]), first))
    return counts


def _weights(graph: Graph) -> list[Weight]:
    found = []
    for rule in graph.of("AWS::ElasticLoadBalancingV2::ListenerRule"):
        for action in rule.properties["Actions"]:
            groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
            shares = [
                (each["Weight"].id, _id(each["TargetGroupArn"]))
                for each in groups
                if isinstance(each.get("Weight"), Ref)
            ]
            if shares:
                found.append(Weight(rule.id, tuple(shares)))
    return found


def _sites(graph: Graph) -> list[Site]:
    return [
        Site(
            _part(graph[each.bucket]),
            each.folder,
            each.output,
            each.build,
            each.bucket,
            each.distribution,
        )
        for each in graph.annotated(noted.Site)
    ]


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
