"""A website: a private bucket, and a CloudFront distribution that alone may read it.

CloudFront's own error pages are left alone, because they would also take the
place of an API's 404: a function at the edge gives single-page paths instead.

With a second region the distribution stays one. Its files come from the bucket
or from its copy there, and its services from a name that leads to the load
balancer of one region or the other (`dns.py`).
"""

from seatrial.graph import Parameter
from seatrial.graph.annotations import Site
from seatrial.graph.closed_bucket import CLOSED, only_encrypted
from seatrial.graph.edge_functions import SINGLE_PAGE, VISITOR
from seatrial.graph.values import ACCOUNT, PARTITION, GetAtt, Ref, Value, join
from seatrial.language import Alerts, Website
from seatrial.lower import firewall, origins
from seatrial.lower.context import Lowering, kept
from seatrial.lower.dns import EDGE_REGION, edge_certificate
from seatrial.lower.kind import Kind
from seatrial.lower.metrics import Widget, alarm, line, widget
from seatrial.lower.replication import (
    replica_arn,
    replica_name,
    replicate,
)

OLD_DAYS = 30
"""Days for which files that were overwritten or deleted are kept."""
NOTHING_CACHED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
EVERYTHING_SENT = "216adef6-5c7f-47e4-b989-5492eafa07d3"
"""AWS's managed policies CachingDisabled and AllViewer (the visitor's host name included)."""
HSTS = 63_072_000
"""Seconds (two years) for which a browser remembers to use HTTPS."""


def _lower(lowering: Lowering, website: Website) -> None:
    origins.check(lowering, website)
    _bucket(lowering, website, "Bucket", website.bucket)
    bucket, named = lowering.ref(website, "Bucket"), lowering.ref(website, "Distribution")
    _bucket_policy(lowering, website, bucket, GetAtt(bucket.id, "Arn"), named)
    lowering.add(
        website,
        "Access",
        "AWS::CloudFront::OriginAccessControl",
        {
            "OriginAccessControlConfig": {
                "Name": f"{lowering.name}-{website.name}",
                "OriginAccessControlOriginType": "s3",
                "SigningBehavior": "always",
                "SigningProtocol": "sigv4",
            }
        },
    )
    if website.single_page:
        _function(lowering, website, "SinglePage", SINGLE_PAGE)
    if website.routes and firewall.reads_header(lowering):
        _function(lowering, website, "Visitor", VISITOR)
    _headers(lowering, website)
    for lifetime in sorted(set(website.lifetimes.values())):
        _cache(lowering, website, lifetime)
    if website.logs:
        _logs(lowering, website)
    distribution = _distribution(lowering, website)
    if lowering.standby:
        lowering.tell_second(lowering.id(website, "DistributionId"), Ref(distribution))
    lowering.annotate(
        Site(
            lowering.id(website, "Bucket"),
            distribution,
            website.source,
            website.output,
            tuple(website.build),
        )
    )


def _bucket(lowering: Lowering, website: Website, kind: str, name: str | None) -> None:
    logs = kind == "Logs"
    expire: Value = {"NoncurrentVersionExpiration": {"NoncurrentDays": OLD_DAYS}}
    if logs:
        expire = {"ExpirationInDays": website.log_days}
    # CloudFront's standard logs are written with an ACL, so their bucket must take one.
    ownership = "BucketOwnerPreferred" if logs else "BucketOwnerEnforced"
    lowering.add(
        website,
        kind,
        "AWS::S3::Bucket",
        {
            "BucketName": name,
            **CLOSED,
            "OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]},
            "VersioningConfiguration": None if logs else {"Status": "Enabled"},
            "ReplicationConfiguration": None if logs else _replication(lowering, website),
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "expire",
                        "Status": "Enabled",
                        **expire,
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    }
                ]
            },
        },
        **kept(lowering.environment.production),
    )


def _replication(lowering: Lowering, website: Website) -> Value:
    if not lowering.standby:
        return None  # what is built anew is uploaded anew
    return replicate(lowering, website, lowering.standby.region, OLD_DAYS)


def _policy(
    lowering: Lowering, website: Website, kind: str, name: Value, statements: list[Value]
) -> None:
    lowering.add(
        website,
        f"{kind}Policy",
        "AWS::S3::BucketPolicy",
        {
            "Bucket": name,
            "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
        },
    )


