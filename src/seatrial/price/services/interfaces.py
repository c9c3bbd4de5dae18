"""Amazon API Gateway: requests."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices


@prices("AWS::ApiGateway::RestApi")
def rest(resource: Resource, estimate: Estimate) -> Lines:
    """Price a REST API by its requests."""
    yield estimate.metered(resource, "requests", "apigateway.rest_1m", "requests", per=1e6)


@prices("AWS::ApiGatewayV2::Api")
def http(resource: Resource, estimate: Estimate) -> Lines:
    """Price an HTTP API by its requests; a WebSocket API is paid by messages."""
    if estimate.text(resource.properties.get("ProtocolType"), "HTTP") != "HTTP":
        why = "a WebSocket API is not priced here"
        yield estimate.unknown(resource, "messages", "", why)
        return
    yield estimate.metered(resource, "requests", "apigateway.http_1m", "requests", per=1e6)
