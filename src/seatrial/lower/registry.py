"""Image repositories: one a source folder, scanned on push, keeping the last ten."""

import json

from seatrial.language import Service
from seatrial.language.service import Program
from seatrial.lower.context import Lowering, kept

KEEP_TEN = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "description": "Keep the last 10 tagged images",
                "selection": {
                    "tagStatus": "tagged",
                    "tagPatternList": ["*"],
                    "countType": "imageCountMoreThan",
                    "countNumber": 10,
                },
                "action": {"type": "expire"},
            },
            {
                "rulePriority": 2,
                "description": "Drop what lost its tag after a day",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": 1,
                },
                "action": {"type": "expire"},
            },
        ]
    },
    separators=(",", ":"),
)


def owner(lowering: Lowering, program: Program) -> Program:
    """Give the program whose repository holds this one's image: one a source folder."""
    return lowering.by_source[program.source]


def architecture(lowering: Lowering, program: Program) -> str:
    """Give what a program's image is built for: a job's is that of the service beside it."""
    if isinstance(program, Service):
        return program.architecture
    services = [each for each in lowering.programs if isinstance(each, Service)]
    return next((each.architecture for each in services if each.source == program.source), "X86_64")


def lower(lowering: Lowering) -> None:
    """Add a repository for each source folder."""
    for program in lowering.by_source.values():
        mutable = isinstance(program, Service) and program.mutable_tags
        lowering.add(
            program,
            "Repository",
            "AWS::ECR::Repository",
            {
                "RepositoryName": f"{lowering.name}/{program.name}",
                "ImageScanningConfiguration": {"ScanOnPush": True},
                "ImageTagMutability": "MUTABLE" if mutable else "IMMUTABLE",
                "EncryptionConfiguration": {"EncryptionType": "AES256"},
                "LifecyclePolicy": {"LifecyclePolicyText": KEEP_TEN},
                "EmptyOnDelete": not lowering.environment.production,
            },
            **kept(lowering.environment.production),
        )
