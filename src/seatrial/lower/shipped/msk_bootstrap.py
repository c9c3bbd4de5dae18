"""Tell CloudFormation an MSK cluster's bootstrap brokers, which its resource does not.

Runs as a Lambda function behind a custom resource. Takes the cluster's ARN and
the name of the wanted answer, gives `Servers`. It changes nothing on AWS.
"""

import json
from typing import Any
from urllib.request import Request, urlopen


def handler(event: dict[str, Any], context: Any) -> None:
    """Answer one request of CloudFormation, whatever happens."""
    import boto3  # type: ignore[import-not-found]  # noqa: PLC0415 - only Lambda has it

    respond(event, context.log_stream_name, boto3.client("kafka"))


def respond(event: dict[str, Any], log: str, kafka: Any) -> None:
    """Send the brokers, or the reason why there are none, to where CloudFormation waits."""
    told: dict[str, Any] = {
        key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")
    }
    asked = event["ResourceProperties"]
    told |= {"Status": "SUCCESS", "PhysicalResourceId": asked["ClusterArn"], "Data": {}}
    try:
        if event["RequestType"] != "Delete":
            found = kafka.get_bootstrap_brokers(ClusterArn=asked["ClusterArn"])
            told["Data"] = {"Servers": found[asked["Answer"]]}
    except Exception as error:
        told |= {"Status": "FAILED", "Reason": f"{error!r}; see log stream {log}"}
    body = json.dumps(told).encode()
    # S3 signed the address for a request without a content type.
    request = Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")  # noqa: S310 - CloudFormation's own address
    with urlopen(request, timeout=30):  # noqa: S310 - as above
        pass
