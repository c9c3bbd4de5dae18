"""What is put on the emulator: every example in every environment, and what each becomes there.

A stack keeps its name while its description changes, as when a person edits
`system.py`: either an environment takes what another one says, or a text of the
description is replaced by another.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from seatrial.cli.options import checked_graph
from seatrial.graph import Graph
from seatrial.language import System
from seatrial.pipeline.bootstrap import Budget, bootstrap
from seatrial.pipeline.codepipeline import codepipeline
from seatrial.pipeline.delivery import ORDER, Delivery, delivery
from tests.golden.systems import EXAMPLES, ROOT, graphs
from tests.pipeline.systems import ACME, example, example_suites


@dataclass(frozen=True)
class Case:
    """One environment of an example, and how its description changes under it."""

    example: str
    environment: str
    becomes: str = ""
    edits: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Give its name for pytest."""
        return f"{self.example}.{self.environment}"

    def before(self) -> Graph:
        """Give the graph as the example has it."""
        return graphs(self.example)[self.environment]

    def after(self) -> Graph:
        """Give the graph of the changed description, under the same names."""
        file = ROOT / "examples" / self.example / "system.py"
        text = file.read_text()
        if self.becomes:
            for name in (self.environment, self.becomes):
                assert f'environment("{name}"' in text
            text = text.replace(f'environment("{self.environment}"', 'environment("left"')
            text = text.replace(
                f'environment("{self.becomes}"', f'environment("{self.environment}"'
            )
        for old, new in self.edits.items():
            assert len(re.findall(re.escape(old), text)) == 1, f"{old!r} is not there once"
            text = text.replace(old, new)
        names: dict[str, object] = {}
        exec(compile(text, str(file), "exec"), names)
        system = names["system"]
        assert isinstance(system, System)
        return checked_graph(system, self.environment)


@dataclass(frozen=True)
class Bootstrap:
    """The bootstrap stack of an example, and what it becomes: another budget and branch."""

    example: str

    @property
    def id(self) -> str:
        """Give its name for pytest."""
        return f"{self.example}.bootstrap"

    def before(self) -> Graph:
        """Give what `seatrial pipeline bootstrap` gives, with a trail and a budget."""
        return bootstrap(self._delivery("main"), Budget(120, "ops@example.com"))

    def after(self) -> Graph:
        """Give it for a branch of another name, a larger budget, and a trail that is there."""
        return bootstrap(self._delivery("trunk"), Budget(250, "ops@example.com"), trail=False)

    def _delivery(self, branch: str) -> Delivery:
        made = graphs(self.example)
        stages = [made[name] for name in ORDER if name in made]
        return delivery(stages, ACME, branch, f"examples/{self.example}")


@dataclass(frozen=True)
class Pipeline:
    """The CodePipeline of fastapi-app, and what it becomes: one of another branch."""

    id: str = "fastapi-app.codepipeline"

    def before(self) -> Graph:
        """Give what `seatrial pipeline codepipeline` gives."""
        return codepipeline(example(), example_suites(), "pipeline/delivery.sh")

    def after(self) -> Graph:
        """Give it for a branch of another name."""
        changed = replace(example(), branch="trunk")
        return codepipeline(changed, example_suites(), "pipeline/delivery.sh")


CASES: tuple[Case | Bootstrap | Pipeline, ...] = (
    Case("fastapi-app", "production", "staging"),
    Case("fastapi-app", "staging", "development"),
    Case("fastapi-app", "development", "production"),
    # Kafka's subnets cannot change, so zones=3 must stay.
    Case(
        "analytics",
        "production",
        edits={
            'size="db.r5.xlarge"': 'size="db.r5.2xlarge"',
            "storage_gb=100, login": "storage_gb=200, login",
            "retention_hours=72": "retention_hours=24",
            "proxy=True, ": "",
        },
    ),
    Case(
        "analytics",
        "production-recovery",
        edits={
            'size="db.r5.xlarge"': 'size="db.r5.2xlarge"',
            "retention_hours=72": "retention_hours=24",
        },
    ),
    Case(
        "analytics",
        "development",
        edits={
            "cache.t3.micro": "cache.t3.small",
            "kafka.t3.small": "kafka.m5.large",
            "lag_per_task=10_000": "lag_per_task=5_000",
        },
    ),
    Case("support", "demo", "production"),
    Case("support", "production", "own-model"),
    Case("support", "own-model", "sagemaker"),
    Case("support", "sagemaker", "ultra-low-cost"),
    Case("support", "ultra-low-cost", "demo"),
    Case("chat", "production", "staging"),
    Case("chat", "staging", "production"),  # test is the same but for its name
    Case("assistant", "production", "staging"),
    Case(
        "assistant",
        "production-recovery",
        edits={"serverless=(0.5, 16)": "serverless=(0.5, 8)", "window=60": "window=120"},
    ),
    Case("assistant", "staging", "development"),
    Case("assistant", "development", "production"),
    *(Bootstrap(example) for example in EXAMPLES),
    Pipeline(),
)
