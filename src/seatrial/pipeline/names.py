"""The names that workflows, roles and stacks know each other by."""

from typing import Any

from seatrial.graph.values import ACCOUNT, REGION, Value, join
from seatrial.pipeline.delivery import Delivery, Stage


def camel(name: str) -> str:
    """Give `user-api` as `UserApi`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("-"))


def build_role(delivery: Delivery) -> str:
    """Give the name of the role that builds and pushes images."""
    return f"{delivery.system}-build"


def deploy_role(delivery: Delivery, stage: Stage) -> str:
    """Give the name of the role that delivers to an environment."""
    return f"{delivery.system}-{stage.environment}-deploy"


def stack_role(delivery: Delivery, stage: Stage) -> str:
    """Give the name of the role that CloudFormation has in an environment."""
    return f"{delivery.system}-{stage.environment}-stack"


def templates_bucket(delivery: Delivery, account: Any = ACCOUNT, region: Any = REGION) -> Value:
    """Give the name of the bucket for templates; buckets' names are the world's, so two ids."""
    return join(f"{delivery.system}-templates-", account, "-", region)
