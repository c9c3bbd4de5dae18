"""The way in for administrators: a client VPN."""

from collections.abc import Collection, Sequence
from ipaddress import ip_network

from seatrial.language.access import Access
from seatrial.language.names import check_name
from seatrial.language.part import Part, part


@part
class Vpn(Part):
    """A client VPN (AWS Client VPN) into the private subnets, by certificate.

    `uses` is what somebody who is connected may reach, and nothing else.
    `cidr` is where their addresses come from: a /12 to /22 outside of the
    system's own network. The server's and the clients' certificates are made
    by hand and imported into ACM; the template asks for both. Every connection
    is logged.
    """

    name: str
    uses: Sequence[Access | Part] = ()
    cidr: str = "172.16.0.0/22"

    def uses_parts(self) -> Collection[Part]:
        """Give what can be reached through it."""
        return list(dict.fromkeys(each.part for each in self.accesses()))

    def accesses(self) -> list[Access]:
        """Give every access, in the order written."""
        return [each if isinstance(each, Access) else Access(each, "write") for each in self.uses]

    def check(self) -> None:
        """Hold the name and the network's size."""
        check_name(self, self.name)
        try:
            network = ip_network(self.cidr)
        except ValueError:
            raise self.wrong(
                f"cidr={self.cidr!r} is not a network.", "Write e.g. '172.16.0.0/22'."
            ) from None
        if network.version != 4 or not 12 <= network.prefixlen <= 22:
            raise self.wrong(f"cidr={self.cidr!r} must be a /12 to /22 network of IPv4.")
