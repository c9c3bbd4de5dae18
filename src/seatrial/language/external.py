"""A service outside AWS, which a program calls over the internet."""

import re
from typing import ClassVar

from seatrial.language.access import Access, Reference
from seatrial.language.names import check_name
from seatrial.language.part import Part, part
from seatrial.language.secret import Secret

_URL = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?(/\S*)?")


@part
class External(Part):
    """A service that someone else runs: a vector index, a payment or mail provider.

    `url` is its address, which users get as `<NAME>_URL`; its key they get as
    `<NAME>_API_KEY`, from a secret of its own into which a person puts the
    value. `key` names another secret instead, or is False where it needs none.
    `price` is what it costs in US dollars a month, which only its user knows.
    """

    HTTPS: ClassVar[int] = 443

    name: str
    url: str
    key: Secret | bool = True
    price: float | None = None

    @property
    def call(self) -> Access:
        """Call it."""
        return Access(self, "write")

    @property
    def address(self) -> Reference:
        """Its address, for a variable of another name."""
        return Reference(self, "address")

    def uses_parts(self) -> list[Part]:
        """Give the secret that it shares with others, where it has one."""
        return [self.key] if isinstance(self.key, Secret) else []

    def check(self) -> None:
        """Hold name, address and price."""
        check_name(self, self.name)
        if not _URL.fullmatch(self.url):
            raise self.wrong(
                f"url={self.url!r} is not an address that begins with https://.",
                "A key may not travel in the clear; write e.g. 'https://api.example.com'.",
            )
        if "@" in self.url:
            raise self.wrong("url holds a user or a password.", "Leave it out; key= is a secret.")
        if self.price is not None and self.price < 0:
            raise self.wrong(f"price={self.price} cannot be negative.")
