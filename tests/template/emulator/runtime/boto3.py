"""What Lambda's Python has and ministack's has not: boto3's `client`, and no more of it."""

from typing import Any

from botocore.session import get_session


def client(service: str) -> Any:
    """Give a client of the emulator, whose address is in the environment."""
    return get_session().create_client(service)
