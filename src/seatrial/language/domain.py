"""The name under which a system is reached."""

import re

from seatrial.language.part import Setting, setting

_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@setting
class Domain(Setting):
    """A name for the public door, with a certificate that renews itself.

    It leads to the website, or to the load balancer where there is none.

    `zone` is the Route 53 hosted zone that holds it; unsaid, the name without
    its first label.
    """

    name: str
    zone: str | None = None

    @property
    def hosted_zone(self) -> str:
        """The hosted zone's name."""
        return self.zone or self.name.split(".", 1)[1]

    def check(self) -> None:
        """Hold the names' shape, and that the one lies in the other."""
        for each in (self.name, self.zone):
            if each is not None and not _DOMAIN.fullmatch(each):
                raise self.wrong(f"{each!r} is not a domain name.", "Write e.g. 'api.example.com'.")
        if "." not in self.hosted_zone:
            raise self.wrong(
                f"the zone of {self.name!r} is not said.", f"Write zone={self.name!r}."
            )
        if not f".{self.name}".endswith(f".{self.hosted_zone}"):
            raise self.wrong(f"{self.name!r} does not lie in the zone {self.hosted_zone!r}.")
