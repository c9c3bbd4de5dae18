"""Amazon SNS and SQS: messages."""

from seatrial.graph import Resource
from seatrial.graph.values import GetAtt, Ref
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices

FEW = "alerts are few: the first million requests and 1,000 e-mails a month are free"

FAILED = "a queue of dead letters gets only what failed: counted as nothing"
_WORDS = frozenset(("DeadLetterConfig", "RedrivePolicy", "DeadLetterQueue"))


def _dead_letters(estimate: Estimate) -> set[str]:
    """Give the queues to which others send what failed."""
    found = set()
    for references in estimate.references.values():
        for symbol, steps in references:
            way = steps
            while way is not None:
                way, step = way
                if step in _WORDS and isinstance(symbol, Ref | GetAtt):
                    found.add(symbol.id)
    return found


@prices("AWS::SNS::Topic")
def topic(resource: Resource, estimate: Estimate) -> Lines:
    """Price what is published and delivered; alerts that nobody counted are few."""
    said = estimate.said("messages", resource)
    if said is None:
        yield estimate.line(
            resource, "notifications", "sns.publish_1m", 0, "0 messages", assumed=(FEW,)
        )
        return
    yield estimate.metered(resource, "notifications", "sns.publish_1m", "messages", per=1e6)
    for each in estimate.maps(resource.properties.get("Subscription")):
        protocol = estimate.text(each.get("Protocol"))
        if protocol.startswith("email"):
            yield estimate.metered(resource, "e-mails", "sns.email_100k", "messages", per=100_000)
        elif protocol in ("http", "https"):
            yield estimate.metered(resource, "deliveries", "sns.https_1m", "messages", per=1e6)


@prices("AWS::SQS::Queue")
def queue(resource: Resource, estimate: Estimate) -> Lines:
    """Price requests: each message is sent, received and deleted."""
    said = estimate.said("messages", resource)
    if said is None and resource.id in _dead_letters(estimate):
        yield estimate.line(
            resource, "requests", "sqs.request_1m", 0, "0 messages", assumed=(FAILED,)
        )
        return
    if said is None:
        why = f"nobody said messages of {resource.label}"
        yield estimate.unknown(resource, "requests", "sqs.request_1m", why, wants="messages")
        return
    how = f"{said.quantity} messages x 3 requests / 1,000,000 ({said.by})"
    yield estimate.line(resource, "requests", "sqs.request_1m", said.quantity * 3 / 1e6, how)
