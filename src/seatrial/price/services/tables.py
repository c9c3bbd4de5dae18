"""Amazon DynamoDB: requests or capacity, and storage."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.quantity import HOURS, plain
from seatrial.price.rules import prices


@prices("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
def table(resource: Resource, estimate: Estimate) -> Lines:
    """Price a table by its requests, or by the capacity that it is given."""
    properties = resource.properties
    yield estimate.metered(resource, "storage", "dynamodb.gb_mo", "storage_gb", unit="GB")
    if estimate.text(properties.get("BillingMode"), "PROVISIONED") == "PAY_PER_REQUEST":
        for component, measure in (("writes", "writes"), ("reads", "reads")):
            key = f"dynamodb.{measure[:-1]}_1m"
            yield estimate.metered(resource, component, key, measure, per=1e6)
        return
    given = estimate.map(properties.get("ProvisionedThroughput"))
    for component, name, key in (
        ("write capacity", "WriteCapacityUnits", "dynamodb.wcu_h"),
        ("read capacity", "ReadCapacityUnits", "dynamodb.rcu_h"),
    ):
        units = estimate.number(given.get(name))
        how = f"{plain(units)} units x 730 h"
        yield estimate.line(resource, component, key, units * HOURS, how)
