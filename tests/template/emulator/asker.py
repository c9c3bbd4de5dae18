"""Ask the emulator what a test wants to know: a line of JSON in, a line of JSON out.

Run as a file by the Python of ministack's own environment, which has botocore;
the tests' own environment needs no AWS SDK.
"""

import json
import sys
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from speech import ask


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        print(json.dumps(_answer(**json.loads(line)), default=_plain), flush=True)


def _answer(
    service: str, region: str, operation: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    try:
        return {"answer": ask(service, region, operation, parameters)}
    except ClientError as error:
        told = error.response.get("Error", {})
        return {"code": told.get("Code", ""), "message": str(error)}
    except (BotoCoreError, ValueError) as error:
        return {"code": type(error).__name__, "message": str(error)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode()
    if hasattr(value, "read"):
        return value.read().decode()
    raise TypeError(type(value).__name__)


if __name__ == "__main__":
    main()
