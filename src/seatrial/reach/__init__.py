"""Who reaches whom over the network, from the graph alone.

Takes a graph; gives, for two ends and a port, one open way with every hop and the
property that opens it, or what closes it: subnets, routes, gateways, security groups,
network ACLs, load balancers and their listeners, endpoints, public addresses. It sends
no packet, and says what it assumed where a value is known only to AWS.
"""

from seatrial.reach.answer import Answer, Reach
from seatrial.reach.table import Row

__all__ = ["Answer", "Reach", "Row"]
