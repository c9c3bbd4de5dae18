"""Where a distribution gets what it answers: from a bucket or its copy, and from services.

Takes a website, gives the origins of its distribution and the group of two
buckets. It knows no behaviour and no path.
"""

from seatrial.graph.values import GetAtt, Value
from seatrial.language import Website
from seatrial.lower import dns
from seatrial.lower.context import Lowering
from seatrial.lower.door_name import door_name
from seatrial.lower.load_balancer import EDGE_HEADER, EDGE_KEY
from seatrial.lower.replication import replica_address

SITE, COPY, EITHER = "site", "site-copy", "either-site"
"""The origins of the files, and the group of the two."""
SERVICES = "services"
FAILED = (500, 502, 503, 504)
"""Answers of the bucket after which CloudFront asks the copy: not 403 and 404, which S3 gives for
what is not there."""
LONGEST_ANSWER = 60
"""Seconds that CloudFront waits for a service, as the load balancer does."""
SHIELDED = frozenset(
    """
    us-east-1 us-east-2 us-west-2 ap-south-1 ap-northeast-1 ap-northeast-2 ap-southeast-1
    ap-southeast-2 eu-central-1 eu-west-1 eu-west-2 sa-east-1 me-central-1
    """.split()  # noqa: SIM905 - a list of quoted words reads worse
)
"""Regions with an Origin Shield (AWS: Use Amazon CloudFront Origin Shield)."""


def of_files(lowering: Lowering) -> str:
    """Give the origin, or the group of two, that files come from."""
    return EITHER if lowering.standby else SITE


def check(lowering: Lowering, website: Website) -> None:
    """Refuse routes to two regions that no name can tell apart."""
    named = lowering.environment.setting("domain") is not None
    if website.routes and lowering.standby and not named:
        raise website.wrong(
            "in two regions its routes need a name that leads to the services of one or the other.",
            "Give the environment one: domain=Domain('www.example.com').",
        )


def origins(lowering: Lowering, website: Website) -> list[Value]:
    """Give the bucket, its copy in a second region, and the services that it routes to."""
    bucket = GetAtt(lowering.id(website, "Bucket"), "RegionalDomainName")
    found = [_files(lowering, website, SITE, bucket, lowering.environment.region)]
    if lowering.standby:
        region = lowering.standby.region
        there = replica_address(lowering, website, region)
        found.append(_files(lowering, website, COPY, there, region))
    if not website.routes:
        return found
    # The load balancer has a certificate only where there is a domain for it; a machine has none.
    secure = lowering.environment.setting("domain") and not lowering.machine
    services: dict[str, Value] = {
        "Id": SERVICES,
        "DomainName": dns.origin(lowering) or door_name(lowering),
        "CustomOriginConfig": {
            "OriginProtocolPolicy": "https-only" if secure else "http-only",
            "OriginSSLProtocols": ["TLSv1.2"],
            "OriginReadTimeout": LONGEST_ANSWER,
            "OriginKeepaliveTimeout": 5,
        },
        "OriginCustomHeaders": [{"HeaderName": EDGE_HEADER, "HeaderValue": EDGE_KEY}],
    }
    return [*found, services]


def _files(lowering: Lowering, website: Website, id: str, host: Value, region: str) -> Value:
    origin: dict[str, Value] = {
        "Id": id,
        "DomainName": host,
        "OriginAccessControlId": GetAtt(lowering.id(website, "Access"), "Id"),
        "S3OriginConfig": {"OriginAccessIdentity": ""},  # access control takes its place
    }
    if website.origin_shield:
        if region not in SHIELDED:
            raise website.wrong(
                f"there is no Origin Shield in {region}.", "Leave origin_shield out."
            )
        origin["OriginShield"] = {"Enabled": True, "OriginShieldRegion": region}
    return origin


def groups(lowering: Lowering) -> dict[str, Value]:
    """Give what has CloudFront read the copy where the bucket fails.

    It asks again for GET, HEAD and OPTIONS alone, so that routes have no group.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
    """
    if not lowering.standby:
        return {}
    group = {
        "Id": EITHER,
        "FailoverCriteria": {"StatusCodes": {"Quantity": len(FAILED), "Items": list(FAILED)}},
        "Members": {"Quantity": 2, "Items": [{"OriginId": SITE}, {"OriginId": COPY}]},
    }
    return {"OriginGroups": {"Quantity": 1, "Items": [group]}}
