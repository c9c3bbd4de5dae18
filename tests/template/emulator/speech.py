"""Speak to the emulator through botocore, in the words of CloudFormation.

Takes properties as a template has them, gives what the service's API answered.
Runs in ministack's own environment; only ever asks the address in `AWS_ENDPOINT_URL`.
"""

import os
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.config import Config
from botocore.session import Session, get_session


@cache
def session() -> Session:
    """Give the one session of this process; it leaves times as the services write them."""
    made = get_session()
    made.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    return made


@cache
def client(service: str, region: str) -> Any:
    """Give a client that asks once and never leaves this machine."""
    return session().create_client(
        service,
        region_name=region,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key="local",
        config=Config(
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            inject_host_prefix=False,
            read_timeout=60,
            proxies={},
            user_agent="seatrial",  # botocore's own is put together anew for each call
        ),
    )


def ask(service: str, region: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Call e.g. `ec2`, `DescribeVpcs`, all pages of it; numbers and letters' case are fitted."""
    asked = client(service, region)
    shape = asked.meta.service_model.operation_model(operation).input_shape
    fitted = fit(parameters, shape) if shape else {}
    name = xform_name(operation)
    if asked.can_paginate(name):
        answer = asked.get_paginator(name).paginate(**fitted).build_full_result()
    else:
        answer = getattr(asked, name)(**fitted)
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def fit(value: Any, shape: Any) -> Any:
    """Fit a template's value to what an API takes; ValueError for a key that it does not take."""
    match shape.type_name:
        case "structure":
            members = {name.lower(): name for name in shape.members}
            unknown = [key for key in value if key.lower() not in members]
            if unknown:
                raise ValueError(f"{shape.name} has no {', '.join(unknown)}")
            names = {key: members[key.lower()] for key in value}
            return {names[key]: fit(each, shape.members[names[key]]) for key, each in value.items()}
        case "list":
            return [fit(each, shape.member) for each in value]
        case "map":
            return {str(key): fit(each, shape.value) for key, each in value.items()}
        case "integer" | "long":
            return int(value)
        case "float" | "double":
            return float(value)
        case "boolean":
            return value if isinstance(value, bool) else str(value).lower() == "true"
        case "blob":
            return value.encode() if isinstance(value, str) else value
        case "string":
            return value if isinstance(value, str) else str(value)
        case _:
            return value
