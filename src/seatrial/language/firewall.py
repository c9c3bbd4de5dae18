"""What guards the system's public door against what it should never see."""

import re
from collections.abc import Sequence
from typing import Literal

from seatrial.language.part import Setting, setting

_COUNTRY = re.compile("[A-Z]{2}")


@setting
class Firewall(Setting):
    """A web application firewall (AWS WAF) before the system's public door.

    AWS's managed rules stop SQL injection (`sql_injection`), cross-site
    scripting and other common attacks (`common`), and inputs known to be bad.
    One address may send `rate` requests in `window` seconds (60, 120, 300 or
    600). `block` lists countries that are turned away, `only` those that alone
    may come in, by their ISO codes.

    `at` is where it stands: at CloudFront's edge, or at the load balancer.
    Unsaid, at the edge where there is a website and the system is in
    us-east-1, where such a firewall must live.
    """

    rate: int | None = 1000
    window: Literal[60, 120, 300, 600] = 60
    sql_injection: bool = True
    common: bool = True
    block: Sequence[str] = ()
    only: Sequence[str] = ()
    at: Literal["edge", "load balancer"] | None = None

    def check(self) -> None:
        """Hold the rate and the countries to what WAF takes."""
        if self.rate is not None and not 10 <= self.rate <= 2_000_000_000:
            raise self.wrong(f"rate={self.rate} is not between 10 and 2,000,000,000 requests.")
        for country in (*self.block, *self.only):
            if not _COUNTRY.fullmatch(country):
                raise self.wrong(f"{country!r} is not a country's ISO code.", "Write e.g. 'US'.")
        if self.block and self.only:
            raise self.wrong("block= and only= exclude each other.", "Keep one of them.")
