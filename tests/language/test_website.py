"""What a person may write of the edge, and what is told where it does not fit."""

import pytest

from seatrial.language import (
    Alerts,
    Domain,
    Firewall,
    Rollout,
    Service,
    System,
    Tracing,
    Vpn,
    Website,
)
from seatrial.mistake import Mistake


def service(name: str = "api", **more: object) -> Service:
    return Service(name, ".", ["run"], **{"port": 8000, **more})


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Website("site", ".", routes={"/*": service()}), "leave nothing to the site"),
        (lambda: Website("site", ".", routes={"api": service()}), "'api' is not a path"),
        (
            lambda: Website("site", ".", routes={"/v1/*": service(internal="api.internal")}),
            "which has a private name",
        ),
        (lambda: Website("site", ".", routes={"/v1/*": service(port=None)}), "has no port"),
        (
            lambda: Website("site", ".", routes={"/v1/*": service(paths=["/v2/*"])}),
            "Leave its paths= out",
        ),
        (lambda: Website("site", ".", cache={"/*": "soon"}), "'soon' is not a duration"),
        (lambda: Website("site", ".", cache={"/*": "366 days"}), "over 365 days"),
        (
            lambda: Website("site", ".", routes={"/v1/*": service()}, cache={"/v1/*": "1 h"}),
            "both a route and cached",
        ),
        (lambda: Website("site", ".", bucket="My_Bucket"), "not a bucket's name"),
        (lambda: Website("site", ".", log_days=0), "at least 1"),
        (lambda: Firewall(rate=5), "rate=5 is not between"),
        (lambda: Firewall(block=["usa"]), "'usa' is not a country's ISO code"),
        (lambda: Firewall(block=["KP"], only=["US"]), "exclude each other"),
        (lambda: Tracing(sampling=0), "not a percentage over 0"),
        (lambda: Tracing(memory=1), "not between 64 and 4096"),
        (lambda: Vpn("vpn", cidr="10.9.0.0/24"), "/12 to /22"),
        (lambda: Vpn("vpn", cidr="here"), "is not a network"),
        (lambda: Rollout("canary", step=0), "step=0 is not between 0.1"),
        (lambda: Rollout("linear", step=2), "step=2 is not between 3"),
        (lambda: Rollout("linear", step=33.33), "more than one decimal"),
        (lambda: Rollout("canary", bake=2000), "bake=2000 is not between 0 and 1440 minutes"),
        (lambda: service(rollout=Rollout("canary"), port=None), "it gets none"),
        (lambda: service(internal="ml"), "internal='ml' is not a private name"),
        (lambda: service(internal="ml.internal", port=None), "Give port=5001"),
        (lambda: service(internal="ml.internal", paths=["/v1/*"]), "has no paths or hosts"),
        (lambda: service(uses=[service("ml")]), "which has no private name"),
        (lambda: service().url, "Give it internal='api.internal'"),
        (lambda: Alerts(critical="https://pager.example/key"), "write pager=True"),
        (lambda: Alerts(latency=0), "latency=0 is not between"),
    ],
)
def test_one_message_says_what_is_wrong(wrong, says: str) -> None:
    with pytest.raises(Mistake, match=r"(?s).*") as told:
        wrong()
    assert says in str(told.value)


def test_routed_services_come_along_and_two_routes_do_not_clash() -> None:
    one, two = service("one"), service("two")
    system = System("shop", Website("site", ".", routes={"/v1/*": one, "/v2/*": two}))
    assert list(system.in_environment("production").routes.values()) == [["/v1/*"], ["/v2/*"]]


def test_a_domain_leads_to_one_door() -> None:
    site = Website("site", ".", routes={"/v1/*": service("one")})
    with pytest.raises(Mistake, match="Service 'two' has no route in Website 'site'"):
        System("shop", site, service("two"), domain=Domain("www.example.com"))
    with pytest.raises(Mistake, match=r"cannot both be www\.example\.com"):
        System("shop", site, Website("other", "."), domain=Domain("www.example.com"))


def test_an_unknown_endpoint_is_told_with_the_nearest() -> None:
    with pytest.raises(Mistake, match=r"there is no endpoint 'ecrr'.*ecr"):
        System("shop", service(), endpoints=["ecrr"])
