"""The trail: there where customers are, its bucket closed and kept."""

from seatrial.graph.values import Ref
from tests.lower.systems import graph_of

TEXT = (
    'system = System("shop", Service("api", "app", ["run"]){})\n'
    'system.environment("production")\nsystem.environment("staging")\n'
)


def test_production_is_audited_and_others_where_they_say_so() -> None:
    for more, environment, audited in (
        ("", "production", True),
        ("", "staging", False),
        (", audit=True", "staging", True),
        (", audit=False", "production", False),
    ):
        graph = graph_of(TEXT.format(more), environment)
        assert ("Trail" in graph.resources) is audited
        assert ("TrailBucket" in graph.resources) is audited


def test_nobody_but_the_trail_may_write_and_nobody_may_read_in_the_clear() -> None:
    graph = graph_of(TEXT.format(""), "production")
    statements = graph["TrailBucketPolicy"].properties["PolicyDocument"]["Statement"]
    refused = [each for each in statements if each["Effect"] == "Deny"]
    assert [each["Condition"] for each in refused] == [{"Bool": {"aws:SecureTransport": "false"}}]
    for each in statements:
        if each["Effect"] == "Allow":
            assert each["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
            assert "aws:SourceArn" in each["Condition"]["StringEquals"]
    assert all(graph["TrailBucket"].properties["PublicAccessBlockConfiguration"].values())
    assert graph["TrailBucket"].deletion_policy == "Retain"
    assert graph["Trail"].properties["S3BucketName"] == Ref("TrailBucket")
    assert graph["Trail"].depends_on == ("TrailBucketPolicy",)


def test_a_log_is_locked_before_it_ages_out() -> None:
    bucket = graph_of(TEXT.format(""), "production")["TrailBucket"].properties
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    retention = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert retention["Mode"] == "GOVERNANCE"
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert retention["Days"] <= rule["ExpirationInDays"]
