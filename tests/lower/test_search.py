"""OpenSearch: in the network, encrypted, behind a login, spread evenly over zones."""

import pytest

from seatrial.graph.annotations import Note
from seatrial.graph.values import Ref, Secret
from seatrial.mistake import Mistake
from tests.lower.stores import alarms, entries, environment, stores, text
from tests.lower.systems import graph_of


def one(more: str = "", zones: int = 2) -> str:
    return (
        f'search = Search("search", "t3.small.search", {more})\n'
        f'system = System("shop", Service("api", "app", ["run"], uses=[search]), zones={zones})\n'
    )


def test_three_nodes_stand_in_three_zones_with_masters_of_their_own() -> None:
    domain = stores()["SearchDomain"].properties
    assert domain["ClusterConfig"] == {
        "InstanceType": "t3.small.search",
        "InstanceCount": 3,
        "ZoneAwarenessEnabled": True,
        "ZoneAwarenessConfig": {"AvailabilityZoneCount": 3},
        "DedicatedMasterEnabled": True,
        "DedicatedMasterType": "t3.small.search",
        "DedicatedMasterCount": 3,
    }
    assert len(domain["VPCOptions"]["SubnetIds"]) == 3
    assert domain["AdvancedOptions"] == {"indices.fielddata.cache.size": "40"}


def test_it_is_encrypted_everywhere_and_asks_for_a_login() -> None:
    domain = stores()["SearchDomain"].properties
    assert domain["EncryptionAtRestOptions"] == {"Enabled": True}
    assert domain["NodeToNodeEncryptionOptions"] == {"Enabled": True}
    assert domain["DomainEndpointOptions"]["EnforceHTTPS"] is True
    login = domain["AdvancedSecurityOptions"]
    assert login["InternalUserDatabaseEnabled"] is True
    password = login["MasterUserOptions"]["MasterUserPassword"]
    assert password == Secret("SearchCredentials", "password", dynamic=True)


def test_the_password_has_every_sort_of_character_and_needs_no_escape() -> None:
    recipe = stores()["SearchCredentials"].properties["GenerateSecretString"]
    assert recipe["RequireEachIncludedType"] is True
    punctuation = set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
    assert punctuation - set(recipe["ExcludeCharacters"]) == set("-.~")


def test_the_url_is_a_secret() -> None:
    graph = stores()
    assert environment(graph, "ApiTask")["OPENSEARCH_URL"] == Secret("SearchUrl")
    assert text(graph, "SearchUrl").startswith("https://<username>:<password>@")
    assert text(graph, "SearchUrl").endswith(":443")
    assert entries(graph, "SearchGroup") == {"ApiGroup": 443}


def test_one_node_stands_in_one_zone_and_copies_nothing() -> None:
    graph = graph_of(one())
    domain = graph["SearchDomain"].properties
    assert domain["VPCOptions"]["SubnetIds"] == [Ref("PrivateSubnet1")]
    assert domain["ClusterConfig"]["ZoneAwarenessEnabled"] is False
    (note,) = [each for each in graph.annotated(Note) if each.topic == "Indexes of search"]
    assert '"number_of_replicas": 0' in note.steps[0]


def test_nodes_that_cannot_be_spread_evenly_are_told() -> None:
    with pytest.raises(Mistake, match="nodes=3 cannot be spread evenly over 2 zones"):
        graph_of(one("nodes=3"))
    assert graph_of(one("nodes=4", zones=3))["SearchDomain"].properties["ClusterConfig"][
        "ZoneAwarenessConfig"
    ] == {"AvailabilityZoneCount": 2}


def test_the_service_linked_role_comes_first_or_is_asked_of_a_person() -> None:
    graph = stores()
    assert graph["SearchDomain"].depends_on == ("SearchServiceRole",)
    staging = stores("staging")
    assert "SearchServiceRole" not in staging.resources
    (note,) = [each for each in staging.annotated(Note) if "Service-linked" in each.topic]
    assert "create-service-linked-role" in note.steps[0]


def test_two_domains_share_the_one_role_that_an_account_may_have() -> None:
    graph = graph_of(
        'one = Search("one", "t3.small.search")\n'
        'two = Search("two", "t3.small.search")\n'
        'system = System("shop", Service("api", "app", ["run"], uses=[one, two]))\n'
    )
    assert len(graph.of("AWS::IAM::ServiceLinkedRole")) == 1
    assert graph["OneDomain"].depends_on == graph["TwoDomain"].depends_on == ("OneServiceRole",)


def test_a_long_name_is_shortened_and_stays_apart() -> None:
    names = [
        graph_of(one().replace('"shop"', f'"a-very-long-system-{end}"'))["SearchDomain"]
        for end in ("a", "b")
    ]
    first, second = (each.properties["DomainName"] for each in names)
    assert len(first) <= 28
    assert first != second


def test_it_is_watched() -> None:
    found = alarms(stores(), "search")
    assert found["FreeStorageSpace"]["Threshold"] == 2560
    assert found["FreeStorageSpace"]["ComparisonOperator"] == "LessThanThreshold"
    assert {"ClusterStatus.red", "ClusterIndexWritesBlocked", "CPUUtilization"} <= found.keys()
    assert [each["Name"] for each in found["ClusterStatus.red"]["Dimensions"]] == [
        "DomainName",
        "ClientId",
    ]
