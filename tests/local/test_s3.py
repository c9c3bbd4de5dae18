"""Buckets of the graph and their names here."""

from seatrial.local.resolve import Resolver
from seatrial.local.s3 import Bucket, read_buckets
from tests.lower.systems import graph_of


def test_buckets_have_the_names_that_programs_are_given() -> None:
    graph = graph_of(
        'files = Bucket("files")\nplain = Bucket("plain", versioning=False)\n'
        'site = Website("site", "web", bucket="the-site")\n'
        'api = Service("api", "app", ["run"], uses=[files, plain])\n'
        'system = System("shop", site, api)\n'
    )
    resolver = Resolver(graph, {})
    found = {each.id: each for each in read_buckets(graph, resolver)}
    assert found["FilesBucket"] == Bucket("FilesBucket", "shop-production-filesbucket", True)
    assert found["PlainBucket"].versioned is False
    assert found["SiteBucket"].name == "the-site"
    assert resolver.text(graph["FilesBucket"].ref) == "shop-production-filesbucket"
    arn = resolver.text(graph["FilesBucket"].att("Arn"))
    assert arn == "arn:aws:s3:::shop-production-filesbucket"


def test_a_long_name_is_cut_to_what_s3_takes() -> None:
    graph = graph_of(
        'files = Bucket("a-bucket-that-holds-many-files")\n'
        'api = Service("api", "app", ["run"], uses=[files])\n'
        'system = System("a-system-long-name", api)\n'
    )
    names = [each.name for each in read_buckets(graph, Resolver(graph, {}))]
    assert names
    assert all(3 <= len(name) <= 63 and name == name.strip("-").lower() for name in names)
