"""Which request goes to which service, and what could not be told apart."""

from collections.abc import Sequence

from seatrial.language.domain import Domain
from seatrial.language.part import Part
from seatrial.language.service import Service
from seatrial.language.website import Website
from seatrial.mistake import Mistake, Place


def routed(parts: Sequence[Part]) -> dict[Service, list[str]]:
    """Give the paths that websites send to each service, which is as it was written."""
    found: dict[Service, list[str]] = {}
    for each in parts:
        if isinstance(each, Website):
            for path, service in each.routes.items():
                found.setdefault(service, []).append(path)
    return found


def check_routes(parts: Sequence[Part], place: Place) -> None:
    """Refuse two services that the load balancer could not tell apart."""
    by_name = {service.name: paths for service, paths in routed(parts).items()}
    taken: dict[tuple[str, str], Service] = {}
    for each in parts:
        if not isinstance(each, Service) or not each.public:
            continue
        for host in each.hosts or ("*",):
            for path in by_name.get(each.name, each.paths):
                other = taken.setdefault((host, path), each)
                if other is not each:
                    raise Mistake(
                        f"{each.label()} and {other.label()} both ask for the route {path!r}"
                        + (f" on {host!r}." if host != "*" else "."),
                        each.place if each.place.line else place,
                        "Give one of them other paths.",
                    )


def check_doors(parts: Sequence[Part], domain: Domain | None, place: Place) -> None:
    """Refuse a domain that would have to lead to two places."""
    websites = [each for each in parts if isinstance(each, Website)]
    if domain is None or not websites:
        return
    if len(websites) > 1:
        first, second = websites[:2]
        raise Mistake(
            f"{second.label()} and {first.label()} cannot both be {domain.name}.",
            second.place,
            "Keep one website in the system.",
        )
    reached = {service.name for service in routed(parts)}
    for each in parts:
        if isinstance(each, Service) and each.public and each.name not in reached:
            raise Mistake(
                f"{each.label()} has no route in {websites[0].label()}, to which "
                f"{domain.name} leads.",
                each.place if each.place.line else place,
                f"Give it one: routes={{'/{each.name}/*': ...}}, or a private name: internal=.",
            )