def _bucket_policy(
    lowering: Lowering, website: Website, name: Value, bucket: Value, distribution: Ref
) -> None:
    """Let the distribution alone read a bucket, given by name and ARN."""
    arn = join("arn:", PARTITION, ":cloudfront::", ACCOUNT, ":distribution/", distribution)
    read: Value = {
        "Sid": "DistributionReads",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": join(bucket, "/*"),
        "Condition": {"StringEquals": {"aws:SourceArn": arn}},
    }
    _policy(lowering, website, "Bucket", name, [only_encrypted(bucket), read])


def _logs(lowering: Lowering, website: Website) -> None:
    _bucket(lowering, website, "Logs", None)
    bucket = GetAtt(lowering.id(website, "Logs"), "Arn")
    _policy(lowering, website, "Logs", lowering.ref(website, "Logs"), [only_encrypted(bucket)])


def _function(lowering: Lowering, website: Website, kind: str, code: str) -> None:
    name = f"{lowering.name}-{website.name}-{kind.lower()}"
    lowering.add(
        website,
        kind,
        "AWS::CloudFront::Function",
        {
            "Name": name,
            "AutoPublish": True,
            "FunctionCode": code,
            "FunctionConfig": {"Comment": name, "Runtime": "cloudfront-js-2.0"},
        },
    )


def _headers(lowering: Lowering, website: Website) -> None:
    security: dict[str, Value] = {
        "StrictTransportSecurity": {
            "AccessControlMaxAgeSec": HSTS,
            "IncludeSubdomains": False,
            "Override": True,
        },
        "ContentTypeOptions": {"Override": True},
        "FrameOptions": {"FrameOption": "DENY", "Override": False},
        "ReferrerPolicy": {"ReferrerPolicy": "strict-origin-when-cross-origin", "Override": False},
    }
    if website.policy:
        security["ContentSecurityPolicy"] = {
            "ContentSecurityPolicy": website.policy,
            "Override": False,
        }
    lowering.add(
        website,
        "Headers",
        "AWS::CloudFront::ResponseHeadersPolicy",
        {
            "ResponseHeadersPolicyConfig": {
                "Name": f"{lowering.name}-{website.name}",
                "SecurityHeadersConfig": security,
            }
        },
    )


def _cache(lowering: Lowering, website: Website, lifetime: int) -> None:
    """Add a cache policy: an object may ask for less than `lifetime` seconds, never for more."""
    lowering.add(
        website,
        f"Cache{lifetime}",
        "AWS::CloudFront::CachePolicy",
        {
            "CachePolicyConfig": {
                "Name": f"{lowering.name}-{website.name}-{lifetime}",
                "MinTTL": 0,
                "DefaultTTL": lifetime,
                "MaxTTL": lifetime,
                "ParametersInCacheKeyAndForwardedToOrigin": {
                    "EnableAcceptEncodingGzip": lifetime > 0,
                    "EnableAcceptEncodingBrotli": lifetime > 0,
                    "CookiesConfig": {"CookieBehavior": "none"},
                    "HeadersConfig": {"HeaderBehavior": "none"},
                    "QueryStringsConfig": {"QueryStringBehavior": "none"},
                },
            }
        },
    )


def _static(lowering: Lowering, website: Website, lifetime: int) -> dict[str, Value]:
    return {
        "TargetOriginId": origins.of_files(lowering),
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": ["GET", "HEAD", "OPTIONS"],
        "CachedMethods": ["GET", "HEAD"],
        "Compress": True,
        "CachePolicyId": lowering.ref(website, f"Cache{lifetime}"),
        "ResponseHeadersPolicyId": lowering.ref(website, "Headers"),
    }


def _at_visitor(lowering: Lowering, website: Website, kind: str) -> list[Value]:
    function = GetAtt(lowering.id(website, kind), "FunctionMetadata.FunctionARN")
    return [{"EventType": "viewer-request", "FunctionARN": function}]


def _routed(lowering: Lowering, website: Website) -> dict[str, Value]:
    behaviour: dict[str, Value] = {
        "TargetOriginId": origins.SERVICES,
        "ViewerProtocolPolicy": "https-only",
        "AllowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
        "Compress": False,
        "CachePolicyId": NOTHING_CACHED,
        "OriginRequestPolicyId": EVERYTHING_SENT,
        "ResponseHeadersPolicyId": lowering.ref(website, "Headers"),
    }
    if firewall.reads_header(lowering):
        behaviour["FunctionAssociations"] = _at_visitor(lowering, website, "Visitor")
    return behaviour


def _distribution(lowering: Lowering, website: Website) -> str:
    lifetimes = website.lifetimes
    everything = _static(lowering, website, lifetimes.pop("/*"))
    if website.single_page:
        everything["FunctionAssociations"] = _at_visitor(lowering, website, "SinglePage")
    behaviours: dict[str, dict[str, Value]] = {
        **{path: _static(lowering, website, kept) for path, kept in lifetimes.items()},
        **{path: _routed(lowering, website) for path in website.routes},
    }
    # CloudFront takes the first that matches.
    ordered = sorted(behaviours.items(), key=lambda each: (-len(each[0]), each[0]))
    domain = lowering.environment.setting("domain")
    certificate: dict[str, Value] = {"CloudFrontDefaultCertificate": True}
    if domain:
        certificate = {
            "AcmCertificateArn": edge_certificate(lowering),
            "MinimumProtocolVersion": website.tls,
            "SslSupportMethod": "sni-only",
        }
    logs = GetAtt(lowering.id(website, "Logs"), "DomainName")
    made = lowering.add(
        website,
        "Distribution",
        "AWS::CloudFront::Distribution",
        {
            "DistributionConfig": {
                "Enabled": True,
                "Comment": f"{website.name} of {lowering.name}",
                "Aliases": [domain.name] if domain else [],
                "DefaultRootObject": "index.html",
                "HttpVersion": "http2and3",
                "IPV6Enabled": True,
                "PriceClass": f"PriceClass_{website.prices.capitalize()}",
                "Origins": origins.origins(lowering, website),
                **origins.groups(lowering),
                "DefaultCacheBehavior": everything,
                "CacheBehaviors": [
                    {"PathPattern": path, **behaviour} for path, behaviour in ordered
                ],
                "ViewerCertificate": certificate,
                **({"Logging": {"Bucket": logs, "Prefix": "access/"}} if website.logs else {}),
                **firewall.of_edge(lowering),
            }
        },
    )
    return made.id


def _metrics(lowering: Lowering, website: Website) -> dict[str, Value]:
    return {"DistributionId": Ref(lowering.id(website, "Distribution")), "Region": "Global"}


def _watch(lowering: Lowering, _alerts: Alerts, website: Website) -> None:
    """Watch the share of errors; CloudFront's metrics are in one region, and so are its alarms."""
    if lowering.environment.region != EDGE_REGION or lowering.second:
        return
    alarm(
        lowering,
        website,
        "EdgeErrors",
        f"{website.name}: over 5 percent of the answers are 5xx for five minutes",
        ("AWS/CloudFront", "5xxErrorRate"),
        "Average",
        5,
        _metrics(lowering, website),
        5,
        severity="critical",
    )


def _widgets(lowering: Lowering, website: Website) -> list[Widget]:
    if lowering.second:
        return []
    of = _metrics(lowering, website)
    made = [
        widget(f"{website.name}: requests", [line("AWS/CloudFront", "Requests", of, "Sum")]),
        widget(
            f"{website.name}: errors in percent",
            [
                line("AWS/CloudFront", name, of, "Average")
                for name in ("4xxErrorRate", "5xxErrorRate")
            ],
        ),
    ]
    for each in made:
        each["properties"]["region"] = EDGE_REGION
    return made


def _stand_by(lowering: Lowering, website: Website) -> None:
    """Let the first region's distribution, which is one for all the world, read the copy here."""
    origins.check(lowering, website)
    distribution = lowering.parameter(
        Parameter(
            lowering.id(website, "DistributionId"),
            "String",
            f"Id of the distribution of {website.name}, which the first region's stack tells",
            allowed_pattern="E[0-9A-Z]+",
        )
    )
    region = lowering.graph.region
    name, arn = replica_name(lowering, website, region), replica_arn(lowering, website, region)
    _bucket_policy(lowering, website, name, arn, distribution)


KIND = Kind(Website, "website", lower=_lower, stand_by=_stand_by, watch=_watch, widgets=_widgets)
