"""Repositories: one a source folder, kept where it would be needed again."""

import json

from tests.lower.systems import graph_of

TEXT = (
    'job = Job("migrate", "app", ["run"])\n'
    'api = Service("api", "app", ["run"], before=job)\n'
    'other = Service("other", "services/other", ["run"], mutable_tags=True)\n'
    'system = System("shop", api, other)\n'
    'system.environment("production")\nsystem.environment("staging")\n'
)


def test_programs_of_one_folder_share_their_repository() -> None:
    graph = graph_of(TEXT)
    repositories = graph.of("AWS::ECR::Repository")
    assert [each.id for each in repositories] == ["ApiRepository", "OtherRepository"]
    (container,) = graph["MigrateTask"].properties["ContainerDefinitions"]
    assert container["Image"].parts[0].id == "ApiRepository"


def test_tags_are_immutable_unless_it_is_said() -> None:
    graph = graph_of(TEXT)
    mutability = [e.properties["ImageTagMutability"] for e in graph.of("AWS::ECR::Repository")]
    assert mutability == ["IMMUTABLE", "MUTABLE"]


def test_production_keeps_its_images_and_ten_of_them() -> None:
    for environment, policy in (("production", "Retain"), ("staging", "Delete")):
        repository = graph_of(TEXT, environment)["ApiRepository"]
        assert repository.deletion_policy == policy
        assert repository.properties["EmptyOnDelete"] is (policy == "Delete")
    rules = json.loads(repository.properties["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    assert [each["selection"]["countNumber"] for each in rules] == [10, 1]
    assert len({each["rulePriority"] for each in rules}) == 2
