"""CodePipeline and CodeBuild: pipelines and minutes of builds."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices

SIZES = {
    "BUILD_GENERAL1_SMALL": "small",
    "BUILD_GENERAL1_MEDIUM": "medium",
    "BUILD_GENERAL1_LARGE": "large",
}


@prices("AWS::CodePipeline::Pipeline")
def pipeline(resource: Resource, estimate: Estimate) -> Lines:
    """Price a pipeline: by the month (V1, the default), or by minutes of its actions (V2)."""
    if estimate.text(resource.properties.get("PipelineType"), "V1") == "V1":
        key = "codepipeline.pipeline_mo"
        yield estimate.line(resource, "pipelines", key, 1, "1 active pipeline")
        return
    yield estimate.metered(
        resource, "pipeline minutes", "codepipeline.action_min", "builds", unit="min"
    )


@prices("AWS::CodeBuild::Project")
def project(resource: Resource, estimate: Estimate) -> Lines:
    """Price minutes of builds on the project's machine."""
    machine = estimate.map(resource.properties.get("Environment"))
    size = estimate.text(machine.get("ComputeType"))
    kind = "arm" if estimate.text(machine.get("Type")).startswith("ARM") else "linux"
    key = f"codebuild.{kind}.{SIZES.get(size, size.lower())}_min"
    yield estimate.metered(resource, "build minutes", key, "builds", unit="min")
