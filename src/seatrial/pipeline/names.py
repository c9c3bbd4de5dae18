"""The names that workflows, roles and stacks know each other by.

A role's name never starts as its stack's does: what CloudFormation may do to the
stack's own roles must not reach the roles that deliver.
"""

from typing import Any

from seatrial.graph.values import ACCOUNT, REGION, Value, join
from seatrial.pipeline.delivery import Delivery, Stage


def camel(name: str) -> str:
    """Give `user-api` as `UserApi`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("-"))


def build_role(delivery: Delivery) -> str:
    """Give the name of the role that builds and pushes images."""
    return f"build-{delivery.system}"


def deploy_role(stage: Stage) -> str:
    """Give the name of the role that delivers to an environment."""
    return f"deploy-{stage.stack}"


def stack_role(stage: Stage) -> str:
    """Give the name of the role that CloudFormation has in an environment."""
    return f"stack-{stage.stack}"


def templates_bucket(delivery: Delivery, account: Any = ACCOUNT, region: Any = REGION) -> Value:
    """Give the name of the bucket for templates; buckets' names are the world's, so two ids."""
    return join(f"{delivery.system}-templates-", account, "-", region)
